"""When shoppers come for what they collect, and to whom: slots, one at a time, moved, freed, reminded of."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest_asyncio

from kit.errors import Fault
from omo.member.v1 import member_events_pb2 as members
from omo.order.v1 import appointment_service_pb2 as pb
from omo.order.v1 import appointment_service_pb2_grpc as rpc
from omo.order.v1 import order_pb2
from omo.order.v1 import pickup_events_pb2 as events
from services.order.reference import reactions
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.fulfilment_rig import Store
from tests.service.order.rig import OTHER, Rig, eventually

ZONE = ZoneInfo("Asia/Taipei")


@dataclass(slots=True)
class Diary:
    """A store that receives two at a time, every day from eleven to one, half an hour each."""

    rig: Rig
    store: Store

    async def do(self, verb: str, token: str | None = None, **given: Any) -> Any:
        request = getattr(pb, f"{verb}Request")(**given)
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            request.request_id = str(uuid.uuid4())
        return await self.rig.call(getattr(rpc.AppointmentServiceStub(self.rig.channel), verb), request, token)

    async def open(self) -> None:
        days = [pb.PickupDay(weekday=day, open_minute=660, close_minute=780) for day in range(1, 8)]
        hours = pb.PickupHours(location_id="TPE01", days=days, slot_minutes=30, capacity=2)
        await self.do("PutPickupHours", self.store.manager(), hours=hours)
        async with self.rig.db.transaction() as tx:
            for code, home in (("A102", "TPE01"), ("A205", "TXG01")):
                told = members.StaffChanged()
                told.staff.staff_code, told.staff.home_location_id, told.staff.active = code, home, True
                told.meta.sequence = 1
                await reactions.on_staff_changed(tx, told)

    def at(self, days: int = 3, hour: int = 11, minute: int = 0) -> datetime:
        day = self.rig.clock().astimezone(ZONE) + timedelta(days=days)
        return day.replace(hour=hour, minute=minute, second=0, microsecond=0).astimezone(UTC)

    async def book(self, fulfilment_id: str, start: datetime, staff: str = "", token: str | None = None) -> Any:
        request = {"fulfilment_id": fulfilment_id, "staff_code": staff, "start_time": start}
        return (await self.do("BookAppointment", token, **request)).appointment

    async def free(self, start: datetime, staff: str = "") -> list[int]:
        day = start.astimezone(ZONE).date().isoformat()
        return [one.free for one in (await self.do("ListSlots", location_id="TPE01", day=day, staff_code=staff)).slots]

    async def task(self) -> str:
        return await self.store.fulfilment_id((await self.rig.place()).order_id)


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest_asyncio.fixture
async def diary(rig: Rig) -> Diary:
    made = Diary(rig, Store(rig))
    await made.open()
    return made


async def test_a_shopper_comes_at_a_time_to_a_staff_member(rig: Rig, diary: Diary) -> None:
    task, start = await diary.task(), diary.at()
    assert await diary.free(start) == [2, 2, 2, 2]
    assert await diary.free(start, "A102") == [1, 1, 1, 1]
    booked = await diary.book(task, start, "A102")
    assert (booked.staff_code, booked.start_time.ToDatetime(UTC), booked.version) == ("A102", start, 1)
    assert booked.end_time.ToDatetime(UTC) == start + timedelta(minutes=30)
    assert await diary.free(start) == [1, 2, 2, 2]
    assert await diary.free(start, "A102") == [0, 1, 1, 1]
    day = start.astimezone(ZONE).date().isoformat()
    listed = (await diary.do("ListAppointments", diary.store.adviser(), location_id="TPE01", day=day)).appointments
    assert [(one.fulfilment_id, one.staff_code, one.task_state) for one in listed] == [
        (task, "A102", order_pb2.FULFILMENT_STATE_PLACED)
    ]
    later = diary.at(4, 12, 30)  # once: another day may begin at any time
    moved = await diary.do("MoveAppointment", appointment_id=booked.appointment_id, start_time=later)
    assert (moved.appointment.staff_code, moved.appointment.version) == ("", 2)
    assert await diary.free(start) == [2, 2, 2, 2]
    (own,) = (await diary.do("ListAppointments")).appointments
    assert own.start_time.ToDatetime(UTC) == later
    for _ in range(2):
        ended = await diary.do("CancelAppointment", appointment_id=booked.appointment_id)
        assert (ended.appointment.state, ended.appointment.version) == (pb.APPOINTMENT_STATE_CANCELLED, 3)
    assert list((await diary.do("ListAppointments")).appointments) == []
    told = await diary.store.events("AppointmentChanged", events.AppointmentChanged)
    assert [(one.meta.sequence, one.cancelled) for one in told] == [(1, False), (2, False), (3, True)]
    await rig.settled()


async def test_a_slot_is_given_away_as_often_as_it_has_room(rig: Rig, diary: Diary) -> None:
    start, tasks = diary.at(), [await diary.task() for _ in range(5)]

    async def attempt(task: str, staff: str) -> str:
        try:
            return str((await diary.book(task, start, staff)).staff_code)
        except Fault as fault:
            return f"{fault.reason} {fault.metadata.get('who', '')}"

    ends = await asyncio.gather(*(attempt(task, "A102") for task in tasks[:3]))
    assert sorted(ends) == ["A102", "SLOT_FULL staff", "SLOT_FULL staff"]
    assert await attempt(tasks[3], "") == ""
    assert await attempt(tasks[4], "") == "SLOT_FULL store"
    await rig.settled()


async def test_whoever_has_collected_or_wants_nothing_frees_his_slot(rig: Rig, diary: Diary) -> None:
    order = await rig.place()
    ready = await diary.store.made_ready(order.order_id)
    start = diary.at()
    await diary.book(ready.fulfilment_id, start, "A102")
    await diary.store.hand_over(ready.fulfilment_id, await diary.store.pin(order.order_id))
    assert await diary.free(start) == [2, 2, 2, 2]
    fault = await rig.fault(diary.book(ready.fulfilment_id, diary.at(4)))
    assert fault.reason == "TRANSITION_REFUSED"


async def test_what_is_ready_waits_for_whoever_said_when_he_comes(rig: Rig, diary: Diary) -> None:
    order = await rig.place()
    ready = await diary.store.made_ready(order.order_id)
    booked = await diary.book(ready.fulfilment_id, diary.at(10))
    shown = (await rig.get(order.order_id)).fulfilments[0]
    assert shown.pickup_deadline_time == booked.end_time
    later = await rig.place()
    task = await diary.store.fulfilment_id(later.order_id)
    booked = await diary.book(task, diary.at(12))
    made = await diary.store.made_ready(later.order_id)
    assert made.pickup_deadline_time == booked.end_time
    unbooked = await diary.store.made_ready((await rig.place()).order_id)
    rig.clock.advance(days=9)

    async def expired() -> bool:
        rows = await rig.rows("SELECT state FROM fulfilments WHERE fulfilment_id = $1", unbooked.fulfilment_id)
        return bool(rows[0]["state"] == "EXPIRED")

    await eventually(expired)
    assert (await rig.get(order.order_id)).fulfilments[0].state == order_pb2.FULFILMENT_STATE_READY


async def test_a_day_before_whoever_reminds_shoppers_hears_it(rig: Rig, diary: Diary) -> None:
    kept = await diary.book(await diary.task(), diary.at(3))
    gone = await diary.book(await diary.task(), diary.at(3, 12))
    await diary.do("CancelAppointment", appointment_id=gone.appointment_id)
    rig.clock.advance(days=2, hours=12)

    async def near() -> list[str]:
        told = await diary.store.events("AppointmentChanged", events.AppointmentChanged)
        return [one.appointment_id for one in told if one.near]

    assert await eventually(near) == [kept.appointment_id]


async def test_what_is_refused(rig: Rig, diary: Diary) -> None:
    task, start = await diary.task(), diary.at()
    for wrong in (start + timedelta(minutes=5), diary.at(3, 13), diary.at(-1), diary.at(200)):
        assert (await rig.fault(diary.book(task, wrong))).reason == "SLOT_UNKNOWN"
    for code in ("A205", "NOBODY"):
        assert (await rig.fault(diary.book(task, start, code))).metadata["staff_code"] == code
    for token in (rig.member(OTHER), diary.store.adviser("TPE02")):
        assert (await rig.fault(diary.book(task, start, token=token))).reason == "NOT_FOUND"
    ship = await rig.place(lines=[rigs.line(method=rigs.SHIP, fulfilment_location_id="WH1")])
    sent = await diary.store.fulfilment_id(ship.order_id, "WH1")
    assert (await rig.fault(diary.book(sent, start))).reason == "NOT_FOUND"
    days = [
        pb.PickupDay(weekday=1, open_minute=600, close_minute=700),
        pb.PickupDay(weekday=1, open_minute=650, close_minute=800),
    ]
    for field, hours in (
        ("hours.days", pb.PickupHours(location_id="TPE01", days=days, slot_minutes=30, capacity=1)),
        ("hours.slot_minutes", pb.PickupHours(location_id="TPE01", slot_minutes=4, capacity=1)),
        ("hours.capacity", pb.PickupHours(location_id="TPE01", slot_minutes=30)),
        ("hours.location_id", pb.PickupHours(location_id="TPE02", slot_minutes=30, capacity=1)),
    ):
        fault = await rig.fault(diary.do("PutPickupHours", diary.store.manager(), hours=hours))
        assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", field)
