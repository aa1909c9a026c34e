"""Every SQL statement about tags."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kit.audit import Check
from kit.postgres import Tx
from services.member.profile.domain_tags import ChangeRow, Definition

_DEFINITION = "tag, label, label_en, origins, keep_days, active, version"

_PUT_DEFINITION = f"""
INSERT INTO tag_definitions AS d ({_DEFINITION}, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8)
    ON CONFLICT (tag) DO UPDATE
   SET label = excluded.label, label_en = excluded.label_en, origins = excluded.origins,
       keep_days = excluded.keep_days, active = excluded.active, version = d.version + 1,
       actor_kind = excluded.actor_kind, actor_id = excluded.actor_id, record_time = now()
RETURNING {_DEFINITION}
"""

_ONE_DEFINITION = f"SELECT {_DEFINITION} FROM tag_definitions WHERE tag = $1"

_DEFINITIONS = f"SELECT {_DEFINITION} FROM tag_definitions WHERE tag > $1 ORDER BY tag LIMIT 1000"

_TAG = "member_id, tag, origin, staff_code, location_id, why_sealed, set_time, expire_time"

_PUT = f"""
INSERT INTO member_tags ({_TAG}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (member_id, tag) DO UPDATE
   SET origin = excluded.origin, staff_code = excluded.staff_code, location_id = excluded.location_id,
       why_sealed = excluded.why_sealed, set_time = excluded.set_time, expire_time = excluded.expire_time
"""

_REMOVE = f"DELETE FROM member_tags WHERE member_id = $1 AND tag = $2 RETURNING {_TAG}"

_EXPIRE = f"DELETE FROM member_tags WHERE member_id = $1 AND tag = $2 AND expire_time <= $3 RETURNING {_TAG}"

_OF_MEMBER = f"""
SELECT {_TAG} FROM member_tags
 WHERE member_id = $1 AND (expire_time IS NULL OR expire_time > $2) ORDER BY set_time DESC, tag
"""

_ALL_OF = f"SELECT {_TAG} FROM member_tags WHERE member_id = ANY($1::uuid[]) ORDER BY member_id, tag FOR UPDATE"

_LEAVE = "DELETE FROM member_tags WHERE member_id = $1 AND tag = ANY($2::text[])"

_CHANGE = """member_id, change_id, tag, kind, origin, actor_kind, actor_id, actor_terminal_id, location_id, why_sealed,
            expire_time, business_time"""

_NOTE = f"INSERT INTO member_tag_changes ({_CHANGE}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"

_CHANGES = f"""
SELECT {_CHANGE} FROM member_tag_changes
 WHERE member_id = ANY($1::uuid[]) AND change_id < $2 ORDER BY change_id DESC LIMIT $3
"""

_NEXT = """
INSERT INTO tag_heads AS h (member_id, version) VALUES ($1, 1)
    ON CONFLICT (member_id) DO UPDATE SET version = h.version + 1
RETURNING version
"""

CHECKS = (
    Check(
        "profile.every_tag_has_its_change",
        "SELECT count(*) FROM member_tags",
        """
        SELECT 'member=' || had.member_id || ' tag=' || had.tag AS subject, 'the change that gave it' AS expected,
               'none' AS found, '' AS repair
          FROM member_tags AS had
         WHERE NOT EXISTS (SELECT FROM member_tag_changes AS c
                            WHERE c.tag = had.tag AND c.kind = 'SET' AND c.business_time = had.set_time
                              AND (c.member_id = had.member_id
                                   OR resolve_member(c.member_id) = resolve_member(had.member_id)))
         LIMIT 100
        """,
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A tag as it is kept."""

    member_id: str
    tag: str
    origin: str
    staff_code: str
    location_id: str
    why_sealed: bytes | None = field(repr=False)
    set_time: datetime
    expire_time: datetime | None


async def put_definition(tx: Tx, one: Definition, actor_kind: str, actor_id: str) -> Definition:
    """Makes or changes a word of the list."""
    told = (one.tag, one.label, one.label_en, list(one.origins), one.keep_days, one.active)
    return _definition(await tx.fetchrow(_PUT_DEFINITION, *told, actor_kind, actor_id))


async def definition(tx: Tx, tag: str) -> Definition | None:
    """One word of the list."""
    row = await tx.fetchrow(_ONE_DEFINITION, tag)
    return _definition(row) if row else None


async def definitions(tx: Tx) -> list[Definition]:
    """The whole list."""
    return [_definition(row) for row in await tx.fetch(_DEFINITIONS, "")]


async def put(tx: Tx, row: Row) -> None:
    """The member has the tag from now on, or anew."""
    told = (row.member_id, row.tag, row.origin, row.staff_code, row.location_id, row.why_sealed)
    await tx.execute(_PUT, *told, row.set_time, row.expire_time)


async def remove(tx: Tx, member_id: str, tag: str) -> Row | None:
    """Takes a tag away; None if it was not there."""
    row = await tx.fetchrow(_REMOVE, member_id, tag)
    return Row(*row) if row else None


async def expire(tx: Tx, member_id: str, tag: str, now: datetime) -> Row | None:
    """Takes a tag away that is past its time; None if it was given anew."""
    row = await tx.fetchrow(_EXPIRE, member_id, tag, now)
    return Row(*row) if row else None


async def of_member(tx: Tx, member_id: str, now: datetime) -> list[Row]:
    """The tags that a member has now, newest first."""
    return [Row(*row) for row in await tx.fetch(_OF_MEMBER, member_id, now)]


async def all_of(tx: Tx, member_ids: Sequence[str]) -> list[Row]:
    """Every tag under these ids, locked."""
    return [Row(*row) for row in await tx.fetch(_ALL_OF, list(member_ids))]


async def leave(tx: Tx, member_id: str, tags: Sequence[str]) -> None:
    """These tags are no longer this id's."""
    await tx.execute(_LEAVE, member_id, list(tags))


async def note(tx: Tx, row: ChangeRow) -> None:
    """Keeps a change for ever."""
    told = (row.member_id, row.change_id, row.tag, row.kind, row.origin)
    where = (row.actor_kind, row.actor_id, row.actor_terminal_id, row.location_id)
    await tx.execute(_NOTE, *told, *where, row.why_sealed, row.expire_time, row.business_time)


async def changes(tx: Tx, member_ids: Sequence[str], before: str, limit: int) -> list[ChangeRow]:
    """Changes of a person's tags, newest first."""
    return [ChangeRow(*row) for row in await tx.fetch(_CHANGES, list(member_ids), before, limit)]


async def next_version(tx: Tx, member_id: str) -> int:
    """The sequence of the member's next tag event."""
    version: int = await tx.fetchval(_NEXT, member_id)
    return version


def _definition(row: Any) -> Definition:
    tag, label, label_en, origins, keep_days, active, version = row
    return Definition(tag, label, label_en, tuple(origins), keep_days, active, version)
