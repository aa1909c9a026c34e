"""Promises that wait, as messages and events."""

from datetime import datetime

from omo.inventory.v1 import supply_events_pb2 as events
from omo.inventory.v1 import supply_pb2 as pb
from omo.type.v1 import event_pb2
from services.inventory import wire as fields
from services.inventory.backorders.domain import Row


def backorder(given: Row) -> pb.Backorder:
    """What an owner waits for at a place."""
    message = pb.Backorder(
        owner_id=given.owner_id,
        order_id=given.order_id,
        line_no=given.line_no,
        sku=given.sku,
        location_id=given.location_id,
        quantity=given.quantity,
        priority=given.priority,
        create_time=fields.timestamp(given.create_time),
    )
    if given.promise_time:
        message.promise_time.CopyFrom(fields.timestamp(given.promise_time))
    return message


def changed(given: Row, version: int, at: datetime) -> events.BackorderChanged:
    """How much of it waits now."""
    meta = event_pb2.EventMeta(aggregate_id=given.owner_id, sequence=version, business_time=fields.timestamp(at))
    return events.BackorderChanged(meta=meta, backorder=backorder(given))
