"""Units that nobody will hand over: which they are, and their part of what the order came to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.order.checkout import domain_spends
from services.order.checkout.domain import Line, Method, Order
from services.order.checkout.domain_freight import State as Freight
from services.order.checkout.domain_spends import Use
from services.order.fulfilment import domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import Capture
from services.order.fulfilment.domain_units import Run


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A run of units of a line; amounts are the run's."""

    line_no: int
    first: int
    last: int
    quantity: int
    net_total: int
    earn_base: int
    points_returned: int
    reason: str
    at: datetime
    actor_kind: str = ""
    actor_id: str = ""
    actor_terminal_id: str = ""


def cancelled(order: Order, runs: Iterable[tuple[Line, Run]], reason: str, at: datetime) -> list[Cancelled]:
    """What these units are worth.

    Shares are differences of rounded sums over all units before them, so that
    however an order is cut up, its units together are all of it.
    """
    found = []
    for line, (first, last) in sorted(runs, key=lambda one: (one[0].line_no, one[1])):
        begin, end = _worth(order, line, first), _worth(order, line, last + 1)
        many = domain_units.quantity(line, (first, last))
        worth = (end[0] - begin[0], end[1] - begin[1], end[2] - begin[2])
        found.append(Cancelled(line.line_no, first, last, many, *worth, reason, at))
    return found


def given_back(order: Order, fresh: Sequence[Cancelled], gone: Sequence[Cancelled]) -> list[Use]:
    """What of the value that the order used comes back with these units, after others went before."""
    if not order.spends:
        return []
    before, upto = (sum(_costs(order, one) for one in ended) + way(order, ended) for ended in (gone, (*gone, *fresh)))
    return domain_spends.on_units(order.spends, [(one.line_no, one.first, one.last) for one in fresh], before, upto)


def way(order: Order, gone: Iterable[Cancelled]) -> int:
    """What nobody pays for bringing goods that nobody gets."""
    return order.freight.total if order.freight and unsent(order, gone) else 0


def unsent(order: Order, gone: Iterable[Cancelled]) -> bool:
    """Whether all goods that the order's fee is for are gone, and none of them was ever sent."""
    fee = order.freight
    if fee is None or fee.state not in (Freight.OWED, Freight.RELEASED):
        return False
    ended = sum(one.last - one.first + 1 for one in gone if one.line_no in fee.line_nos)
    return ended == sum(domain_units.count(line) for line in order.lines if line.line_no in fee.line_nos)


def _costs(order: Order, one: Cancelled) -> int:
    """What the shopper was to pay for these units, without those that were paid for before."""
    line = next(line for line in order.lines if line.line_no == one.line_no)
    paid = domain_spends.returned_units(order.spends, one.line_no, one.first, one.last)
    whole = domain_units.payable(line, (one.first, one.last), order.tax_included)
    return whole - sum(use.pays * part.quantity // use.quantity for use in order.spends for part in paid
                       if use.ref == part.ref)  # fmt: skip


def taken(line: Line, parts: Iterable[Fulfilment], gone: Iterable[Cancelled]) -> list[Run]:
    """The units of a line that somebody has, or that nobody will get."""
    runs = [(one.first_unit, one.last_unit) for part in parts for one in part.lines if one.line_no == line.line_no]
    return runs + [(one.first, one.last) for one in gone if one.line_no == line.line_no]


def free(order: Order, parts: Sequence[Fulfilment], gone: Sequence[Cancelled]) -> list[tuple[Line, Run]]:
    """The units that are neither with one of these parts nor cancelled."""
    lines = [line for line in order.lines if line.method is not Method.CARRY_OUT]
    return [(line, run) for line in lines for run in domain_units.free(line, taken(line, parts, gone))]


def of(order: Order, part: Fulfilment) -> list[tuple[Line, Run]]:
    """A part's units."""
    lines = {line.line_no: line for line in order.lines}
    return [(lines[one.line_no], (one.first_unit, one.last_unit)) for one in part.lines]


def is_paid(order: Order, parts: Sequence[Fulfilment], gone: Sequence[Cancelled]) -> bool:
    """Whether each unit is in the shopper's hands and paid for, or will never be.

    A unit that was rejected and is looked for elsewhere is neither.
    """
    paid = [part for part in parts if part.gone and part.capture is Capture.CAPTURED]
    return not free(order, paid, gone)


def _before(line: Line, end: int, *, net: bool) -> int:
    """What the units before `end` come to: their price, or what points pay of it."""
    total = 0
    for units in line.units:
        many = min(units.last, end - 1) - units.first + 1
        if many > 0:
            total += many * (units.net_amount if net else units.points_value)
    return total


def _worth(order: Order, line: Line, end: int) -> tuple[int, int, int]:
    """Of the line's units before `end`: price and what earns; and the points that all units before it took."""
    if end == domain_units.count(line):
        net, by_points, earned = line.net_total, line.points_value, line.earn_base
    else:
        net, by_points = _before(line, end, net=True), _before(line, end, net=False)
        earned = line.earn_base * (net - by_points) // max(line.net_total - line.points_value, 1)
    by_points += sum(each.points_value for each in order.lines if each.line_no < line.line_no)
    return net, earned, order.points_spent * by_points // max(order.totals.points_value, 1)
