"""Every SQL statement about who serves whom."""

from collections.abc import Sequence
from datetime import datetime

from kit.postgres import Tx

_PUT = """
INSERT INTO member_advisers AS a (member_id, staff_code, location_id, active, valid_until_time, version)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::timestamptz[], $6::bigint[])
    ON CONFLICT (member_id) DO UPDATE
   SET staff_code = excluded.staff_code, location_id = excluded.location_id, active = excluded.active,
       valid_until_time = excluded.valid_until_time, version = excluded.version
 WHERE a.version < excluded.version
"""

_OF = """
SELECT staff_code FROM member_advisers
 WHERE member_id = ANY($1::uuid[]) AND active AND (valid_until_time IS NULL OR valid_until_time > $2)
 ORDER BY version DESC LIMIT 1
"""


async def put(tx: Tx, rows: Sequence[tuple[str, str, str, bool, datetime | None, int]]) -> None:
    """Keeps the newest state of bindings (member, staff, location, active, until, version), one per member."""
    if rows:
        await tx.execute(_PUT, *map(list, zip(*rows, strict=True)))


async def of(tx: Tx, member_ids: Sequence[str], now: datetime) -> str:
    """The staff member whom a person is bound to; empty where there is none."""
    return await tx.fetchval(_OF, list(member_ids), now) or ""
