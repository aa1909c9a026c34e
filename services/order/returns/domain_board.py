"""The reversal board: what a return has consequences for, who owns each, and when all of them have ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.order.checkout.domain import Order
from services.order.checkout.domain_spends import Kind as Spent
from services.order.checkout.domain_spends import Use
from services.order.returns.domain import Disposition, Flag, Return
from services.order.returns.domain_refunds import AT_TILL, MONEY, Part, RefundTender


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


# of which a return has one at most; all others are told apart by what they are done to
SINGLE = frozenset({Kind.STOCK, Kind.POINTS_EARNED, Kind.POINTS_SPENT, Kind.TIER, Kind.CREDIT, Kind.COMMISSION})
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
    order: Order, given: Return, tenders: Sequence[RefundTender], back: Sequence[Use], at: datetime
) -> list[Row]:
    """Every consequence that is known when the goods come; owners may add what only they know of."""
    rows = [
        Row(Kind.STOCK, "", INVENTORY, expected=_goods(given)),
        Row(Kind.COMMISSION, "", ATTRIBUTION, expected=sum(one.net_total for one in given.units)),
    ]
    if not given.units:  # only money: nobody earned on a way, and nothing came
        rows = [replace(row, state=State.DONE, settle_time=at) for row in rows]
    elif order.member_id:
        points = sum(one.points_returned for one in given.units)
        rows += [
            Row(Kind.POINTS_EARNED, "", MEMBER),
            Row(Kind.POINTS_SPENT, "", MEMBER, expected=points),
            Row(Kind.TIER, "", MEMBER),
        ]
    rows += [Row(Kind(use.kind), use.ref, MEMBER, expected=_worth(use)) for use in back]
    rows += [payment(one, at) for one in tenders if _money(one)]
    rows += [
        Row(Kind.PAYMENT, f"{one.tender_no}:kept", ORDER, State.DONE, one.kept, one.kept, "EXCHANGED", at)
        for one in tenders
        if one.kept
    ]
    return rows


def _goods(given: Return) -> int:
    """What stock is to take in; goods whose order was not known yet were taken in when they came."""
    if Flag.UNKNOWN_ORDER in given.flags:
        return 0
    return sum(one.quantity for one in given.units if one.disposition is not Disposition.MISSING)


def _money(one: RefundTender) -> bool:
    """Whether money moves; for value that a till gave as money too."""
    return one.amount > 0 and (one.kind in MONEY or one.code == AT_TILL)


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
