"""Goods on their way to a store between protobuf and the domain."""

from collections.abc import Sequence

from kit import fields
from kit.errors import invalid
from omo.order.v1 import leg_service_pb2 as pb
from omo.order.v1 import pickup_events_pb2 as events
from omo.type.v1 import event_pb2, unit_pb2
from services.order.checkout import wire_reasons
from services.order.checkout.domain import Line, Order
from services.order.fulfilment import domain_cancelled, domain_units
from services.order.fulfilment import wire as tasks
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_units import Run
from services.order.legs.domain import Came, Leg
from services.order.pickups.domain import Missing

_MOST = 1_000


def short(given: Sequence[pb.ShortUnits]) -> list[Missing]:
    """How much of which line did not come, and why."""
    if len(given) > _MOST:
        raise invalid("short", f"must be at most {_MOST}")
    return [
        Missing(one.line_no, one.quantity, wire_reasons.code(fields.code(f"short[{place}].reason", one.reason)))
        for place, one in enumerate(given)
    ]


def leg(given: Leg, task: Fulfilment) -> pb.Leg:
    shown = tasks.fulfilment(task)
    return pb.Leg(
        fulfilment_id=given.fulfilment_id,
        order_id=given.order_id,
        order_no=task.order_no,
        from_location_id=given.from_location_id,
        to_location_id=given.to_location_id,
        state=pb.LegState.Value(f"LEG_STATE_{given.state}"),
        task_state=shown.state,
        lines=shown.lines,
        masked_name=task.masked_name,
        left_time=fields.timestamp(given.left_time) if given.left_time else None,
        arrive_time=fields.timestamp(given.arrive_time) if given.arrive_time else None,
    )


def moved(given: Leg, order: Order, task: Fulfilment, version: int, came: Came | None = None) -> events.UnitsMoved:
    """What left, or, once it arrived, all of that with what of it came."""
    at = given.arrive_time or given.left_time
    assert at is not None, "what moved left"
    meta = event_pb2.EventMeta(
        event_id=(given.arrive_event_id if came else given.left_event_id) or "",
        aggregate_id=given.order_id,
        sequence=version,
        business_time=fields.timestamp(at),
    )
    there = came.there if came else domain_cancelled.of(order, task)
    lost = [one for runs in came.lost.values() for one in runs] if came else []
    return events.UnitsMoved(
        meta=meta,
        leg_id=given.fulfilment_id,
        order_id=given.order_id,
        from_location_id=given.from_location_id,
        to_location_id=given.to_location_id,
        lines=[*(_line(order, *one) for one in there), *(_line(order, *one, lost=True) for one in lost)],
        left_time=fields.timestamp(given.left_time) if given.left_time else None,
        arrive_time=fields.timestamp(given.arrive_time) if given.arrive_time else None,
    )


def _line(order: Order, line: Line, run: Run, *, lost: bool = False) -> events.MovedLine:
    quantity = domain_units.quantity(line, run)
    return events.MovedLine(
        unit=unit_pb2.UnitRef(
            order_id=order.order_id,
            line_no=line.line_no,
            first=run[0],
            last=run[1],
            measure=quantity if line.by_measure else 0,
        ),
        sku=line.sku,
        quantity=quantity,
        lost=lost,
    )
