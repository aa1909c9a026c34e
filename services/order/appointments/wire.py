"""Appointments between protobuf and the domain."""

from datetime import date, datetime

from kit import fields
from kit.errors import invalid
from omo.order.v1 import appointment_service_pb2 as pb
from omo.order.v1 import pickup_events_pb2 as events
from omo.type.v1 import event_pb2
from services.order.appointments.domain import Appointment, Hours, Opening, Slot, State
from services.order.fulfilment import wire as tasks
from services.order.fulfilment.domain import Fulfilment


def day(text: str) -> date:
    """YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid("day", "must be YYYY-MM-DD") from None


def hours(given: pb.PickupHours) -> Hours:
    """What a store wants."""
    return Hours(
        location_id=fields.code("hours.location_id", given.location_id),
        slot_minutes=given.slot_minutes,
        capacity=given.capacity,
        days=tuple(Opening(one.weekday, one.open_minute, one.close_minute) for one in given.days),
    )


def shown_hours(given: Hours) -> pb.PickupHours:
    return pb.PickupHours(
        location_id=given.location_id,
        days=[
            pb.PickupDay(weekday=one.weekday, open_minute=one.open_minute, close_minute=one.close_minute)
            for one in given.days
        ],
        slot_minutes=given.slot_minutes,
        capacity=given.capacity,
        version=given.version,
    )


def slot(given: Slot, free: int) -> pb.Slot:
    return pb.Slot(start_time=fields.timestamp(given.start), end_time=fields.timestamp(given.end), free=free)


def appointment(given: Appointment, task: Fulfilment) -> pb.Appointment:
    return pb.Appointment(
        appointment_id=given.appointment_id,
        fulfilment_id=given.fulfilment_id,
        order_id=task.order_id,
        order_no=task.order_no,
        member_id=task.member_id or "",
        location_id=given.location_id,
        staff_code=given.staff_code,
        start_time=fields.timestamp(given.start),
        end_time=fields.timestamp(given.end),
        state=pb.AppointmentState.Value(f"APPOINTMENT_STATE_{given.state}"),
        masked_name=task.masked_name,
        task_state=tasks.fulfilment(task).state,
        version=given.version,
    )


def changed(given: Appointment, task: Fulfilment, at: datetime, *, near: bool) -> events.AppointmentChanged:
    """Its full state."""
    meta = event_pb2.EventMeta(
        aggregate_id=given.appointment_id, sequence=given.version, business_time=fields.timestamp(at)
    )
    return events.AppointmentChanged(
        meta=meta,
        appointment_id=given.appointment_id,
        fulfilment_id=given.fulfilment_id,
        order_id=task.order_id,
        member_id=task.member_id or "",
        location_id=given.location_id,
        staff_code=given.staff_code,
        start_time=fields.timestamp(given.start),
        end_time=fields.timestamp(given.end),
        cancelled=given.state is State.CANCELLED,
        near=near,
    )
