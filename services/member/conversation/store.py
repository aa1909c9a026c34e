"""Threads in the database."""

from collections.abc import Collection
from datetime import datetime

from asyncpg import Record

from kit.postgres import Tx
from services.member.conversation.domain import Assignment, Queue, State, Thread, Viewer

_COLUMNS = """
one.conversation_id, one.member_id AS person_id, coalesce(known.member_id::text, '') AS member_id, one.channel,
one.state, one.queue, one.staff_code, one.location_id, one.version, one.last_sequence, one.reply_sequence,
one.open_time, one.last_time, one.waiting_since, one.level, one.door IS NOT NULL AS reachable, one.rank::text AS rank
"""
_FROM = "conversations AS one LEFT JOIN members AS known ON known.member_id = resolve_member(one.member_id)"

_OPEN = """
INSERT INTO conversations (conversation_id, member_id, channel, door, address_sealed, state, queue, staff_code,
                           location_id, version, last_sequence, open_time, last_time)
VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, 0, 0, $9, $9)
ON CONFLICT (door) DO NOTHING RETURNING true
"""
_LOCK = f"SELECT {_COLUMNS} FROM {_FROM} WHERE one.conversation_id = $1 FOR UPDATE OF one"
_LOCK_DOOR = f"SELECT {_COLUMNS} FROM {_FROM} WHERE one.door = $1 FOR UPDATE OF one"
_GET = f"SELECT {_COLUMNS} FROM {_FROM} WHERE one.conversation_id = $1"
_AT_DOOR = f"SELECT {_COLUMNS} FROM {_FROM} WHERE one.door = $1"
_SAVE = """
UPDATE conversations
   SET state = $2, queue = $3, staff_code = $4, location_id = $5, version = $6, last_sequence = $7,
       reply_sequence = $8, last_time = $9, waiting_since = $10, level = $11
 WHERE conversation_id = $1
"""
_RETIRE = "UPDATE conversations SET door = NULL WHERE conversation_id = $1"
_ADDRESS = "SELECT address_sealed FROM conversations WHERE conversation_id = $1"

_AFTER = "(one.rank, one.conversation_id) > ($1::text::timestamptz, $2::uuid)"
_WANTED = "($3::int = 0 OR one.state = $3) AND ($4::int = 0 OR one.queue = $4)"
_ORDER = "ORDER BY one.rank, one.conversation_id LIMIT $5"
_LIST = f"""
SELECT {_COLUMNS} FROM {_FROM}
 WHERE {_AFTER} AND one.state = ANY(CASE WHEN $3::int = 0 THEN '{{1,2}}'::smallint[] ELSE ARRAY[$3::smallint] END)
   AND ($4::int = 0 OR one.queue = $4) {_ORDER}
"""
_LIST_SEEN = f"""
SELECT {_COLUMNS} FROM {_FROM}
 WHERE (one.staff_code = nullif($6, '') OR one.location_id = ANY($7::text[])) AND {_AFTER} AND {_WANTED} {_ORDER}
"""
_LIST_OF = f"""
SELECT {_COLUMNS} FROM {_FROM}
 WHERE one.member_id IN (SELECT $6::uuid UNION ALL SELECT alias_id FROM member_aliases WHERE member_id = $6)
   AND {_AFTER} AND {_WANTED} {_ORDER}
"""
_MEANING = """
SELECT $1::uuid AS member_id UNION ALL SELECT alias_id FROM member_aliases WHERE member_id = $1
"""

# the newest binding of any of his ids to somebody who still works here
_ADVISER = f"""
SELECT bound.staff_code, staff.home_location_id
  FROM member_advisers AS bound JOIN staff USING (staff_code)
 WHERE bound.member_id IN ({_MEANING}) AND bound.active
   AND (bound.valid_until_time IS NULL OR bound.valid_until_time > $2)
   AND staff.active AND (staff.start_time IS NULL OR staff.start_time <= $2)
   AND (staff.end_time IS NULL OR staff.end_time > $2)
 ORDER BY bound.member_id = $1 DESC, bound.version DESC LIMIT 1
"""
_STAFF_HOME = """
SELECT home_location_id FROM staff
 WHERE staff_code = $1 AND active AND (start_time IS NULL OR start_time <= $2) AND (end_time IS NULL OR end_time > $2)
"""
_STORE = "SELECT enrolled_location_id FROM members WHERE member_id = $1"
_LINE_DOORS = "SELECT lookup FROM member_identifiers WHERE member_id = $1 AND kind = 'line'"


