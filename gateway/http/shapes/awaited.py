"""When shoppers come for what they collect, and what follows when they do not, as every audience is shown it."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import (
    TASK,
    Asked,
    LocationId,
    MemberId,
    Money,
    OrderId,
    Shown,
    StaffCode,
    TaskId,
    Time,
    Version,
    When,
    eg,
    kinds,
    price,
)
from omo.order.v1 import appointment_service_pb2, noshow_service_pb2, order_pb2

APPOINTMENT = "0199a5c9-44dd-7e31-8a77-5c1d9e2f3b43"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
AppointmentPath = Annotated[str, Path(min_length=36, max_length=36, examples=[APPOINTMENT])]
Day = Annotated[str, Query(pattern=_DAY, examples=["2030-01-08"], description="In the brand's zone.")]
MaybeDay = Annotated[str, Query(pattern=rf"^$|{_DAY}", examples=["2030-01-08"], description="None: today.")]
Staff = Annotated[str, Query(max_length=64, examples=["A102"], description="Only of this staff member.")]
PlacePath = Annotated[str, Path(min_length=1, max_length=64, examples=["TPE01"])]
Reason = Annotated[str, StringConstraints(pattern="^[A-Z_]{1,64}$"), eg("STORE_CLOSED", "A word of the brand's list.")]


class Slot(Shown):
    """A time at which a store receives shoppers."""

    start_time: Time | None
    end_time: Time | None
    free: Annotated[int, eg(2, "How many more; of one staff member one or none.")]


class Slots(Shown):
    """A day's, in the order of time."""

    slots: list[Slot]


class Book(Asked):
    """When the shopper comes, and to whom."""

    start_time: Annotated[When, eg("2030-01-08T18:30:00+08:00", "The beginning of a slot.")]
    staff_code: Annotated[StaffCode | None, eg("A102", "None: the member's own adviser where he works there.")] = None


class Appointment(Shown):
    """When a shopper comes for what he collects."""

    appointment_id: Annotated[str, eg(APPOINTMENT)]
    fulfilment_id: TaskId
    order_id: OrderId
    order_no: Annotated[str, eg("K7Q2M-9")]
    member_id: MemberId | None
    location_id: LocationId
    staff_code: Annotated[StaffCode | None, eg("A102", "Null: whoever is there.")]
    start_time: Time | None
    end_time: Time | None
    state: Annotated[str | None, kinds(appointment_service_pb2.AppointmentState, "BOOKED")]
    masked_name: Annotated[str | None, eg("陳○明")]
    task_state: Annotated[str | None, kinds(order_pb2.FulfilmentState, "READY", "Of what he comes for.")]
    version: Version


class AppointmentAnswer(Shown):
    """One appointment."""

    appointment: Appointment


class Appointments(Shown):
    """In the order of time."""

    appointments: list[Appointment]


class PickupDay(Asked):
    """A part of a weekday."""

    weekday: Annotated[int, Field(strict=True, ge=1, le=7), eg(2, "1 Monday to 7 Sunday.")]
    open_minute: Annotated[int, Field(strict=True, ge=0, le=1439), eg(660, "From midnight, in the brand's zone.")]
    close_minute: Annotated[int, Field(strict=True, ge=1, le=1440), eg(1260, "From midnight, in the brand's zone.")]


class HoursIn(Asked):
    """When a store receives shoppers with an appointment."""

    days: Annotated[list[PickupDay], Field(max_length=50)]
    slot_minutes: Annotated[int, Field(strict=True, ge=5, le=240), eg(30)]
    capacity: Annotated[int, Field(strict=True, ge=1, le=100), eg(2, "Shoppers at the same time.")]


class ShownPickupDay(Shown):
    """A part of a weekday."""

    weekday: Annotated[int, eg(2, "1 Monday to 7 Sunday.")]
    open_minute: Annotated[int, eg(660)]
    close_minute: Annotated[int, eg(1260)]


class Hours(Shown):
    """When a store receives shoppers with an appointment."""

    location_id: LocationId
    days: list[ShownPickupDay]
    slot_minutes: Annotated[int, eg(30)]
    capacity: Annotated[int, eg(2, "Shoppers at the same time.")]
    version: Version


