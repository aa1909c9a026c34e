"""Returns, refunds and their reversal boards, as every audience is shown them."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from gateway.http.shapes.credited import UnitRef
from gateway.http.shapes.fields import (
    TASK,
    Asked,
    LocationId,
    MemberId,
    Money,
    NextPage,
    OrderId,
    Shown,
    Sku,
    Time,
    Version,
    eg,
    kinds,
    price,
    said,
)
from gateway.http.shapes.profiled import Actor
from omo.order.v1 import returns_pb2
from omo.type.v1 import reversal_pb2, trade_pb2

RETURN = "0199a5c8-11aa-7e31-8a77-5c1d9e2f3b40"
ReturnPath = Annotated[str, Path(min_length=36, max_length=36, examples=[RETURN])]
RefundPath = Annotated[str, Path(min_length=36, max_length=36, examples=[RETURN], description="That of its return.")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=64), eg("WRONG_SIZE")]
Becomes = Annotated[
    str,
    StringConstraints(pattern="^(RESTOCK|DAMAGED|QUARANTINE|VENDOR|MISSING)$"),
    eg("RESTOCK", "RESTOCK, DAMAGED, QUARANTINE (somebody must look), VENDOR or MISSING."),
]
Serial = Annotated[str, StringConstraints(min_length=1, max_length=64), eg("SN-00042")]
SerialReason = Annotated[
    str, StringConstraints(max_length=64), eg("", "Why a manager takes units by other serials, or without.")
]
_TENDER = f"{TASK}:1"


class ReturnedUnits(Asked):
    """Units of one line."""

    line_no: Annotated[int, Field(strict=True, ge=1, le=1_000), eg(1)]
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000_000), eg(1, "The first that are free.")] = 1
    first_unit: Annotated[int | None, Field(ge=0), eg(None, "Which of the line's units, from 0.")] = None
    disposition: Becomes | None = None
    serials: Annotated[
        list[Serial], Field(max_length=1_000), eg([], "Of each unit, where they have any: needed once they are here.")
    ] = []


class CorrectSerial(Asked):
    """Which serial a unit really left with."""

    unit: Annotated[int, Field(strict=True, ge=0), eg(0, "Of the line, from 0.")]
    serial: Annotated[str, StringConstraints(max_length=64), eg("SN-00042", "Empty: nobody knows.")] = ""
    reason: Reason


class SerialCorrected(Shown):
    """Which serial it is by now, and which it was."""

    order_id: OrderId
    line_no: Annotated[int, eg(1)]
    unit: Annotated[int, eg(0, "Of the line, from 0.")]
    serial: Annotated[str | None, eg("SN-00042", "Null: nobody knows.")]
    believed: Annotated[str | None, eg("SN-00024", "What was believed until now; null: nothing.")]


class ReturnLine(Shown):
    """A run of units of one line."""

    unit: UnitRef | None
    sku: Sku
    name: Annotated[str, eg("Camel coat M")]
    quantity: Annotated[int, eg(1, "Base units.")]
    disposition: Annotated[str | None, kinds(returns_pb2.Disposition, "RESTOCK")]
    amount: Annotated[Money | None, price(12160, "What the shopper had paid for these units, in any tender.")]
    points_returned: Annotated[int, eg(0, "Points that come back for them.")]


class RefundTender(Shown):
    """What goes back by one of the order's tenders."""

    tender_id: Annotated[str, eg(_TENDER)]
    kind: Annotated[str | None, kinds(trade_pb2.TenderKind, "PROVIDER")]
    provider: Annotated[str | None, eg("simulator")]
    amount: Annotated[Money | None, price(12160)]
    state: Annotated[str | None, kinds(returns_pb2.RefundTenderState, "PENDING")]
    code: Annotated[str | None, eg(None, "The provider's own word where it refused.")]
    as_credit: Annotated[bool, eg(False, "Given as shopping credit instead of money.")]


class Deduction(Shown):
    """What the brand keeps of what the units had cost."""

    kind: Annotated[str | None, kinds(returns_pb2.DeductionKind, "RETURN_SHIPPING")]
    amount: Annotated[Money | None, price(80)]


class Refund(Shown):
    """Money that the shopper gets back: the grant, and how it moves."""

    refund_id: Annotated[str, eg(RETURN)]
    state: Annotated[str | None, kinds(returns_pb2.RefundState, "PAYING")]
    amount: Annotated[Money | None, price(12160)]
    deducted: Annotated[Money | None, eg(None, "Kept for points that were spent already; `amount` is without it.")]
    tenders: list[RefundTender]
    grant_time: Time | None
    pay_time: Annotated[Time | None, eg(None, "When all of it was with the shopper.")]
    deductions: Annotated[list[Deduction], eg([], "Kept by the brand's terms; `amount` is without it.")]


