"""When stores receive shoppers, and whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.order.appointments.domain import Appointment, Hours, State
from services.order.fulfilment import store_reads
from services.order.fulfilment.domain import Fulfilment

_HOURS = "SELECT hours::text FROM pickup_hours WHERE location_id = $1 ORDER BY version DESC LIMIT 1"
_PUT_HOURS = """
INSERT INTO pickup_hours (location_id, version, hours, business_time, actor_kind, actor_id)
VALUES ($1, $2, $3::jsonb, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING true
"""
_LOCK_SLOT = """
INSERT INTO pickup_slots (location_id, start_time) VALUES ($1, $2)
ON CONFLICT (location_id, start_time) DO UPDATE SET version = pickup_slots.version + 1
"""
_APPOINTMENT = """appointment_id, fulfilment_id, location_id, staff_code, start_time, end_time, state, version"""
# who comes for what is at its end comes no more
_TAKEN = """
SELECT appointment.start_time, appointment.staff_code, appointment.appointment_id
  FROM pickup_appointments AS appointment JOIN fulfilments AS task USING (fulfilment_id)
 WHERE appointment.location_id = $1 AND appointment.start_time >= $2 AND appointment.start_time < $3
   AND appointment.state = 'BOOKED' AND task.state NOT IN ('HANDED_OVER', 'REJECTED', 'CANCELLED')
"""
_ADD = f"""
INSERT INTO pickup_appointments ({_APPOINTMENT}, actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_CHANGE = """
UPDATE pickup_appointments
   SET staff_code = $2, start_time = $3, end_time = $4, state = $5, version = $6, actor_kind = $7, actor_id = $8,
       actor_terminal_id = $9
 WHERE appointment_id = $1
"""
_FIND = f"SELECT {_APPOINTMENT} FROM pickup_appointments WHERE appointment_id = $1"
_OF_TASK = f"SELECT {_APPOINTMENT} FROM pickup_appointments WHERE fulfilment_id = $1 AND state = 'BOOKED'"
_OF_DAY = f"""
SELECT {_APPOINTMENT} FROM pickup_appointments
 WHERE location_id = $1 AND start_time >= $2 AND start_time < $3 AND state = 'BOOKED'
   AND ($4 = '' OR staff_code = $4)
 ORDER BY start_time, staff_code, appointment_id LIMIT 500
"""
# orders of the last months: an appointment lies at most three ahead of its order
_OF_MEMBER = """
SELECT appointment.appointment_id, appointment.fulfilment_id, appointment.location_id, appointment.staff_code,
       appointment.start_time, appointment.end_time, appointment.state, appointment.version
  FROM orders JOIN fulfilments AS task USING (order_id)
  JOIN pickup_appointments AS appointment USING (fulfilment_id)
 WHERE orders.member_id IN (SELECT ids_of_member($1)) AND appointment.state = 'BOOKED' AND appointment.end_time > $2
   AND task.state NOT IN ('HANDED_OVER', 'REJECTED', 'CANCELLED')
 ORDER BY appointment.start_time LIMIT 100
"""
_TASKS = f"SELECT {store_reads.COLUMNS} FROM fulfilments WHERE fulfilment_id = ANY($1::uuid[])"
_STAFF = "SELECT home_location_id FROM staff_codes WHERE staff_code = $1 AND active"

CHECKS = (
    Check(
        "appointments.staff_receive_one_at_a_time",
        "SELECT count(*) FROM pickup_appointments WHERE state = 'BOOKED'",
        """
        SELECT 'staff=' || one.staff_code || ' at ' || one.start_time AS subject, '1' AS expected,
               count(*)::text AS found, '' AS repair
          FROM pickup_appointments AS one JOIN fulfilments AS task USING (fulfilment_id)
         WHERE one.state = 'BOOKED' AND one.staff_code <> ''
           AND task.state NOT IN ('HANDED_OVER', 'REJECTED', 'CANCELLED')
         GROUP BY one.location_id, one.staff_code, one.start_time HAVING count(*) > 1 LIMIT 100
        """,
    ),
)

_decode = msgspec.json.Decoder(Hours).decode
_encode = msgspec.json.Encoder().encode


async def hours(tx: Tx, location_id: str) -> Hours:
    """A store's hours."""
    text = await tx.fetchval(_HOURS, location_id)
    return _decode(text) if text else Hours(location_id)


async def put_hours(tx: Tx, given: Hours, now: datetime, actor: Actor) -> bool:
    """The next version; False if somebody else was first."""
    text = _encode(given).decode()
    head = (given.location_id, given.version, text, now)
    return bool(await tx.fetchval(_PUT_HOURS, *head, actor.kind, actor.id))


async def lock_slot(tx: Tx, location_id: str, start: datetime) -> None:
    """Has everybody else who wants this slot wait."""
    await tx.execute(_LOCK_SLOT, location_id, start)


async def taken(tx: Tx, location_id: str, begin: datetime, end: datetime) -> list[tuple[datetime, str, str]]:
    """Who comes when, and to whom, by appointment."""
    return [(row[0], row[1], row[2]) for row in await tx.fetch(_TAKEN, location_id, begin, end)]


async def add(tx: Tx, given: Appointment, actor: Actor) -> None:
    """A new one."""
    await tx.execute(_ADD, *_row(given), actor.kind, actor.id, actor.terminal_id)


async def change(tx: Tx, given: Appointment, actor: Actor) -> None:
    """As it stands now."""
    what = (given.staff_code, given.start, given.end, given.state, given.version)
    await tx.execute(_CHANGE, given.appointment_id, *what, actor.kind, actor.id, actor.terminal_id)


async def find(tx: Tx, appointment_id: str) -> Appointment | None:
    row = await tx.fetchrow(_FIND, appointment_id)
    return _appointment(row) if row else None


async def of_task(tx: Tx, fulfilment_id: str) -> Appointment | None:
    """The one that is booked for a task."""
    row = await tx.fetchrow(_OF_TASK, fulfilment_id)
    return _appointment(row) if row else None


async def waits_until(tx: Tx, fulfilment_id: str, deadline: datetime) -> datetime:
    """Until when a task waits: at least until the shopper comes, where he said when."""
    booked = await of_task(tx, fulfilment_id)
    return max(deadline, booked.end) if booked else deadline


async def of_day(tx: Tx, location_id: str, begin: datetime, end: datetime, staff_code: str) -> list[Appointment]:
    """A store's, in the order of time."""
    return [_appointment(row) for row in await tx.fetch(_OF_DAY, location_id, begin, end, staff_code)]


async def of_member(tx: Tx, member_id: str, now: datetime) -> list[Appointment]:
    """What is before a member."""
    return [_appointment(row) for row in await tx.fetch(_OF_MEMBER, member_id, now)]


async def tasks(tx: Tx, fulfilment_ids: Sequence[str]) -> dict[str, Fulfilment]:
    """What they come for."""
    found = map(store_reads.fulfilment, await tx.fetch(_TASKS, fulfilment_ids))
    return {one.fulfilment_id: one for one in found}


async def home_of(tx: Tx, staff_code: str) -> str | None:
    """Where a staff member works; None where nobody of that code does."""
    found: str | None = await tx.fetchval(_STAFF, staff_code)
    return found


def _row(one: Appointment) -> tuple[Any, ...]:
    head = (one.appointment_id, one.fulfilment_id, one.location_id, one.staff_code)
    return (*head, one.start, one.end, one.state, one.version)


def _appointment(row: Any) -> Appointment:
    appointment_id, fulfilment_id, location_id, staff_code, start, end, state, version = row
    return Appointment(appointment_id, fulfilment_id, location_id, staff_code, start, end, State(state), version)
