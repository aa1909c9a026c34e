"""Every SQL statement about bindings, enrolments and staff copies."""

from collections.abc import Iterable, Sequence

import asyncpg

from kit.access import Actor
from kit.postgres import Tx
from services.attribution.binding.domain import Enrolment, Noted, Source, Staff

_ALIASES = "SELECT alias_id, member_id FROM member_aliases WHERE alias_id = ANY($1::uuid[])"

_LOCK_KNOWN = """
SELECT member_id FROM member_heads WHERE member_id = ANY($1::uuid[]) ORDER BY member_id FOR UPDATE
"""

# Makes what is missing, too.
_LOCK_MEMBERS = """
INSERT INTO member_heads (member_id, version)
SELECT member_id, 0 FROM unnest($1::uuid[]) AS member_id ORDER BY member_id
    ON CONFLICT (member_id) DO UPDATE SET version = member_heads.version
"""

_NEXT_VERSION = """
UPDATE member_heads SET version = version + 1 WHERE member_id = $1 RETURNING version
"""

_INSERT = """
INSERT INTO binding_facts (member_id, binding_id, staff_code, location_id, source, bind_time, evidence,
                           policy_version, actor_kind, actor_id, terminal_id, named_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (member_id, binding_id) DO NOTHING
RETURNING binding_id
"""

# A row for each binding fact, or one for a member without any; each says who enrolled the member.
_KNOWN = """
SELECT m.member_id, f.binding_id, f.staff_code, f.location_id, f.source, f.bind_time, f.evidence, f.named_id,
       e.staff_code AS enrolled_by, e.location_id AS enrolled_at, e.enrol_time
  FROM unnest($1::uuid[]) AS m (member_id)
  LEFT JOIN binding_facts AS f ON f.member_id = m.member_id
  LEFT JOIN enrolments AS e ON e.member_id = m.member_id
"""

_PUT_ENROLMENTS = """
INSERT INTO enrolments AS e (member_id, staff_code, location_id, enrol_time)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
    ON CONFLICT (member_id) DO UPDATE
   SET staff_code = excluded.staff_code, location_id = excluded.location_id, enrol_time = excluded.enrol_time
 WHERE (e.enrol_time, e.staff_code) > (excluded.enrol_time, excluded.staff_code)
"""

_PUT_STAFF = """
INSERT INTO staff_copies AS s (staff_code, display_name, home_location_id, active, version)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (staff_code) DO UPDATE
   SET display_name = excluded.display_name, home_location_id = excluded.home_location_id,
       active = excluded.active, version = excluded.version
 WHERE s.version < excluded.version
"""

_STAFF = """
SELECT staff_code, display_name, home_location_id, active, version FROM staff_copies WHERE staff_code = $1
"""

_INSERT_TOUCH = """
INSERT INTO touches (member_id, touch_id, staff_code, location_id, kind, touch_time)
VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (member_id, touch_id) DO NOTHING
"""

_INSERT_REVIEW = """
INSERT INTO binding_reviews (fact_id, member_id, terminal_id, reason)
VALUES ($1, $2, $3, $4)
    ON CONFLICT (fact_id) DO NOTHING
"""


async def resolve(tx: Tx, member_ids: Iterable[str]) -> dict[str, str]:
    """Whom each id means, now that some were absorbed into others."""
    asked = sorted(set(member_ids))
    found = {row["alias_id"]: row["member_id"] for row in await tx.fetch(_ALIASES, asked)} if asked else {}
    return {member_id: found.get(member_id, member_id) for member_id in asked}


async def lock_members(tx: Tx, member_ids: Iterable[str]) -> None:
    """Takes the members' heads in key order, so that bindings and sales of one member are decided one by one."""
    asked = sorted(set(member_ids))
    if len(await tx.fetch(_LOCK_KNOWN, asked)) < len(asked):
        await tx.execute(_LOCK_MEMBERS, asked)


async def next_version(tx: Tx, member_id: str) -> int:
    """The sequence of the member's next event; call `lock_members` first."""
    version: int = await tx.fetchval(_NEXT_VERSION, member_id)
    return version


async def insert(tx: Tx, noted: Noted, policy_version: str, actor: Actor) -> bool:
    """Adds a fact; False if it was there."""
    row = (noted.member_id, noted.binding_id, noted.staff_code, noted.location_id, noted.source, noted.bind_time)
    who = (policy_version, actor.kind.value, actor.id, actor.terminal_id)
    return await tx.fetchval(_INSERT, *row, noted.evidence, *who, noted.named_id) is not None


async def known(tx: Tx, member_ids: Sequence[str]) -> tuple[dict[str, list[Noted]], dict[str, Enrolment]]:
    """All binding facts of these members, and who enrolled each of them, as far as known."""
    found: dict[str, list[Noted]] = {}
    enrolled: dict[str, Enrolment] = {}
    for row in await tx.fetch(_KNOWN, list(member_ids)):
        if row["binding_id"] is not None:
            found.setdefault(row["member_id"], []).append(_noted(row))
        if row["enrol_time"] is not None:
            enrolled[row["member_id"]] = Enrolment(row["enrolled_by"], row["enrolled_at"], row["enrol_time"])
    return found, enrolled


async def put_enrolments(tx: Tx, found: dict[str, Enrolment]) -> None:
    """Keeps who enrolled whom; the earliest enrolment stands, whichever is heard of first."""
    if found:
        columns = zip(
            *((key, e.staff_code, e.location_id, e.enrol_time) for key, e in sorted(found.items())), strict=True
        )
        await tx.execute(_PUT_ENROLMENTS, *map(list, columns))


async def put_staff(tx: Tx, staff: Staff) -> None:
    """Keeps the newest state of a staff member."""
    await tx.execute(
        _PUT_STAFF, staff.staff_code, staff.display_name, staff.home_location_id, staff.active, staff.version
    )


async def staff(tx: Tx, staff_code: str) -> Staff | None:
    """One staff member, if we have heard of him."""
    row = await tx.fetchrow(_STAFF, staff_code)
    return Staff(**row) if row else None


async def insert_touch(tx: Tx, touch_id: str, noted: Noted, kind: str) -> None:
    """Keeps a touch as it was noted."""
    await tx.execute(
        _INSERT_TOUCH, noted.member_id, touch_id, noted.staff_code, noted.location_id, kind, noted.bind_time
    )


async def insert_review(tx: Tx, fact_id: str, member_id: str, terminal_id: str, reason: str) -> None:
    """Keeps that a person should look at a fact; what was said of it first stays."""
    await tx.execute(_INSERT_REVIEW, fact_id, member_id, terminal_id, reason)


def _noted(row: asyncpg.Record) -> Noted:
    return Noted(
        row["binding_id"],
        row["member_id"],
        row["staff_code"],
        row["location_id"],
        Source(row["source"]),
        row["bind_time"],
        row["evidence"],
        row["named_id"],
    )
