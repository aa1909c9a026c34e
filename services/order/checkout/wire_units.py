"""Sold units as the passport shows them."""

from collections.abc import Iterator

from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.type.v1 import unit_pb2
from services.order.checkout import wire
from services.order.checkout.domain import Line, Method, Order, State, UnitRun
from services.order.checkout.fulfilling import Shown


def sales(order: Order, asked: unit_pb2.UnitRef, shown: Shown) -> Iterator[pb.UnitSale]:
    """What the units asked for were sold for: one entry for each run of equal units among them."""
    line = next((each for each in order.lines if each.line_no == asked.line_no), None)
    if line is None:
        return
    for run in line.units:
        first, last = max(run.first, asked.first), min(run.last, asked.last)
        for state, among in _states(order, line, shown, first, last):
            yield _sale(order, line, run, state, among)


def _sale(
    order: Order, line: Line, run: UnitRun, state: order_pb2.FulfilmentState.ValueType, among: tuple[int, int]
) -> pb.UnitSale:
    unit = unit_pb2.UnitRef(
        order_id=order.order_id,
        line_no=line.line_no,
        first=among[0],
        last=among[1],
        measure=line.quantity if line.by_measure else 0,
    )
    return pb.UnitSale(
        unit=unit,
        order_no=order.order_no,
        sku=line.sku,
        name=line.name,
        member_id=order.member_id or "",
        channel_kind=wire.channel_kind(order.channel_kind),
        channel_id=order.channel_id,
        location_id=order.location_id,
        business_time=wire.timestamp(order.business_time),
        list_amount=wire.money(run.list_amount, order.currency),
        net_amount=wire.money(run.net_amount, order.currency),
        tax_amount=wire.money(run.tax_amount, order.currency),
        discounts=wire.discounts_of(run, line.discounts),
        fulfilment_state=state,
        method=wire.method(line.method),
        seller_staff_code=line.seller_staff_code,
    )


# after whoever has a unit; that it was cancelled says more than that somebody rejected it before
_ENDED = {order_pb2.FULFILMENT_STATE_CANCELLED: 1, order_pb2.FULFILMENT_STATE_REJECTED: 2}


def _states(
    order: Order, line: Line, shown: Shown, first: int, last: int
) -> Iterator[tuple[order_pb2.FulfilmentState.ValueType, tuple[int, int]]]:
    """The units from `first` to `last` in runs of one state: of who has them now, else of who had them."""
    parts = sorted(
        ((state, each) for state, each in _parts(line, shown)), key=lambda part: (_ENDED.get(part[0], 0), part[1])
    )
    while first <= last:
        here = [(state, run) for state, run in parts if run[0] <= first <= run[1]]
        edges = [edge for _, run in parts for edge in (run[0] - 1, run[1]) if first <= edge < last]
        until = min(edges, default=last)
        yield here[0][0] if here else _undecided(order, line), (first, until)
        first = until + 1


def _parts(line: Line, shown: Shown) -> Iterator[tuple[order_pb2.FulfilmentState.ValueType, tuple[int, int]]]:
    for gone in shown.cancelled.get(line.line_no, ()):
        yield order_pb2.FULFILMENT_STATE_CANCELLED, (gone.first, gone.last)
    for fulfilment in shown.fulfilments:
        for each in fulfilment.lines:
            if each.line_no == line.line_no:
                many = 1 if line.by_measure else each.quantity
                yield fulfilment.state, (each.first_unit, each.first_unit + many - 1)


def _undecided(order: Order, line: Line) -> order_pb2.FulfilmentState.ValueType:
    if line.method is Method.CARRY_OUT and order.state is State.CONFIRMED:
        return order_pb2.FULFILMENT_STATE_HANDED_OVER
    return order_pb2.FULFILMENT_STATE_UNSPECIFIED
