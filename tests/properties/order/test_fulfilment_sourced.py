"""Whatever sourcing says, in whatever order: no unit is sent twice, and tasks share out units and money exactly."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.order.checkout.domain import ChannelKind, Line, Method, Order, UnitRun, totals
from services.order.checkout.domain import State as OrderState
from services.order.fulfilment import domain, domain_attention, domain_cancelled, domain_sourced, domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_sourced import Assigned, Leftover, Standing, Told
from services.order.fulfilment.domain_states import State

AT = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)
_MANY = st.integers(1, 6)


def order_of(quantities: Sequence[int], prices: Sequence[int]) -> Order:
    """Lines whose first unit takes the odd cent."""
    lines = []
    for number, (quantity, price) in enumerate(zip(quantities, prices, strict=True), 1):
        runs = [UnitRun(0, 0, price + 1, price + 1, 0)]
        if quantity > 1:
            runs.append(UnitRun(1, quantity - 1, price, price, 0))
        net = quantity * price + 1
        lines.append(Line(number, f"S{number}", "", quantity, False, net, net, 0, 0, net, (), tuple(runs), Method.SHIP))
    made = tuple(lines)
    return Order(
        "o", "no", OrderState.CONFIRMED, ChannelKind.ONLINE, "web", AT, "TWD", True, totals(made, True), made
    )  # fmt: skip


@st.composite
def words(draw: st.DrawFn) -> tuple[Order, list[Told]]:
    """A history: units get places, places lose them again; each word tells all that stands."""
    quantities = draw(st.lists(_MANY, min_size=1, max_size=3))
    order = order_of(quantities, [draw(st.integers(1, 99)) for _ in quantities])
    standing: Counter[tuple[int, str, str]] = Counter()
    told = []
    for version in range(2, 2 + draw(st.integers(1, 5))):
        gone = draw(st.sets(st.sampled_from(sorted(standing) or [(0, "", "")])))
        standing = Counter({key: units for key, units in standing.items() if key not in gone})
        for number, quantity in enumerate(quantities, 1):
            free = quantity - sum(units for key, units in standing.items() if key[0] == number)
            for place in draw(st.permutations(("A", "B", "C"))):
                units = draw(st.integers(0, free))
                free -= units
                if units:
                    standing[number, place, f"d{version}"] += units
        assigned = tuple(Assigned(no, place, units, one) for (no, place, one), units in sorted(standing.items()))
        told.append(Told("o", version, Standing.SOURCED, assigned))
    return order, told


def heard(
    order: Order, parts: list[Fulfilment], told: Told, gone: Sequence[domain_cancelled.Cancelled] = ()
) -> list[Fulfilment]:
    plan = domain_sourced.plan(order, parts, told, gone)
    ended = {id(part) for part in plan.end}
    less = {id(part): after for part, after in plan.shrink}
    kept = [replace(part, state=State.CANCELLED) if id(part) in ended else less.get(id(part), part) for part in parts]
    opened = [
        domain.fresh(order, AT, f"f{told.version}{task.location_id}{task.decision_id}", Method.SHIP, task.location_id,
                     task.runs, task.decision_id)
        for task in plan.open
    ]  # fmt: skip
    return [*kept, *opened]


def units_of(parts: Sequence[Fulfilment]) -> Counter[tuple[int, int]]:
    return Counter(
        (line.line_no, unit)
        for part in parts
        if part.stands
        for line in part.lines
        for unit in range(line.first_unit, line.last_unit + 1)
    )


@given(words(), st.data())
def test_tasks_follow_the_newest_word_whatever_was_heard(given: tuple[Order, list[Told]], data: st.DataObject) -> None:
    order, told = given
    parts: list[Fulfilment] = []
    newest = 0
    # each word once or twice, in any order; an older one than was heard is dropped before it comes here
    for one in data.draw(st.permutations([*told, *told])):
        if one.version >= newest:
            newest = one.version
            parts = heard(order, parts, one)
        units = units_of(parts)
        assert all(times == 1 for times in units.values()), "a unit is sent once"
    wanted: Counter[tuple[str, str, int]] = Counter()
    for each in told[-1].assigned:
        wanted[each.location_id, each.decision_id, each.line_no] += each.quantity
    found: Counter[tuple[str, str, int]] = Counter()
    for part in parts:
        for line in part.lines if part.stands else ():
            found[part.location_id, part.decision_id, line.line_no] += line.quantity
    assert found == wanted
    standing = [part for part in parts if part.stands]
    left = domain_attention.uncovered(order, parts)
    assert sum(left.values()) == sum(line.quantity for line in order.lines) - sum(found.values())
    if not left:
        assert sum(part.amount for part in standing) == order.totals.grand_total


@given(words())
def test_a_rejected_task_is_not_opened_again_by_the_word_that_it_came_from(given: tuple[Order, list[Told]]) -> None:
    order, told = given
    parts = [replace(part, state=State.REJECTED) for part in heard(order, [], told[0])]
    assert heard(order, parts, told[0]) == parts


@given(words())
def test_what_is_given_up_is_sent_by_nobody_whatever_is_said_later(given: tuple[Order, list[Told]]) -> None:
    order, (told, *later) = given
    assigned: Counter[int] = Counter()
    for each in told.assigned:
        assigned[each.line_no] += each.quantity
    rest = [(line, line.quantity - assigned[line.line_no]) for line in order.lines]
    left = tuple(Leftover(line.line_no, line.sku, units, "NO_STOCK") for line, units in rest if units)
    word = replace(told, standing=Standing.GIVEN_UP, left=left)
    plan = domain_sourced.plan(order, [], word)
    parts = heard(order, [], word)
    gone = domain_cancelled.cancelled(order, plan.give_up, "", AT)
    assert {each.line_no: each.quantity for each in gone} == {each.line_no: each.quantity for each in left}
    assert domain_attention.uncovered(order, parts, gone) == {}
    assert domain_sourced.given_up_late(order, parts, word, gone) == [], "it is given up once"
    ended = {(each.line_no, unit) for each in gone for unit in range(each.first, each.last + 1)}
    for one in later:
        parts = heard(order, parts, one, gone)
        assert not ended & set(units_of(parts))


@given(st.data(), st.integers(1, 9), st.integers(0, 999))
def test_cancelled_units_together_are_all_of_the_order(data: st.DataObject, count: int, points: int) -> None:
    order = order_of([data.draw(_MANY) for _ in range(count)], [data.draw(st.integers(5, 99)) for _ in range(count)])
    lines = []
    for line in order.lines:
        worth = [data.draw(st.integers(0, unit.net_amount)) for unit in line.units]
        runs = tuple(replace(unit, points_value=paid) for unit, paid in zip(line.units, worth, strict=True))
        paid = sum(run.points_value * run.count for run in runs)
        lines.append(replace(line, units=runs, points_value=paid, earn_base=line.net_total - paid))
    paid = sum(line.points_value for line in lines)
    order = replace(order, lines=tuple(lines), totals=totals(tuple(lines), True), points_spent=points if paid else 0)
    gone: list[domain_cancelled.Cancelled] = []
    while free := domain_cancelled.free(order, (), gone):
        line, (first, last) = data.draw(st.sampled_from(free))
        run = (begin := data.draw(st.integers(first, last)), data.draw(st.integers(begin, last)))
        gone += domain_cancelled.cancelled(order, [(line, run)], "", AT)
    assert sum(each.points_returned for each in gone) == order.points_spent
    assert all(each.points_returned >= 0 for each in gone)
    for line in order.lines:
        own = [each for each in gone if each.line_no == line.line_no]
        assert sum(each.net_total for each in own) == line.net_total
        assert sum(each.earn_base for each in own) == line.earn_base
        assert sum(each.quantity for each in own) == line.quantity
    assert domain_cancelled.is_paid(order, (), gone)


@given(st.lists(st.tuples(_MANY, _MANY), max_size=4), _MANY, _MANY)
def test_free_units_are_those_that_nobody_has(taken: list[tuple[int, int]], quantity: int, wanted: int) -> None:
    line = order_of([quantity], [10]).lines[0]
    runs = [(first - 1, min(quantity - 1, first - 1 + many)) for first, many in taken if first <= quantity]
    had = {unit for first, last in runs for unit in range(first, last + 1)}
    free = domain_units.free(line, runs)
    every = {unit for first, last in free for unit in range(first, last + 1)}
    assert (every | had, every & had) == (set(range(quantity)), set())
    cut = domain_units.cut(line, free, wanted)
    assert sum(last - first + 1 for first, last in cut) == min(wanted, len(every))
    whole = sum(domain_units.payable(line, (unit, unit), True) for unit in range(quantity))
    assert whole == line.net_total