class SentOn(Shown):
    """The way of goods from the drop point that took them to where somebody looks at them."""

    from_location_id: Annotated[str, eg("LOCKER-XINYI")]
    to_location_id: Annotated[str, eg("WH1")]
    left_time: Time | None
    arrive_time: Annotated[Time | None, eg(None, "Null: on their way.")]


class Return(Shown):
    """Units on their way back, and what became of them."""

    return_id: Annotated[str, eg(RETURN)]
    order_id: OrderId
    order_no: Annotated[str, eg("K7Q2M-9")]
    member_id: MemberId | None
    state: Annotated[str | None, kinds(returns_pb2.ReturnState, "INSPECTED")]
    location_id: LocationId
    reason: Annotated[str | None, eg("WRONG_SIZE")]
    lines: list[ReturnLine]
    flags: Annotated[list[str], eg([], "What a person should look at: TOO_LATE, UNVERIFIED, SERIAL_MISMATCH …")]
    version: Version
    business_time: Time | None
    update_time: Time | None
    exchange_order_id: Annotated[str | None, eg(None, "The order or sale that the shopper took instead.")]
    refund: Annotated[Refund | None, eg(None, "Set from the receipt on.")]
    sent_on: Annotated[SentOn | None, eg(None, "Set once a drop point has sent it on.")]


class ReturnAnswer(Shown):
    """One return."""

    returned: Return


class ReturnPage(Shown):
    """Returns."""

    returns: list[Return]
    next_page_token: NextPage


class Preview(Shown):
    """What a return would give."""

    lines: list[ReturnLine]
    amount: Annotated[Money | None, price(12160)]
    tenders: list[RefundTender]
    flags: Annotated[list[str], eg([])]
    deductions: Annotated[list[Deduction], eg([])]


class BoardRow(Shown):
    """One consequence of a return."""

    kind: Annotated[str | None, kinds(reversal_pb2.ReversalKind, "STOCK")]
    ref: Annotated[str | None, eg(None, "What it is done to, such as a coupon's id or an order's tender.")]
    owner: Annotated[str, eg("inventory", "The service that answers for it.")]
    state: Annotated[str | None, kinds(returns_pb2.BoardState, "DONE")]
    expected: Annotated[int, eg(1, "Points, minor units or units, by kind; 0 where only the owner can know.")]
    amount: Annotated[int, eg(1, "What its owner says was done, or is owed.")]
    reason: Annotated[str | None, eg(None)]
    late: Annotated[bool, eg(False, "Has no answer although it should.")]
    settle_time: Time | None
    settled_by: Annotated[str | None, eg(None, "Who said that it is done, where it was not the owner.")]


class Board(Shown):
    """Every consequence of one return on one page."""

    refund: Refund | None
    return_id: Annotated[str, eg(RETURN)]
    order_id: OrderId
    order_no: Annotated[str, eg("K7Q2M-9")]
    member_id: MemberId | None
    location_id: LocationId
    return_state: Annotated[str | None, kinds(returns_pb2.ReturnState, "INSPECTED")]
    rows: list[BoardRow]
    pending: Annotated[int, eg(0, "Rows without an answer.")]
    debts: Annotated[int, eg(0, "Rows of which something is owed.")]
    refused: Annotated[int, eg(0, "Rows that were not undone.")]
    late: Annotated[bool, eg(False, "An answer is missing although it should be there.")]
    due_time: Annotated[Time | None, eg("2026-11-22T09:40:00.000Z", "By when every owner should have answered.")]
    granted_by: Annotated[Actor | None, said("Who granted the refund, and at which terminal.")]
    grant_reason: Annotated[
        str | None, eg("WRONG_SIZE", "Why, as a code; IN_WORDS: as the return says it. Null where it was not kept yet.")
    ]


class BoardAnswer(Shown):
    """One board."""

    board: Board


class BoardPage(Shown):
    """Boards that are not complete."""

    boards: list[Board]
    next_page_token: NextPage


class Settle(Asked):
    """A consequence that is done, though its owner does not say so."""

    kind: Annotated[str, StringConstraints(pattern="^[A-Z_]{1,32}$"), kinds(reversal_pb2.ReversalKind, "PAYMENT")]
    ref: Annotated[str, StringConstraints(max_length=64), eg("1")] = ""
    reason: Reason
