"""Tasks as messages and events."""

from omo.inventory.v1 import tasks_events_pb2 as events
from omo.inventory.v1 import tasks_pb2 as pb
from omo.type.v1 import event_pb2
from services.inventory import wire as fields
from services.inventory.tasks.domain import Task


def task(given: Task) -> pb.StockTask:
    """A task as the API shows it."""
    return pb.StockTask(
        task_id=given.task_id,
        kind=given.kind,
        location_id=given.location_id,
        subject=given.subject,
        details=given.details,
        state=pb.StockTaskState.Value(f"STOCK_TASK_STATE_{given.state}"),
        claimed_by=given.claimed_by,
        resolution=given.resolution,
        create_time=fields.timestamp(given.create_time),
        update_time=fields.timestamp(given.update_time),
        version=given.version,
    )


def changed(given: Task) -> events.StockTaskChanged:
    meta = event_pb2.EventMeta(
        aggregate_id=given.task_id, sequence=given.version, business_time=fields.timestamp(given.update_time)
    )
    return events.StockTaskChanged(meta=meta, task=task(given))