class HoursAnswer(Shown):
    """One store's."""

    hours: Hours


_MEASURE = StringConstraints(pattern="^(WARNING|HOLD_FEE|PREPAY|BENEFIT_PAUSE|PICKUP_BARRED)$")


class NoShowStep(Asked):
    """What follows from so many."""

    count: Annotated[int, Field(strict=True, ge=1, le=100), eg(2, "The second within the window, and each after it.")]
    measure: Annotated[str, _MEASURE, kinds(noshow_service_pb2.NoShowMeasure, "HOLD_FEE")]
    days: Annotated[int, Field(strict=True, ge=0, le=3650), eg(0, "For how long; 0 for a fee or a warning.")] = 0
    fee: Annotated[int, Field(strict=True, ge=0), eg(100, "Of HOLD_FEE, in minor units.")] = 0


STEPS = [{"count": 2, "measure": "HOLD_FEE", "fee": 100}, {"count": 3, "measure": "BENEFIT_PAUSE", "days": 30}]


class NoShowPolicyIn(Asked):
    """What follows when shoppers do not collect."""

    window_days: Annotated[int, Field(strict=True, ge=0, le=3650), eg(180, "What is older counts no more.")]
    grace_days: Annotated[int, Field(strict=True, ge=0, le=60), eg(3, "0: the store alone puts it back.")] = 0
    steps: Annotated[list[NoShowStep], Field(max_length=20), eg(STEPS)] = []


class PutNoShowPolicy(Asked):
    """The next terms."""

    policy: NoShowPolicyIn


class ShownNoShowStep(Shown):
    """What follows from so many."""

    count: Annotated[int, eg(2)]
    measure: Annotated[str | None, kinds(noshow_service_pb2.NoShowMeasure, "HOLD_FEE")]
    days: Annotated[int, eg(0)]
    fee: Annotated[int, eg(100, "Minor units.")]


class NoShowPolicy(Shown):
    """What follows when shoppers do not collect."""

    version: Version
    window_days: Annotated[int, eg(180, "What is older counts no more; 0: nothing is counted.")]
    grace_days: Annotated[int, eg(3)]
    steps: list[ShownNoShowStep]


class NoShowPolicyAnswer(Shown):
    """The terms."""

    policy: NoShowPolicy


class NoShow(Shown):
    """Something that was ready and not collected."""

    fulfilment_id: Annotated[str, eg(TASK)]
    order_id: OrderId
    order_no: Annotated[str, eg("K7Q2M-9")]
    member_id: MemberId
    location_id: LocationId
    business_time: Time | None
    policy_version: Annotated[int, eg(1, "The terms by which it was judged.")]
    number: Annotated[int, eg(1, "Which one it was within the window.")]
    fee: Annotated[Money | None, price(100, "Kept of the refund.")]
    appeal: Annotated[str | None, kinds(noshow_service_pb2.AppealState, "OPEN", "Null: nobody appealed.")]
    appeal_reason: Annotated[str | None, eg("STORE_CLOSED")]
    appeal_time: Annotated[Time | None, eg(None)]
    settled_by: Annotated[str | None, eg(None)]
    settle_reason: Annotated[str | None, eg(None)]


class NoShowAnswer(Shown):
    """One of them."""

    no_show: NoShow


class StandingMeasure(Shown):
    """A measure that is in force."""

    measure: Annotated[str | None, kinds(noshow_service_pb2.NoShowMeasure, "BENEFIT_PAUSE")]
    end_time: Time | None


class PickupStanding(Shown):
    """What a member did not collect, and what follows from it now."""

    no_shows: list[NoShow]
    measures: list[StandingMeasure]
    counted: Annotated[int, eg(1, "How many count now.")]
    next_fee: Annotated[Money | None, price(100, "What the next one would cost.")]


class AppealIn(Asked):
    """Why it was not the member's doing."""

    reason: Reason


class SettleAppeal(Asked):
    """What headquarters decide."""

    granted: Annotated[bool, eg(True, "Whether it counts no more.")]
    reason: Annotated[Reason, eg("STORE_CLOSED")]
