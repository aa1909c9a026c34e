"""The states of a fulfilment, exhaustively, and how an order falls apart into tasks."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.order.checkout.domain import ChannelKind, Line, Method, Order, totals
from services.order.checkout.domain import State as OrderState
from services.order.fulfilment import domain

AT = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)
PLACES = st.sampled_from([("TPE01", Method.COLLECT), ("TPE02", Method.COLLECT), ("WH1", Method.SHIP)])


@given(
    st.lists(st.tuples(PLACES, st.integers(1, 9), st.integers(0, 10**6), st.integers(0, 500)), min_size=1),
    st.booleans(),
)
def test_tasks_share_out_the_order(wants: list[tuple[tuple[str, Method], int, int, int]], tax_included: bool) -> None:
    lines = tuple(
        Line(number, "S", "", quantity, False, net, net, tax, min(net, 3), net, (), (), method, place)
        for number, ((place, method), quantity, net, tax) in enumerate(wants, 1)
    )
    order = Order(
        "o", "no", OrderState.CONFIRMED, ChannelKind.ONLINE, "web", AT, "TWD", tax_included,
        totals(lines, tax_included), lines,
    )  # fmt: skip
    opened = domain.opened(order, AT, [f"f{number}" for number in range(len(lines))])
    assert sum(each.amount for each in opened) == order.totals.grand_total
    assert sorted(line.line_no for each in opened for line in each.lines) == [line.line_no for line in lines]
    assert len({(each.location_id, each.method) for each in opened}) == len(opened)
    assert len({each.fulfilment_id for each in opened}) == len(opened)
