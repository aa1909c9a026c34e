"""Books, moves and cancels appointments, and shows a store its day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kit import access, faultpoints, outbox, requests, timers
from kit.access import Kind, NotYours
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request, RequestRunning
from kit.timers import Due
from omo.order.v1 import appointment_service_pb2 as pb
from services.order.appointments import domain, store, wire
from services.order.appointments.domain import Appointment, Hours, StaffUnknown, State
from services.order.fulfilment import domain as tasks
from services.order.fulfilment import store as task_store
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import Reason
from services.order.fulfilment.domain_states import State as TaskState
from services.order.fulfilment.usecases import PICKUP_DEADLINE, take
from services.order.pickups.usecases import theirs

NEAR = "appointment.near"
_BEFORE = timedelta(hours=24)
_ENDED = (TaskState.HANDED_OVER, TaskState.REJECTED, TaskState.CANCELLED)

faultpoints.register("pickups.before_appointment_commit", "pickups.after_appointment")


class Appointments:
    """A shopper has one for each task; it counts while the task is not at its end."""

    def __init__(self, db: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._db = db
        self._clock = clock
        self._zone = zone

    async def hours(self, location_id: str) -> pb.PickupHours:
        """When a store receives shoppers."""
        async with self._db.read() as tx:
            return wire.shown_hours(await store.hours(tx, location_id))

    async def put_hours(self, asked: Request, given: Hours) -> pb.PutPickupHoursResponse:
        """The next version of them."""
        given = domain.checked(given)
        _works_at(given.location_id)

        async def work(tx: Tx) -> pb.PutPickupHoursResponse:
            version = (await store.hours(tx, given.location_id)).version + 1
            fresh = replace(given, version=version)
            if not await store.put_hours(tx, fresh, self._clock(), access.current().actor):
                raise RequestRunning("somebody else changes the hours", request_id=asked.request_id)
            return pb.PutPickupHoursResponse(hours=wire.shown_hours(fresh))

        return await requests.once(self._db, asked, work, pb.PutPickupHoursResponse)

    async def slots(self, location_id: str, day: date, staff_code: str) -> pb.ListSlotsResponse:
        """A day's, each with what is free."""
        begin, end = self._bounds(day)
        async with self._db.read() as tx:
            hours = await store.hours(tx, location_id)
            taken = await store.taken(tx, location_id, begin, end)
        now = self._clock()
        shown = []
        for slot in domain.slots(hours, day, self._zone):
            there = [code for at, code, _ in taken if at == slot.start]
            left = domain.free(hours, staff_code, there) if slot.start > now else 0
            shown.append(wire.slot(slot, left))
        return pb.ListSlotsResponse(slots=shown)

    async def book(
        self, asked: Request, fulfilment_id: str, start: datetime, staff_code: str
    ) -> pb.BookAppointmentResponse:
        """He comes then; whoever has one for the same task moves it."""

        async def work(tx: Tx) -> pb.BookAppointmentResponse:
            held = theirs(await task_store.lock(tx, fulfilment_id), fulfilment_id)
            known = await store.of_task(tx, fulfilment_id)
            fresh = known or Appointment(uuid7(), fulfilment_id, held.location_id, "", start, start, version=0)
            after = await self._set(tx, held, fresh, start, staff_code, new=known is None)
            faultpoints.hit("pickups.before_appointment_commit")
            return pb.BookAppointmentResponse(appointment=wire.appointment(after, held))

        answer = await requests.once(self._db, asked, work, pb.BookAppointmentResponse)
        faultpoints.hit("pickups.after_appointment")
        return answer

    async def move(
        self, asked: Request, appointment_id: str, start: datetime, staff_code: str
    ) -> pb.MoveAppointmentResponse:
        """Another time, or somebody else."""

        async def work(tx: Tx) -> pb.MoveAppointmentResponse:
            held, known = await self._known(tx, appointment_id)
            if known.state is State.CANCELLED:
                raise NotYours("no such appointment", field="appointment_id", appointment_id=appointment_id)
            after = await self._set(tx, held, known, start, staff_code)
            return pb.MoveAppointmentResponse(appointment=wire.appointment(after, held))

        return await requests.once(self._db, asked, work, pb.MoveAppointmentResponse)

    async def cancel(self, asked: Request, appointment_id: str) -> pb.CancelAppointmentResponse:
        """He comes whenever he likes; repeating it changes nothing."""

        async def work(tx: Tx) -> pb.CancelAppointmentResponse:
            held, known = await self._known(tx, appointment_id)
            if known.state is State.BOOKED:
                known = replace(known, state=State.CANCELLED, version=known.version + 1)
                await store.change(tx, known, access.current().actor)
                await timers.cancel(tx, NEAR, appointment_id)
                await self._tell(tx, known, held)
            return pb.CancelAppointmentResponse(appointment=wire.appointment(known, held))

        return await requests.once(self._db, asked, work, pb.CancelAppointmentResponse)

    async def page(self, location_id: str, day: date | None, staff_code: str) -> pb.ListAppointmentsResponse:
        """The shopper's own, or a store's day."""
        who = access.current()
        async with self._db.read() as tx:
            if who.kind is Kind.MEMBER:
                found = await store.of_member(tx, who.id, self._clock())
            else:
                access.require_location(location_id)
                begin, end = self._bounds(day or self._clock().astimezone(self._zone).date())
                found = await store.of_day(tx, location_id, begin, end, staff_code)
            held = await store.tasks(tx, [one.fulfilment_id for one in found])
        return pb.ListAppointmentsResponse(
            appointments=[wire.appointment(one, held[one.fulfilment_id]) for one in found]
        )

    async def near(self, tx: Tx, due: Due) -> None:
        """It is near: whoever reminds shoppers hears it, unless it is no more."""
        found = await store.find(tx, due.key)
        if found is None or found.state is State.CANCELLED or found.start - _BEFORE > self._clock():
            return
        held = (await store.tasks(tx, [found.fulfilment_id]))[found.fulfilment_id]
        if held.state not in _ENDED:
            found = replace(found, version=found.version + 1)
            with access.acting_as(access.service("order")):
                await store.change(tx, found, access.current().actor)
                await self._tell(tx, found, held, near=True)

    async def _set(
        self, tx: Tx, held: Fulfilment, known: Appointment, start: datetime, staff_code: str, *, new: bool = False
    ) -> Appointment:
        # what is on its way to another store is collected there
        if held.state in _ENDED or not held.by_pin or held.reason == Reason.MOVING:
            raise tasks.refused(held, TaskState.HANDED_OVER)
        hours, now = await store.hours(tx, held.location_id), self._clock()
        slot = domain.slot_at(hours, start, self._zone, now)
        if staff_code and await store.home_of(tx, staff_code) != held.location_id:
            raise StaffUnknown("nobody of that code works there", staff_code=staff_code, location_id=held.location_id)
        await store.lock_slot(tx, held.location_id, slot.start)
        taken = await store.taken(tx, held.location_id, slot.start, slot.end)
        domain.fit(hours, staff_code, _others(taken, slot.start, known), slot)
        after = replace(known, staff_code=staff_code, start=slot.start, end=slot.end, version=known.version + 1)
        await (store.add if new else store.change)(tx, after, access.current().actor)
        await timers.schedule(tx, NEAR, after.appointment_id, max(now, slot.start - _BEFORE))
        await self._wait_for(tx, held, slot.end, now)
        await self._tell(tx, after, held)
        return after

    async def _wait_for(self, tx: Tx, held: Fulfilment, end: datetime, now: datetime) -> None:
        """What is ready waits for whoever said when he comes."""
        if held.state is TaskState.READY and held.pickup_deadline and held.pickup_deadline < end:
            await timers.schedule(tx, PICKUP_DEADLINE, held.fulfilment_id, end)
            await take(tx, held, replace(held, pickup_deadline=end), now)

    async def _known(self, tx: Tx, appointment_id: str) -> tuple[Fulfilment, Appointment]:
        """The task, locked, and its appointment."""
        found = await store.find(tx, appointment_id)
        if found is None:
            raise NotYours("no such appointment", field="appointment_id", appointment_id=appointment_id)
        held = theirs(await task_store.lock(tx, found.fulfilment_id), found.fulfilment_id)
        again = await store.find(tx, appointment_id)
        return held, again or found

    async def _tell(self, tx: Tx, given: Appointment, held: Fulfilment, *, near: bool = False) -> None:
        await outbox.append(tx, wire.changed(given, held, self._clock(), near=near))

    def _bounds(self, day: date) -> tuple[datetime, datetime]:
        begin = datetime.combine(day, time(), self._zone)
        return begin, datetime.combine(day + timedelta(days=1), time(), self._zone)


def _others(taken: Sequence[tuple[datetime, str, str]], start: datetime, known: Appointment) -> list[str]:
    return [code for at, code, appointment_id in taken if at == start and appointment_id != known.appointment_id]


def _works_at(location_id: str) -> None:
    """Managers write the hours of their own store."""
    who = access.current()
    if who.kind is Kind.STAFF and location_id not in who.location_ids:
        raise invalid("hours.location_id", "must be your own store")