async def open_door(
    tx: Tx,
    thread: Thread,
    door: bytes,
    address_sealed: bytes | None,
) -> bool:
    """Keeps a new thread; False if somebody opened that door in this moment."""
    to = thread.to
    head = (thread.conversation_id, thread.person_id, thread.channel, door, address_sealed)
    return bool(await tx.fetchval(_OPEN, *head, to.queue, to.staff_code, to.location_id, thread.open_time))


async def lock(tx: Tx, conversation_id: str) -> Thread | None:
    """The thread, which nobody else changes until this transaction ends."""
    return _thread(await tx.fetchrow(_LOCK, conversation_id))


async def lock_door(tx: Tx, door: bytes) -> Thread | None:
    """The thread of an address, locked."""
    return _thread(await tx.fetchrow(_LOCK_DOOR, door))


async def get(tx: Tx, conversation_id: str) -> Thread | None:
    """The thread."""
    return _thread(await tx.fetchrow(_GET, conversation_id))


async def at_door(tx: Tx, door: bytes) -> Thread | None:
    """The thread of an address."""
    return _thread(await tx.fetchrow(_AT_DOOR, door))


async def save(tx: Tx, thread: Thread) -> None:
    """The thread as it stands now."""
    to = thread.to
    where = (thread.state, to.queue, to.staff_code, to.location_id, thread.version, thread.last_sequence)
    rest = (thread.reply_sequence, thread.last_time, thread.waiting_since, thread.level)
    await tx.execute(_SAVE, thread.conversation_id, *where, *rest)


async def retire(tx: Tx, conversation_id: str) -> None:
    """The address behind the thread is somebody else's: nothing more comes in here, or goes out."""
    await tx.execute(_RETIRE, conversation_id)


async def address(tx: Tx, conversation_id: str) -> bytes | None:
    """Where replies go, sealed."""
    sealed: bytes | None = await tx.fetchval(_ADDRESS, conversation_id)
    return sealed


async def page(
    tx: Tx, viewer: Viewer, state: int, queue: int, after: tuple[str, str], limit: int, member_id: str
) -> list[tuple[Thread, str]]:
    """Threads that the viewer sees, each with its place in the order, who waits longest first."""
    asked = (*after, state, queue, limit)
    if member_id:
        rows = await tx.fetch(_LIST_OF, *asked, member_id)
        found = [one for one in _ranked(rows) if viewer.sees(one[0].to)]
    elif viewer.everywhere:
        found = _ranked(await tx.fetch(_LIST, *asked))
    else:
        found = _ranked(await tx.fetch(_LIST_SEEN, *asked, viewer.staff_code, list(viewer.location_ids)))
    return found


async def adviser(tx: Tx, member_id: str, now: datetime) -> tuple[str, str]:
    """The staff member who serves a member and still works here, with the home store; empty if there is none."""
    row = await tx.fetchrow(_ADVISER, member_id, now)
    return (row["staff_code"], row["home_location_id"]) if row else ("", "")


async def staff_home(tx: Tx, staff_code: str, now: datetime) -> str | None:
    """The home store of somebody who works here now; None if he does not."""
    home: str | None = await tx.fetchval(_STAFF_HOME, staff_code, now)
    return home


async def store_of(tx: Tx, member_id: str) -> str:
    """The store where a member was enrolled."""
    return await tx.fetchval(_STORE, member_id) or ""


async def line_doors(tx: Tx, member_id: str) -> Collection[bytes]:
    """The LINE accounts of a member, by their lookups."""
    return [row["lookup"] for row in await tx.fetch(_LINE_DOORS, member_id)]


def _ranked(rows: list[Record]) -> list[tuple[Thread, str]]:
    return [(thread, row["rank"]) for row in rows if (thread := _thread(row)) is not None]


def _thread(row: Record | None) -> Thread | None:
    if row is None:
        return None
    told = dict(row)
    told.pop("rank")
    to = Assignment(Queue(told.pop("queue")), told.pop("staff_code"), told.pop("location_id"))
    return Thread(**(told | {"state": State(told["state"]), "to": to}))
