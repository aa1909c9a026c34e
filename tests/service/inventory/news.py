"""Order's events as tests write them."""

from datetime import UTC, datetime
from typing import Any

from omo.order.v1 import order_events_pb2 as events
from omo.order.v1 import order_facts_pb2 as facts
from omo.type.v1 import actor_pb2, event_pb2, trade_pb2, unit_pb2

COLLECT = trade_pb2.FULFILMENT_METHOD_COLLECT
CARRY_OUT = trade_pb2.FULFILMENT_METHOD_CARRY_OUT
AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def _meta(aggregate_id: str, at: datetime = AT) -> event_pb2.EventMeta:
    actor = actor_pb2.Actor(kind=actor_pb2.ACTOR_KIND_DEVICE, id="till-1", terminal_id="till-1")
    meta = event_pb2.EventMeta(aggregate_id=aggregate_id, sequence=1, actor=actor)
    meta.business_time.FromDatetime(at)
    return meta


def _line(number: int, sku: str, quantity: int, method: Any, place: str = "") -> facts.LineFacts:
    return facts.LineFacts(
        line_no=number, sku=sku, quantity=quantity, method=method, fulfilment_location_id=place, net_total=100
    )


def sale(
    order_id: str, *lines: tuple[str, int], place: str = "TPE01", at: datetime = AT, by_measure: bool = False
) -> facts.OrderFacts:
    """A store sale of goods that were carried out."""
    wanted = [_line(number, *one, CARRY_OUT) for number, one in enumerate(lines, 1)]
    for one in wanted:
        one.by_measure = by_measure
    message = facts.OrderFacts(order_id=order_id, location_id=place, lines=wanted)
    message.business_time.FromDatetime(at)
    return message


def recorded(*sales: facts.OrderFacts) -> events.SalesRecorded:
    return events.SalesRecorded(meta=_meta("till-1"), terminal_id="till-1", sales=sales)


def confirmed(order_id: str, *lines: tuple[str, int], place: str = "TPE01") -> events.OrderConfirmed:
    wanted = [_line(number, *one, COLLECT, place) for number, one in enumerate(lines, 1)]
    message = facts.OrderFacts(order_id=order_id, hold_id=order_id, lines=wanted, member_id="m1")
    message.business_time.FromDatetime(AT)
    return events.OrderConfirmed(meta=_meta(order_id), facts=message)


def cancelled(order_id: str, *, was_confirmed: bool = True) -> events.OrderCancelled:
    return events.OrderCancelled(meta=_meta(order_id), order_id=order_id, was_confirmed=was_confirmed, reason="CHANGED")


def handed_over(
    order_id: str, *lines: tuple[str, int], place: str = "TPE01", first: int = 0, at: datetime = AT
) -> events.UnitsHandedOver:
    gone = [
        events.HandedOverLine(
            unit=unit_pb2.UnitRef(order_id=order_id, line_no=number, first=first, last=first + quantity - 1),
            sku=sku,
            quantity=quantity,
        )
        for number, (sku, quantity) in enumerate(lines, 1)
    ]
    return events.UnitsHandedOver(meta=_meta(order_id, at), order_id=order_id, location_id=place, lines=gone)
