"""What must become of an order's invoices, so that each unit that is somebody's to pay for stands on exactly one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.order.checkout.domain import ChannelKind, Order
from services.order.checkout.domain import State as OrderState
from services.order.checkout.domain_freight import State as Freight
from services.order.fulfilment import domain_units as fulfilled
from services.order.fulfilment.domain_units import Run
from services.order.invoices import domain_lines, domain_numbers, domain_points
from services.order.invoices.domain import Allowance, Invoice, Line, Moment, State
from services.order.invoices.domain_terms import Terms
from services.order.returns.domain import HERE, Return

Units = dict[int, list[Run]]


@dataclass(frozen=True, slots=True)
class Lessen:
    """Take these units off an invoice that can no longer be voided."""

    invoice: Invoice
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, in this order; `issue` are the units of one new invoice."""

    undo: tuple[tuple[Invoice, Allowance], ...] = ()
    void: tuple[Invoice, ...] = ()
    lessen: tuple[Lessen, ...] = ()
    issue: tuple[Line, ...] = ()

    @property
    def empty(self) -> bool:
        return self == Plan()


def wanted(
    order: Order,
    hands: Mapping[int, Sequence[tuple[Run, datetime]]],
    cancelled: Iterable[tuple[int, Run]],
    returns: Iterable[Return],
    moment: Moment,
    vouchers: Collection[str] = (),
) -> Units:
    """The units that must stand on an invoice now: those that were sold for good, and did not come back.

    A voucher has none: what it buys has one.
    """
    if order.state is not OrderState.CONFIRMED:
        return {}
    if moment is Moment.CONFIRMATION and order.channel_kind is ChannelKind.ONLINE:
        found = {line.line_no: [(0, fulfilled.count(line) - 1)] for line in order.lines if fulfilled.count(line) > 0}
    else:
        found = {line_no: [run for run, _ in runs] for line_no, runs in hands.items()}
    gone: Units = {}
    for line in order.lines:
        if line.sku in vouchers:
            found.pop(line.line_no, None)
    for line_no, run in cancelled:
        gone.setdefault(line_no, []).append(run)
    for one in returns:
        for unit in one.units if one.state in HERE else ():
            gone.setdefault(unit.line_no, []).append((unit.first, unit.last))
    left = {line_no: without(runs, gone.get(line_no, ())) for line_no, runs in found.items()}
    return {line_no: runs for line_no, runs in left.items() if runs} | _freight(order, moment)


def _freight(order: Order, moment: Moment) -> Units:
    """What bringing the goods costs, while it is the buyer's to pay: as a line beside theirs."""
    fee = order.freight
    told = fee is not None and (fee.state is Freight.CHARGED or moment is Moment.CONFIRMATION)
    return {domain_lines.FREIGHT: [(0, 0)]} if fee and fee.stands and fee.total and told else {}


def plan(
    order: Order, due: Units, invoices: Sequence[Invoice], rates: Mapping[str, int], terms: Terms, at: datetime,
    zone: ZoneInfo,
) -> Plan:  # fmt: skip
    """In its own period an invoice is voided and what is left of it issued anew; afterwards it is lessened.

    A new one states what is to be paid beside points; an allowance takes off what its invoice said of the units.
    """
    undo, void, lessen = [], [], []
    stands: Units = {}
    points = domain_points.still_pay(order)
    for one in (one for one in invoices if one.state is State.ISSUED):
        wrong = [(one, less) for less in one.allowances if less.state is State.ISSUED and _meets(less, due)]
        undo += wrong
        less = [each for each in one.allowances if each.state is State.ISSUED and (one, each) not in wrong]
        gone = _gone(one, less, due)
        if gone and not less and domain_numbers.voidable(one.period, at, zone, terms.void_days):
            void.append(one)
            continue
        if gone:
            lessen.append(Lessen(one, tuple(domain_lines.said(order, line, run) for line, run in gone)))
        for line in one.lines:
            stands.setdefault(line.line_no, []).append(line.run)
            if points > 0:
                points -= domain_points.taken_off(order, line, within([line.run], due.get(line.line_no, ())))
    open_ = {line_no: without(runs, stands.get(line_no, ())) for line_no, runs in due.items()}
    sold = [line for line in domain_lines.lines(order, open_, rates) if line.amount]
    issue = domain_points.less(sold, points)
    # what points paid alone stands there at nothing: when it comes back, the others' share of the points is another
    return Plan(tuple(undo), tuple(void), tuple(lessen), tuple(issue) if any(line.amount for line in issue) else ())


def without(runs: Iterable[Run], gone: Iterable[Run]) -> list[Run]:
    """What is left of some runs of units once others are taken out."""
    found: list[Run] = []
    taken = sorted(gone)
    for first, last in sorted(runs):
        begin = first
        for low, high in taken:
            if high < begin or low > last:
                continue
            if low > begin:
                found.append((begin, low - 1))
            begin = max(begin, high + 1)
        if begin <= last:
            found.append((begin, last))
    return found


def within(runs: Sequence[Run], others: Iterable[Run]) -> list[Run]:
    """What of some runs of units is in others too."""
    return without(runs, without(runs, others))


def _gone(invoice: Invoice, less: Iterable[Allowance], due: Units) -> list[tuple[Line, Run]]:
    """Its units that are nobody's to pay for, and that nothing took off it yet, with the line that they stand on."""
    off: Units = {}
    for one in less:
        for line in one.lines:
            off.setdefault(line.line_no, []).append(line.run)
    return [
        (line, run)
        for line in invoice.lines
        for run in without([line.run], [*due.get(line.line_no, ()), *off.get(line.line_no, ())])
    ]


def _meets(less: Allowance, due: Units) -> bool:
    """Whether it took off what is to be paid for after all."""
    return any(
        first <= line.last and line.first <= last for line in less.lines for first, last in due.get(line.line_no, ())
    )
