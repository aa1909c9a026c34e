"""Orders, movements of money and no-shows, as staff and headquarters see them: also who did it, where and why."""

from typing import Annotated

from gateway.http.shapes.awaited import NoShow, PickupStanding
from gateway.http.shapes.fields import NextPage, Shown, Time, eg, said
from gateway.http.shapes.profiled import Actor
from gateway.http.shapes.sold import CancelledUnits, Fulfilment, Order, SoldLine, Tender

_WHO = "Who did it, and at which terminal; null where that was not kept yet."


class TenderMovement(Tender):
    """One movement of money: who made it, at which terminal, when and why."""

    actor: Annotated[Actor | None, said(_WHO)]
    reason: Annotated[str | None, eg(None, "Why, as a code; IN_WORDS: as the order says it. Null: none was needed.")]
    business_time: Time | None


class CalledOff(CancelledUnits):
    """Units of a line that nobody will hand over, and who said so."""

    actor: Annotated[Actor | None, said(_WHO)]


class HousedLine(SoldLine):
    """One line of an order."""

    cancelled_units: Annotated[  # type: ignore[assignment]  # the same list, of each more
        list[CalledOff], eg([], "Units that nobody will hand over: not paid, points spent on them given back.")
    ]


class HousedOrder(Order):
    """One order, with who called off what of it."""

    lines: list[HousedLine]  # type: ignore[assignment]  # the same list, of each more


class HousedOrderAnswer(Shown):
    """One order."""

    order: HousedOrder


class HousedOrderPage(Shown):
    """Orders, newest first."""

    orders: list[HousedOrder]
    next_page_token: NextPage


class HousedNoShow(NoShow):
    """Something that was ready and not collected, and who put it back."""

    actor: Annotated[Actor | None, said("Who put it back, and at which terminal.")]
    reason: Annotated[
        str | None,
        eg("PUT_BACK", "PUT_BACK by the store, or GRACE_OVER by the terms' time; null where it was not kept yet."),
    ]


class HousedNoShowAnswer(Shown):
    """One of them."""

    no_show: HousedNoShow


class NoShowPage(Shown):
    """Some of them."""

    no_shows: list[HousedNoShow]
    next_page_token: NextPage


class HousedStanding(PickupStanding):
    """What a member did not collect, and what follows from it now."""

    no_shows: list[HousedNoShow]  # type: ignore[assignment]  # the same list, of each more


class ShelfAnswer(Shown):
    """What went back to the shelf."""

    fulfilment: Fulfilment
    no_show: Annotated[HousedNoShow | None, eg(None, "Null: nothing is counted.")]
