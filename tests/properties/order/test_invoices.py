"""Whatever was bought, comes back and is paid with points: what stands on invoices is what is to be paid for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.order.checkout.domain import Order
from services.order.fulfilment.domain_units import Run
from services.order.invoices import domain_amounts, domain_numbers, domain_settling
from services.order.invoices.domain import Allowance, Carrier, Invoice, Line, Moment, State
from services.order.invoices.domain_numbers import Block
from services.order.invoices.domain_settling import Plan, Units
from services.order.invoices.domain_terms import Terms
from services.order.returns import domain_units
from services.order.returns.domain import Disposition
from tests.properties.order.test_returns import line, sold

TAIPEI = ZoneInfo("Asia/Taipei")
SOLD_AT = datetime(2026, 11, 3, tzinfo=UTC)
TERMS = Terms(1, enabled=True)
RATES = {"S1": 500, "S2": 500, "S3": 0}

_amounts = st.lists(st.tuples(st.integers(0, 10**9), st.sampled_from([0, 500])), min_size=1, max_size=8)
_lines = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 5000), st.integers(0, 300)), min_size=1, max_size=3)
# how much of which line comes back, how many days after the sale before: in the period or after it
_returns = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 5), st.integers(0, 40)), max_size=6)


def basket(drawn: list[tuple[int, int, int]]) -> Order:
    lines = [line(no, many, many * each, min(off, many * each)) for no, (many, each, off) in enumerate(drawn, 1)]
    return sold(lines, [("CASH", sum(one.net_total for one in lines))])


@given(_amounts, st.booleans())
def test_sales_tax_and_free_are_the_total_to_the_minor_unit(amounts: list[tuple[int, int]], business: bool) -> None:
    lines = [Line(no, 0, 0, "S", "", 1, False, amount, bp) for no, (amount, bp) in enumerate(amounts)]
    stated = domain_amounts.stated(lines, business)
    assert stated.sales + stated.tax + stated.free == stated.total == sum(amount for amount, _ in amounts)
    inside = Fraction((stated.total - stated.free) * 5, 105) if business else Fraction(0)
    assert abs(inside - stated.tax) <= Fraction(1, 2)


@given(_lines, _returns, st.booleans())
def test_whatever_comes_back_whenever_each_unit_stands_where_it_must(
    drawn: list[tuple[int, int, int]], back: list[tuple[int, int, int]], business: bool
) -> None:
    """Voided and issued anew in its period, lessened afterwards: what is left is the worth of the units kept."""
    order, at, invoices = basket(drawn), SOLD_AT, list[Invoice]()
    hands: Units = {one.line_no: [(0, one.quantity - 1)] for one in order.lines}
    invoices = settled(order, hands, invoices, at, business)
    for line_no, unit, days in back:
        at += timedelta(days=days)
        hands = {no: domain_settling.without(runs, [(unit, unit)] * (no == line_no)) for no, runs in hands.items()}
        invoices = settled(order, hands, invoices, at, business)
        stand = [one for one in invoices if one.state is State.ISSUED]
        assert sum(one.total - one.allowed for one in stand) == worth(order, hands)
        assert all(0 <= one.allowed <= one.total for one in stand)
        assert all(one.sales + one.tax + one.free == one.total for one in stand)
        assert plan(order, hands, invoices, at) == Plan()  # nothing is left to be done
        for one in stand:
            taken = [each for less in one.allowances for each in less.lines]
            whole = domain_amounts.tax_of(one.lines)
            assert sum(less.tax for less in one.allowances) + left(one, taken) == whole


@given(_lines)
def test_what_is_paid_for_after_all_is_put_back(drawn: list[tuple[int, int, int]]) -> None:
    """An allowance whose units are to be paid for again is voided, and nothing else is touched."""
    order = basket(drawn)
    hands: Units = {one.line_no: [(0, one.quantity - 1)] for one in order.lines}
    later = SOLD_AT + timedelta(days=90)
    invoices = settled(order, hands, [], SOLD_AT, business=False)
    lessened = settled(order, {}, invoices, later, business=False)
    again = plan(order, hands, lessened, later)
    assert len(again.undo) == sum(len(one.allowances) for one in lessened)
    assert (again.void, again.lessen, again.issue) == ((), (), ())


@given(st.lists(st.integers(10, 40), unique=True))
def test_blanks_and_what_was_drawn_are_the_whole_block(drawn: list[int]) -> None:
    blanks = domain_numbers.blanks(Block("", 202611, "AB", 10, 40), drawn)
    blank = [number for first, last in blanks for number in range(first, last + 1)]
    assert sorted([*blank, *drawn]) == list(range(10, 41))


@given(st.tuples(st.integers(2012, 2199), st.sampled_from(range(1, 12, 2)), st.text("ABYZ", min_size=2, max_size=2)),
       st.tuples(st.integers(2012, 2199), st.sampled_from(range(1, 12, 2)), st.text("ABYZ", min_size=2, max_size=2)),
       st.integers(0, domain_numbers.LAST), st.integers(0, domain_numbers.LAST))  # fmt: skip
def test_no_two_numbers_of_all_periods_have_one_key(
    one: tuple[int, int, str], two: tuple[int, int, str], first: int, second: int
) -> None:
    keys = [domain_numbers.key(y * 100 + m, t, n) for (y, m, t), n in ((one, first), (two, second))]
    assert (keys[0] == keys[1]) == ((one, first) == (two, second))
    assert max(keys) < 2**63


def plan(order: Order, hands: Units, invoices: list[Invoice], at: datetime) -> Plan:
    since = {no: [(run, order.business_time) for run in runs] for no, runs in hands.items()}
    due = domain_settling.wanted(order, since, (), (), Moment.HANDOVER)
    return domain_settling.plan(order, due, invoices, RATES, TERMS, at, TAIPEI)


def settled(order: Order, hands: Units, invoices: list[Invoice], at: datetime, business: bool) -> list[Invoice]:
    """What stands once the plan was done, as the store would keep it."""
    todo = plan(order, hands, invoices, at)
    found = [_after(one, todo, at) for one in invoices]
    if todo.issue:
        sums = domain_amounts.stated(todo.issue, business)
        period = domain_numbers.period_of(at, TAIPEI)
        head = ("", "o", "AB00000001", period, "0000", State.ISSUED, at, sums.total, sums.sales, sums.tax, sums.free)
        found.append(Invoice(*head, business, Carrier.NONE, "", True, "", "", todo.issue))
    return found


def _after(one: Invoice, todo: Plan, at: datetime) -> Invoice:
    if one in todo.void:
        return replace(one, state=State.VOIDED, void_time=at)
    less = next((each for each in todo.lessen if each.invoice is one), None)
    if less is None:
        return one
    amount = min(sum(each.amount for each in less.lines), one.total - one.allowed)
    before = [each for had in one.allowances for each in had.lines]
    tax = domain_amounts.tax_of([*before, *less.lines]) - domain_amounts.tax_of(before)
    return replace(one, allowances=(*one.allowances, Allowance("", "", State.ISSUED, amount, tax, at, less.lines)))


def worth(order: Order, hands: Units) -> int:
    """What the units in the shopper's hands had cost."""
    lines = {one.line_no: one for one in order.lines}
    runs: list[tuple[int, Run]] = [(no, run) for no, found in hands.items() for run in found]
    none = Disposition.NONE
    return sum(one.amount for one in domain_units.worth(order, [(lines[no], run, none) for no, run in runs], SOLD_AT))


def left(invoice: Invoice, taken: list[Line]) -> int:
    return domain_amounts.tax_of(invoice.lines) - domain_amounts.tax_of(taken)
