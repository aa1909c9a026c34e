"""Staff and their PINs in the database."""

from collections.abc import Sequence
from datetime import datetime

from asyncpg import Record

from kit.postgres import Tx
from services.member.access.domain import By, Staff

_COLUMNS = "staff_code, display_name, home_location_id, roles, location_ids, active, start_time, end_time, version"

_PUT = f"""
INSERT INTO staff (staff_code, display_name, home_location_id, roles, location_ids, active, start_time, end_time,
                   version, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10)
ON CONFLICT (staff_code) DO UPDATE
   SET display_name = excluded.display_name, home_location_id = excluded.home_location_id, roles = excluded.roles,
       location_ids = excluded.location_ids, active = excluded.active, start_time = excluded.start_time,
       end_time = excluded.end_time, version = staff.version + 1, actor_kind = excluded.actor_kind,
       actor_id = excluded.actor_id, record_time = now()
RETURNING {_COLUMNS}
"""

_GET = f"SELECT {_COLUMNS} FROM staff WHERE staff_code = $1"

_LIST = f"""
SELECT {_COLUMNS} FROM staff
 WHERE staff_code > $1 AND ($2::text[] IS NULL OR home_location_id = ANY($2) OR location_ids && $2)
 ORDER BY staff_code LIMIT $3
"""

_PUT_PIN = """
INSERT INTO staff_pins (staff_code, pin_hash) VALUES ($1, $2)
ON CONFLICT (staff_code) DO UPDATE SET pin_hash = excluded.pin_hash, tries = 0, lock_time = NULL, record_time = now()
"""

# counted before the PIN is looked at, so that guesses in parallel are counted too
_TAKE_TRY = """
UPDATE staff_pins
   SET tries = CASE WHEN lock_time IS NULL THEN tries + 1 ELSE 1 END,
       lock_time = CASE WHEN lock_time IS NULL AND tries + 1 >= $4 THEN $3::timestamptz END
 WHERE staff_code = $1 AND (lock_time IS NULL OR lock_time <= $2)
RETURNING pin_hash
"""

_LOCKED_UNTIL = "SELECT lock_time FROM staff_pins WHERE staff_code = $1 AND lock_time > $2"

_CLEAR_TRIES = "UPDATE staff_pins SET tries = 0, lock_time = NULL WHERE staff_code = $1 AND pin_hash = $2"


async def put(tx: Tx, staff: Staff, by: By) -> Staff:
    """Creates or changes a staff member; the answer has its new version."""
    one = staff
    head = (one.staff_code, one.display_name, one.home_location_id, list(one.roles), list(one.location_ids))
    row = await tx.fetchrow(_PUT, *head, one.active, one.start_time, one.end_time, by.kind, by.id)
    assert row is not None
    return _staff(row)


async def get(tx: Tx, staff_code: str) -> Staff | None:
    """One staff member."""
    row = await tx.fetchrow(_GET, staff_code)
    return _staff(row) if row else None


async def page(tx: Tx, after: str, locations: Sequence[str] | None, limit: int) -> list[Staff]:
    """Staff who work at any of these locations (None for all), in code order."""
    return [_staff(row) for row in await tx.fetch(_LIST, after, None if locations is None else list(locations), limit)]


async def put_pin(tx: Tx, staff_code: str, pin_hash: str) -> None:
    """A new PIN ends the old one and its tries."""
    await tx.execute(_PUT_PIN, staff_code, pin_hash)


async def take_try(tx: Tx, staff_code: str, now: datetime, lock_until: datetime, limit: int) -> str | None:
    """The PIN's hash, for one try; None if there is no PIN or it is locked."""
    pin_hash: str | None = await tx.fetchval(_TAKE_TRY, staff_code, now, lock_until, limit)
    return pin_hash


async def locked_until(tx: Tx, staff_code: str, now: datetime) -> datetime | None:
    """When tries are taken again; None if they are."""
    until: datetime | None = await tx.fetchval(_LOCKED_UNTIL, staff_code, now)
    return until


async def clear_tries(tx: Tx, staff_code: str, pin_hash: str) -> bool:
    """A right PIN begins the count anew; False if the PIN was changed meanwhile."""
    return str(await tx.execute(_CLEAR_TRIES, staff_code, pin_hash)) == "UPDATE 1"


def _staff(row: Record) -> Staff:
    code, name, home, roles, places, active, start, end, version = row
    return Staff(code, name, home, tuple(roles), tuple(places), active, start, end, version)
