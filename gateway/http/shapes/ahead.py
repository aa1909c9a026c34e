"""Goods that are sold before they are there, as headquarters write and shoppers see them."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, NextPage, Shown, Sku, Time, Version, When, Whole, eg, said

OFFER = "MOON-FESTIVAL-CUPS"
OfferPath = Annotated[
    str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", examples=[OFFER])
]
OfferId = Annotated[str, eg(OFFER, "The brand's own code of the offer.")]
_Units = Annotated[Whole, Field(ge=0, le=1_000_000_000)]
_Code = StringConstraints(min_length=1, max_length=64)
_Place = Annotated[
    str, StringConstraints(max_length=64), eg("WH1", "Where what is shipped comes in; none: it is collected only.")
]


class CapIn(Asked):
    """So much may be sold there."""

    code: Annotated[str, _Code, eg("TPE01", "A channel's or a store's code.")]
    units: Annotated[_Units, eg(12, "In base units.")]


class PreorderIn(Asked):
    """An offer, whole."""

    sku: Sku
    start_time: Annotated[When, eg("2026-11-22T10:00:00+08:00", "It is sold from here")]
    end_time: Annotated[When, eg("2026-12-01T00:00:00+08:00", "until here,")]
    release_time: Annotated[When, eg("2026-12-05T10:00:00+08:00", "and handed over from here on, once it is there.")]
    cap: Annotated[_Units | None, eg(20, "Over all; null: as much as is announced.")] = None
    channel_caps: Annotated[
        list[CapIn], Field(max_length=1_000), eg([{"code": "web", "units": 15}], "By channel; others have none.")
    ] = []
    location_caps: Annotated[
        list[CapIn], Field(max_length=1_000), eg([{"code": "TPE01", "units": 12}], "By who hands it over.")
    ] = []
    ship_location_id: _Place = ""
    ended: Annotated[bool, eg(False, "Sells no more of it.")] = False


class Cap(Shown):
    """So much may be sold there, and was."""

    code: Annotated[str, eg("TPE01", "A channel's or a store's code.")]
    units: Annotated[int, eg(12, "In base units.")]
    sold: Annotated[int, eg(3, "And not cancelled.")]


class Preorder(Shown):
    """An offer with what was sold of it."""

    offer_id: OfferId
    sku: Sku
    start_time: Time | None
    end_time: Time | None
    release_time: Annotated[Time | None, said("It is handed over from here on, once it is there.")]
    cap: Annotated[int | None, eg(20, "Over all; null: as much as is announced.")]
    channel_caps: list[Cap]
    location_caps: list[Cap]
    ship_location_id: Annotated[str | None, eg("WH1", "Where what is shipped comes in; null: it is collected only.")]
    ended: Annotated[bool, eg(False, "Sells no more of it.")]
    sold: Annotated[int, eg(3, "And not cancelled.")]
    released: Annotated[int, eg(0, "May be handed over by now, or was.")]
    version: Version


class PreorderOut(Shown):
    """One offer."""

    preorder: Preorder


class PreorderPage(Shown):
    """Offers in the order of their ids."""

    preorders: list[Preorder]
    next_page_token: NextPage


class ShownPreorder(Shown):
    """An offer as shoppers see it."""

    offer_id: OfferId
    sku: Sku
    start_time: Time | None
    end_time: Time | None
    release_time: Annotated[Time | None, said("It is handed over from here on, once it is there.")]
    open: Annotated[bool, eg(True, "It can be ordered ahead now.")]
    sold_out: Annotated[bool, eg(False, "Nothing is left in this channel.")]
    sold_out_location_ids: Annotated[list[str], eg([], "Stores that have nothing left.")]
    ships: Annotated[bool, eg(False, "It can be shipped; if not, only collected.")]


class ShownPreorders(Shown):
    """What can be ordered ahead."""

    preorders: list[ShownPreorder]


class LineAhead(Shown):
    """The line was ordered before its goods were there."""

    offer_id: OfferId
    release_time: Annotated[Time | None, said("It is handed over from here on, once it is there.")]
