"""However an order is changed: what stays and what goes are together all of it, unit for unit and cent for cent."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.order.checkout.domain import Order, Totals
from services.order.edits import domain, domain_sums
from services.order.edits.domain_actions import SetQuantity
from services.order.edits.domain_standing import TOO_LATE, Standing
from services.order.fulfilment import domain as tasks
from services.order.fulfilment import domain_cancelled, domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import Reason, State
from tests.properties.order.test_fulfilment_sourced import order_of

AT = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)
_LINES = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 99)), min_size=1, max_size=3)
_CUTS = st.lists(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 6)), min_size=1, max_size=3), max_size=4)


def _task(order: Order) -> Fulfilment:
    runs = [(line, (0, domain_units.count(line) - 1)) for line in order.lines]
    return tasks.fresh(order, AT, "f", order.lines[0].method, "WH1", runs)


def _covered(given: Standing) -> set[tuple[int, int]]:
    return {
        (one.line_no, unit)
        for part in given.parts
        if part.stands
        for one in part.lines
        for unit in range(one.first_unit, one.last_unit + 1)
    }


def _kept(given: Standing) -> set[tuple[int, int]]:
    return {
        (line.line_no, unit)
        for line in given.order.lines
        for first, last in given.kept(line)
        for unit in range(first, last + 1)
    }


def _after(given: Standing, plan: domain.Plan) -> Standing:
    fresh = domain_cancelled.cancelled(given.order, plan.removed, Reason.EDITED, AT)
    changed = {part.fulfilment_id: kept for part, kept in domain_sums.changed(given, plan)}
    parts = [
        tasks.with_runs(given.order, part, changed[part.fulfilment_id]) if part.fulfilment_id in changed else part
        for part in given.parts
    ]
    return Standing(given.order, parts, [*given.gone, *fresh])


def _sum(one: Totals) -> tuple[int, int, int]:
    return one.list_total, one.tax_total, one.grand_total


@given(_LINES, _CUTS)
def test_what_stays_and_what_goes_are_all_of_the_order(
    goods: list[tuple[int, int]], changes: list[list[tuple[int, int]]]
) -> None:
    order = order_of([quantity for quantity, _ in goods], [price for _, price in goods])
    standing, released = Standing(order, [_task(order)], []), 0
    for cuts in changes:
        plan = domain.plan(standing, [SetQuantity(*cut) for cut in cuts], {})
        before = domain_sums.totals(standing)
        if plan.failures or plan.wants:
            continue
        back = domain_sums.back(standing, plan.removed, AT)
        after = _after(standing, plan)
        assert _sum(domain_sums.totals(after)) == _sum(domain_sums.totals(standing, plan.removed))
        assert before.grand_total - domain_sums.totals(after).grand_total == back.money
        standing, released = after, released + back.money
        for line_no, quantity in cuts:
            assert len([unit for unit in _kept(standing) if unit[0] == line_no]) == quantity
        assert _covered(standing) == _kept(standing), "a task has the units that stay, and no others"
        assert sum(part.amount for part in standing.parts) == domain_sums.totals(standing).grand_total
    assert domain_sums.totals(standing).grand_total + released == order.totals.grand_total


@given(_LINES, st.sampled_from([State.READY, State.PACKED, State.SHIPPED, State.HANDED_OVER]))
def test_nothing_that_is_ready_or_gone_is_given_up(goods: list[tuple[int, int]], state: State) -> None:
    order = order_of([quantity for quantity, _ in goods], [price for _, price in goods])
    part = replace(_task(order), state=state)
    plan = domain.plan(Standing(order, [part], []), [SetQuantity(1, 0)], {})
    assert [one.reason for one in plan.failures] == [TOO_LATE]
    assert not plan.removed
