"""The reversal board: what a return has consequences for, who owns each, and when all of them have ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.order.checkout.domain import Order
from services.order.checkout.domain_spends import Kind as Spent
from services.order.checkout.domain_spends import Use
from services.order.returns.domain import Disposition, Units
from services.order.returns.domain_refunds import MONEY, Part, RefundTender


class Kind(StrEnum):
    """What a return has consequences for."""

    STOCK = "STOCK"
    POINTS_EARNED = "POINTS_EARNED"
    POINTS_SPENT = "POINTS_SPENT"
    TIER = "TIER"
    COUPON = "COUPON"
    CREDIT = "CREDIT"
    GIFT_CARD = "GIFT_CARD"
    PREPAID = "PREPAID"
    BENEFIT = "BENEFIT"
    COMMISSION = "COMMISSION"
    INVOICE = "INVOICE"
    PAYMENT = "PAYMENT"


class State(StrEnum):
    """Where a consequence stands."""

    PENDING = "PENDING"
    DONE = "DONE"
    DEBT = "DEBT"
    REFUSED = "REFUSED"


ORDER, INVENTORY, MEMBER, ATTRIBUTION = "order", "inventory", "member", "attribution"
_ENDED = {Part.PENDING: State.PENDING, Part.DONE: State.DONE, Part.REFUSED: State.REFUSED}


@dataclass(frozen=True, slots=True)
class Row:
    """One consequence; natural key: refund, kind, ref."""

    kind: Kind
    ref: str
    owner: str
    state: State = State.PENDING
    expected: int = 0
    amount: int = 0
    reason: str = ""
    settle_time: datetime | None = None
    settled_by: str = ""

    @property
    def open(self) -> bool:
        """Whether somebody must still do something: a debt is an end, and so is an owner's no; a provider's is not."""
        return self.state is State.PENDING or (self.state is State.REFUSED and self.kind is Kind.PAYMENT)


def expected(
    order: Order,
    units: Sequence[Units],
    tenders: Sequence[RefundTender],
    back: Sequence[Use],
    points: int,
    at: datetime,
) -> list[Row]:
    """Every consequence that is known when the goods come; owners may add what only they know of."""
    moved = sum(one.quantity for one in units if one.disposition is not Disposition.MISSING)
    mirrored = sum(one.net_total for one in units)
    rows = [
        Row(Kind.STOCK, "", INVENTORY, expected=moved),
        Row(Kind.COMMISSION, "", ATTRIBUTION, expected=mirrored),
    ]
    if order.member_id:
        rows += [
            Row(Kind.POINTS_EARNED, "", MEMBER),
            Row(Kind.POINTS_SPENT, "", MEMBER, expected=points),
            Row(Kind.TIER, "", MEMBER),
        ]
    rows += [Row(Kind(use.kind), use.ref, MEMBER, expected=_worth(use)) for use in back]
    rows += [payment(one, at) for one in tenders if one.kind in MONEY and one.amount]
    rows += [
        Row(Kind.PAYMENT, f"{one.tender_no}:kept", ORDER, State.DONE, one.kept, one.kept, "EXCHANGED", at)
        for one in tenders
        if one.kept
    ]
    return rows


def payment(one: RefundTender, at: datetime) -> Row:
    """The row of money that moves."""
    ended = _ENDED[one.state]
    settled = at if ended is State.DONE else None
    amount = one.amount if ended is State.DONE else 0
    return Row(Kind.PAYMENT, str(one.tender_no), ORDER, ended, one.amount, amount, one.code, settled)


def complete(rows: Sequence[Row]) -> bool:
    """Whether nobody has anything to do any more."""
    return not any(row.open for row in rows)


def _worth(use: Use) -> int:
    return use.quantity if use.kind is Spent.PREPAID else use.amount
