"""Visits at a counter: what came back, what was left behind, what was taken instead, and the one difference."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import (
    ORDER,
    TASK,
    Asked,
    ChannelId,
    LocationId,
    Money,
    Quantity,
    Shown,
    Sku,
    TaskId,
    Time,
    eg,
    kinds,
    price,
)
from gateway.http.shapes.lotted import LineLotsIn
from gateway.http.shapes.returned import Reason, ReturnedUnits, SerialReason
from gateway.http.shapes.sold import Order
from omo.type.v1 import trade_pb2

VisitPath = Annotated[str, Path(min_length=36, max_length=36, examples=[TASK])]


class VisitReturn(Asked):
    """Units of one order that come back."""

    order_id: Annotated[str, StringConstraints(min_length=1, max_length=64), eg(ORDER, "Order id or order number.")]
    units: Annotated[list[ReturnedUnits], Field(min_length=1, max_length=100)]
    reason: Reason
    verified: Annotated[bool, eg(True, "Somebody saw the receipt, or knows the member.")] = False
    override: Annotated[bool, eg(False, "A manager takes it although it is too late.")] = False
    serial_reason: SerialReason = ""


class DroppedUnits(Asked):
    """So many of a line are left behind."""

    line_no: Annotated[int, Field(strict=True, ge=1, le=1_000), eg(2)]
    quantity: Quantity = 1


class VisitPickup(Asked):
    """What is collected, but for what the shopper leaves."""

    fulfilment_id: TaskId
    pin: Annotated[str, StringConstraints(max_length=16), eg("402917", "Six digits that the shopper shows.")] = ""
    dropped: Annotated[list[DroppedUnits], Field(max_length=100), eg([])] = []
    lots: Annotated[
        list[LineLotsIn], Field(max_length=100), eg([], "Lots by line, where somebody looked; serials where asked for.")
    ] = []


class VisitLine(Asked):
    """A good that is taken along."""

    sku: Sku
    quantity: Quantity = 1
    seller_staff_code: Annotated[str, StringConstraints(max_length=64), eg("A102", "Who helped.")] = ""


class PaidWith(Asked):
    """What pays the difference."""

    kind: Annotated[
        str,
        StringConstraints(pattern="^(CASH|CARD_PRESENT|GIFT_CARD|STORE_CREDIT|OTHER)$"),
        eg("CASH", "CASH, CARD_PRESENT, GIFT_CARD, STORE_CREDIT or OTHER."),
    ]
    amount: Annotated[int, Field(strict=True, ge=1), eg(600, "Minor units.")]
    reference: Annotated[str, StringConstraints(max_length=255), eg("", "The terminal's own; never a card number.")] = (
        ""
    )


class SettleVisit(Asked):
    """One visit: at least something comes back, or is collected."""

    location_id: LocationId
    channel_id: Annotated[ChannelId | None, eg("stores", "Whose prices hold; where goods are taken.")] = None
    returned: VisitReturn | None = None
    pickup: VisitPickup | None = None
    lines: Annotated[list[VisitLine], Field(max_length=100), eg([])] = []
    tenders: Annotated[list[PaidWith], Field(max_length=20), eg([], "Exactly the difference, where one is owed.")] = []


class Visit(Shown):
    """One visit's document."""

    visit_id: Annotated[str, eg(TASK)]
    location_id: LocationId
    return_id: Annotated[str | None, eg(TASK)]
    returned_order_id: Annotated[str | None, eg(ORDER)]
    fulfilment_id: Annotated[str | None, eg(None)]
    collected_order_id: Annotated[str | None, eg(None)]
    sale_id: Annotated[str | None, eg(TASK)]
    returned_total: Annotated[Money | None, price(12160, "What units that came back had cost.")]
    dropped_total: Annotated[Money | None, price(0, "What units that were left behind had cost.")]
    sale_total: Annotated[Money | None, price(12760, "What the goods cost that were taken instead.")]
    exchanged_total: Annotated[Money | None, price(12160, "How much of it the former paid.")]
    charged_total: Annotated[Money | None, price(600, "What the shopper paid on top.")]
    refunded_total: Annotated[Money | None, price(0, "What he gets back.")]
    released_total: Annotated[Money | None, price(0, "What was secured and is not taken any more.")]
    business_time: Time
    staff_code: Annotated[str, eg("A102", "Who stood at the counter.")]


class VisitAnswer(Shown):
    """One visit."""

    visit: Visit


class SettledVisit(Shown):
    """One visit, and the sale that it made."""

    visit: Visit
    sale: Order | None


class PaidOutPart(Shown):
    """What is handed out by one tender."""

    kind: Annotated[str | None, kinds(trade_pb2.TenderKind, "CASH", "By which tender.")]
    amount: Annotated[Money | None, price(2400)]


class PaidOut(Shown):
    """What the counter gives back for goods that never came; nothing where nothing is owed."""

    tenders: list[PaidOutPart]
