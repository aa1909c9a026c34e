"""Points that a till took: whatever comes back in whatever way, what stands on invoices is what money pays."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from services.order.checkout.domain import Entry, Order, TenderEntry
from services.order.invoices import domain_settling
from services.order.invoices.domain import Invoice, Line, State
from services.order.invoices.domain_settling import Plan, Units
from tests.properties.order.test_invoices import SOLD_AT, basket, plan, settled, worth

_lines = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 5000), st.integers(0, 300)), min_size=1, max_size=3)
# how much of which line comes back, and what of the points goes back with it, in per cent
_back = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 5), st.sampled_from([0, 40, 100])), max_size=6)


def sold(drawn: list[tuple[int, int, int]], share: int) -> Order:
    """A sale of which points paid so much of the whole, in per cent, and cash the rest."""
    order = basket(drawn)
    points = order.totals.grand_total * share // 100
    cash = replace(order.tenders[0], amount=order.totals.grand_total - points)
    return replace(order, tenders=(cash, _entry(Entry.CAPTURED, points)))


def without_points(order: Order, amount: int) -> Order:
    return replace(order, tenders=(*order.tenders, _entry(Entry.REFUNDED, amount)))


def points_of(order: Order) -> int:
    signs = {Entry.CAPTURED: 1, Entry.REFUNDED: -1}
    return sum(one.amount * signs[one.entry] for one in order.tenders if one.kind == "POINTS")


def all_units(order: Order) -> Units:
    return {one.line_no: [(0, one.quantity - 1)] for one in order.lines}


@given(_lines, st.integers(0, 100), _back)
@example([(1, 1, 0), (1, 1, 0)], 50, [(1, 0, 0)])  # the points paid all of the line that came back for money
def test_in_its_period_an_invoice_states_what_is_paid_beside_points(
    drawn: list[tuple[int, int, int]], share: int, back: list[tuple[int, int, int]]
) -> None:
    order = sold(drawn, share)
    hands = all_units(order)
    invoices = settled(order, hands, [], SOLD_AT, business=False)
    assert _stated(invoices) == order.totals.grand_total - points_of(order)
    for line_no, unit, part in back:
        left = {no: domain_settling.without(runs, [(unit, unit)] * (no == line_no)) for no, runs in hands.items()}
        came = worth(order, hands) - worth(order, left)
        order, hands = without_points(order, min(points_of(order), came * part // 100)), left
        invoices = settled(order, hands, invoices, SOLD_AT, business=False)
        kept = worth(order, hands)
        # points of goods that came back without them pay for what is left
        assert _stated(invoices) == kept - min(points_of(order), kept)
        assert plan(order, hands, invoices, SOLD_AT) == Plan()


@given(_lines, st.integers(0, 100), _back, st.booleans())
@example([(1, 1, 0), (1, 1, 0), (1, 1, 0)], 34, [(2, 0, 100)], False)
def test_afterwards_no_allowance_takes_off_more_than_its_invoice_said(
    drawn: list[tuple[int, int, int]], share: int, back: list[tuple[int, int, int]], business: bool
) -> None:
    """Line by line, whichever tender gave first: all units together are the whole invoice, to the minor unit."""
    order = sold(drawn, share)
    hands, later = all_units(order), SOLD_AT + timedelta(days=90)
    invoices = settled(order, hands, [], SOLD_AT, business)
    for line_no, unit, part in [*back, *((no, unit, 0) for no in (1, 2, 3) for unit in range(6))]:
        left = {no: domain_settling.without(runs, [(unit, unit)] * (no == line_no)) for no, runs in hands.items()}
        came = worth(order, hands) - worth(order, left)
        order, hands = without_points(order, min(points_of(order), came * part // 100)), left
        invoices = settled(order, hands, invoices, later, business)
        for one in invoices:
            assert one.allowed <= one.total
            assert all(_lessened(one, line) <= line.amount for line in one.lines)
    assert [one.allowed for one in invoices] == [one.total for one in invoices]
    assert all(_lessened(one, line) == line.amount for one in invoices for line in one.lines)


def _stated(invoices: list[Invoice]) -> int:
    return sum(one.total for one in invoices if one.state is State.ISSUED)


def _lessened(invoice: Invoice, line: Line) -> int:
    return sum(
        each.amount
        for less in invoice.allowances
        for each in less.lines
        if each.line_no == line.line_no and line.first <= each.first <= line.last
    )


def _entry(kind: Entry, amount: int) -> TenderEntry:
    return TenderEntry(2, kind, "POINTS", amount, SOLD_AT)
