"""Goods held for a shopper's cart, as they are asked for and shown."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, LocationId, Quantity, Shown, Sku, Time, eg, kinds
from omo.inventory.v1 import stock_pb2

HOLD = "5b1e7c7a-2f0d-5a64-9c3b-8d7e6f504132"
HoldPath = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$", examples=[HOLD])]

_Code = StringConstraints(max_length=64, pattern=r"^[\x21-\x7e]*$")
_Seconds = Field(strict=True, ge=60, le=86_400)


class WantedLine(Asked):
    """One good, of a place or of a channel."""

    sku: Sku
    quantity: Quantity
    location_id: Annotated[str, _Code, eg("TPE01", "Where the goods stand; empty with a `pool_id`.")] = ""
    pool_id: Annotated[
        str, _Code, eg("", "A channel's code: goods of any place that serves it. Empty with a `location_id`.")
    ] = ""


class HoldCart(Asked):
    """What is to be kept, and for how long."""

    lines: Annotated[list[WantedLine], Field(min_length=1, max_length=100)]
    ttl_seconds: Annotated[int | None, _Seconds, eg(600, "For so long from now; none: as long as the brand says.")] = (
        None
    )
    allow_partial: Annotated[bool, eg(False, "False: all lines or none. True: what there is of them.")] = False


class ExtendCartHold(Asked):
    """How much longer."""

    ttl_seconds: Annotated[
        int | None, _Seconds, eg(600, "Until so long from now; none: as long as the brand says.")
    ] = None


class HeldLine(Shown):
    """A part of what is held: a line may be kept in several places, and a kit in its parts."""

    line_no: Annotated[int, eg(1)]
    sku: Sku
    location_id: Annotated[LocationId | None, eg("TPE01", "Where it stands now; of a channel's goods it may change.")]
    quantity: Annotated[int, eg(1, "Base units that are kept.")]
    pool_id: Annotated[str | None, eg(None, "The channel that was asked, where it was one.")]
    kit_sku: Annotated[str | None, eg(None, "The kit that was asked for, where this is a part of one.")]
    backorder: Annotated[int, eg(0, "How many of them wait for goods to come.")]
    promise_time: Annotated[Time | None, eg(None, "When those should be there; null: nothing waits, or nobody knows.")]


class CartHold(Shown):
    """Goods that nobody else gets until `expire_time`."""

    hold_id: Annotated[str, eg(HOLD, "Give it as `cart_hold_id` when it is ordered.")]
    state: Annotated[str | None, kinds(stock_pb2.HoldState, "ACTIVE")]
    lines: list[HeldLine]
    expire_time: Annotated[Time, eg("2026-11-22T09:40:00.000Z", "From then on it keeps nothing.")]


class CartHoldAnswer(Shown):
    """The hold as it is now."""

    hold: Annotated[CartHold, Field(description="The hold as it is now.")]
