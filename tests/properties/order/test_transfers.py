"""Whatever inventory answers about what a store lacks: each unit is asked of one place, and none is lost."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Fault
from services.order.checkout.domain import Method, Order
from services.order.fulfilment import domain, domain_states
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_sourced import Assigned
from services.order.legs import domain_transfers
from services.order.legs.domain_transfers import State
from tests.properties.order.test_fulfilment_sourced import AT, order_of


@st.composite
def lacking(draw: st.DrawFn) -> tuple[Order, Fulfilment, list[int], list[Assigned]]:
    """A task of some units of an order, some of its lines, and who sends how many of them."""
    quantities = draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
    order, runs = order_of(quantities, [10 for _ in quantities]), []
    for line in order.lines:
        first = draw(st.integers(0, line.quantity - 1))
        runs.append((line, (first, draw(st.integers(first, line.quantity - 1)))))
    task = domain.hold(domain.fresh(order, AT, "f", Method.COLLECT, "S", runs), domain_states.Reason.SENT_FOR)
    asked = sorted(draw(st.sets(st.sampled_from([line.line_no for line in order.lines]), min_size=1)))
    answered = []
    for number in asked:
        left = sum(line.quantity for line in task.lines if line.line_no == number)
        while left:
            units = draw(st.integers(1, left))
            answered.append(Assigned(number, draw(st.sampled_from("ABC")), units, "d"))
            left -= units
    return order, task, asked, answered


def _units(order: Order, task: Fulfilment) -> set[tuple[int, int]]:
    return {(one.line_no, unit) for one in task.lines for unit in range(one.first_unit, one.last_unit + 1)}


@given(lacking())
def test_each_unit_is_asked_of_one_place_and_none_is_lost(
    drawn: tuple[Order, Fulfilment, list[int], list[Assigned]],
) -> None:
    order, task, asked, answered = drawn
    found = domain_transfers.sent(order, task, answered)
    units = [
        (line.line_no, unit) for one in found for line, (first, last) in one.runs for unit in range(first, last + 1)
    ]
    rest = domain_transfers.going_on(order, task, asked)
    assert len(units) == len(set(units))
    assert set(units) | _units(order, rest) == _units(order, task)
    assert not set(units) & _units(order, rest)
    assert (rest.state, rest.reason) == (domain_states.State.PLACED, "")
    legs = [domain.fresh(order, AT, "x", Method.SHIP, one.location_id, one.runs, one.decision_id) for one in found]
    assert sum(leg.amount for leg in legs) + rest.amount == task.amount, "to the cent"


@given(lacking(), st.data())
def test_what_ended_meanwhile_is_asked_of_nobody(
    drawn: tuple[Order, Fulfilment, list[int], list[Assigned]], data: st.DataObject
) -> None:
    order, task, _, answered = drawn
    kept = data.draw(st.sets(st.sampled_from([line.line_no for line in task.lines])))
    lines = {line.line_no: line for line in order.lines}
    runs = [(lines[one.line_no], (one.first_unit, one.last_unit)) for one in task.lines if one.line_no in kept]
    less = domain.with_runs(order, task, runs)
    found = Counter[int]()
    for one in domain_transfers.sent(order, less, answered):
        for line, (first, last) in one.runs:
            found[line.line_no] += last - first + 1
    wanted = {one.line_no for one in answered} & kept
    assert found == Counter({line.line_no: line.quantity for line in less.lines if line.line_no in wanted})


@given(lacking(), st.data())
def test_while_some_lines_are_asked_for_others_are_refused_and_not_swallowed(
    drawn: tuple[Order, Fulfilment, list[int], list[Assigned]], data: st.DataObject
) -> None:
    _, task, asked, _ = drawn
    mine = [line.line_no for line in task.lines]
    again = data.draw(st.sets(st.sampled_from(mine)))
    before = domain_transfers.Transfer(
        "t", "f", "o", "S", tuple(asked), tuple(1 for _ in asked), "NOT_IN_STOCK", State.ASKED, AT
    )
    if (again or set(mine)) <= set(asked):
        assert domain_transfers.same(before, task, again)
    else:
        with pytest.raises(Fault, match="cannot become ON_HOLD"):
            domain_transfers.same(before, task, again)
