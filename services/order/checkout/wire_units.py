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
    state = _fulfilment_state(order, line, shown)
    for run in line.units:
        first, last = max(run.first, asked.first), min(run.last, asked.last)
        if first <= last:
            yield _sale(order, line, run, state, (first, last))


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


def _fulfilment_state(order: Order, line: Line, shown: Shown) -> order_pb2.FulfilmentState.ValueType:
    if line.method is Method.CARRY_OUT and order.state is State.CONFIRMED:
        return order_pb2.FULFILMENT_STATE_HANDED_OVER
    for fulfilment in shown.fulfilments:
        if any(each.line_no == line.line_no for each in fulfilment.lines):
            return fulfilment.state
    return order_pb2.FULFILMENT_STATE_UNSPECIFIED
