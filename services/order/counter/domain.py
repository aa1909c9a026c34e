"""One visit's arithmetic: what is left behind of a pickup, what pays for other goods, and the one difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.errors import Code, Fault, invalid
from services.order.checkout.domain import ChannelKind, Line, Order
from services.order.fulfilment import domain_cancelled, domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_cancelled import Cancelled
from services.order.fulfilment.domain_units import Run
from services.order.returns.domain_refunds import BY_UNIT, MONEY, Left, Refund

CHANGED_MIND = "CHANGED_MIND"
# in the key of all that a counter gives back, or keeps for other goods, for units that nobody takes
UNDELIVERED = "undelivered"

HELD_FOR = timedelta(minutes=30)
"""So long a basket may stay open; the fact of the sale finds the promise also afterwards, as far as there are goods."""
MOST_HELD = 10
"""For so many sales at a time a till has goods held that are not its store's to carry out."""


class VisitUnbalanced(Fault):
    """What is paid is not the difference."""

    code = Code.FAILED_PRECONDITION
    reason = "VISIT_UNBALANCED"


class DeliveryHoldLimit(Fault):
    """A till that never closes its sales would keep goods from everybody."""

    code = Code.FAILED_PRECONDITION
    reason = "DELIVERY_HOLD_LIMIT"


@dataclass(frozen=True, slots=True)
class Promised:
    """Whose till had goods held for which sale, and until when."""

    sale_id: str
    location_id: str
    terminal_id: str
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What a shopper leaves of what he collects, what he takes, and what the former had cost him in money."""

    dropped: tuple[tuple[Line, Run], ...]
    taken: tuple[tuple[Line, Run], ...]
    total: int
    money: int


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit, as it was settled."""

    visit_id: str
    location_id: str
    currency: str
    business_time: datetime
    staff_code: str
    return_id: str | None = None
    returned_order_id: str | None = None
    fulfilment_id: str | None = None
    collected_order_id: str | None = None
    sale_id: str | None = None
    returned_total: int = 0
    dropped_total: int = 0
    sale_total: int = 0
    exchanged_total: int = 0
    charged_total: int = 0
    refunded_total: int = 0
    released_total: int = 0


def left(order: Order, part: Fulfilment, asked: Sequence[tuple[int, int]], gone: Sequence[Cancelled]) -> LeftBehind:
    """The last units of each line that is named stay behind; what points and value paid comes back as that."""
    wanted: dict[int, int] = {}
    for line_no, quantity in asked:
        if quantity < 1 or line_no in wanted:
            raise invalid("pickup.dropped", "must name each line once, and how many of it")
        wanted[line_no] = quantity
    dropped, taken = list[tuple[Line, Run]](), list[tuple[Line, Run]]()
    for line, (first, last) in reversed(domain_cancelled.of(order, part)):
        many = min(wanted.get(line.line_no, 0), domain_units.quantity(line, (first, last)))
        if line.by_measure and 0 < many < line.quantity:
            raise invalid("pickup.dropped", f"line {line.line_no} is one piece")
        wanted[line.line_no] = wanted.get(line.line_no, 0) - many
        cut = last - (1 if line.by_measure and many else many)
        if many:
            dropped.append((line, (cut + 1, last)))
        if cut >= first:
            taken.append((line, (first, cut)))
    if any(wanted.values()):
        raise invalid("pickup.dropped", "must be no more than there is to collect")
    dropped.reverse()
    taken.reverse()
    total = sum(domain_units.payable(line, run, order.tax_included) for line, run in dropped)
    fresh = domain_cancelled.cancelled(order, dropped, CHANGED_MIND, part.update_time)
    value = sum(use.pays for use in domain_cancelled.given_back(order, fresh, gone))
    way = domain_cancelled.way(order, [*gone, *fresh]) - domain_cancelled.way(order, gone)
    return LeftBehind(tuple(dropped), tuple(taken), total, max(total + way - value, 0))


def owed(order: Order, gone: Sequence[Cancelled], paid_out: int) -> int:
    """Of a store's sale, the money for units that never came, less what was given for such before."""
    if order.channel_kind is not ChannelKind.STORE:
        return 0
    lines = {line.line_no: line for line in order.lines}
    cost = sum(domain_units.payable(lines[one.line_no], (one.first, one.last), order.tax_included) for one in gone)
    value = sum(use.pays for use in domain_cancelled.given_back(order, gone, ()))
    return max(cost - value - paid_out, 0)


def in_money(tenders: Sequence[Left]) -> list[Left]:
    """Tenders that a counter can give back: value, points and packs come back by themselves."""
    return [one for one in tenders if one.kind in MONEY]


def kept_and_given(refund: Refund | None) -> tuple[int, int]:
    """Of a refund: what pays for other goods, and what the shopper gets, but for packs, which are units."""
    if refund is None:
        return 0, 0
    return (
        sum(one.kept for one in refund.tenders),
        sum(one.amount for one in refund.tenders if one.kind not in BY_UNIT),
    )


def balanced(owed_: int, paid: int) -> None:
    """Refuses to charge more or less than the difference."""
    if owed_ != paid:
        raise VisitUnbalanced(f"{owed_} is owed, {paid} was paid", owed=owed_, paid=paid)


def within_limit(held: int) -> None:
    """Refuses to hold for one more sale where enough wait to be closed."""
    if held >= MOST_HELD:
        raise DeliveryHoldLimit(f"goods are held for {held} sales that are not closed", most=MOST_HELD)
