"""What became of promises, as events."""

from datetime import datetime

from omo.inventory.v1 import stock_events_pb2 as events
from omo.type.v1 import event_pb2
from services.inventory import wire as fields
from services.inventory.stock.domain_boards import Open


def broken(one: Open, location_id: str, units: int, version: int, at: datetime) -> events.PromiseBroken:
    return events.PromiseBroken(
        meta=_meta(one.id, version, at),
        order_id=one.order_id,
        hold_id=one.id if one.kind == "HOLD" else "",
        line_no=one.line_no,
        sku=one.sku,
        quantity=units,
        location_id=location_id,
    )


def mended(one: Open, location_id: str, units: int, version: int, at: datetime) -> events.PromiseMended:
    return events.PromiseMended(
        meta=_meta(one.id, version, at),
        order_id=one.order_id,
        hold_id=one.id if one.kind == "HOLD" else "",
        line_no=one.line_no,
        sku=one.sku,
        quantity=units,
        location_id=location_id,
    )


def _meta(aggregate_id: str, sequence: int, at: datetime) -> event_pb2.EventMeta:
    return event_pb2.EventMeta(aggregate_id=aggregate_id, sequence=sequence, business_time=fields.timestamp(at))
