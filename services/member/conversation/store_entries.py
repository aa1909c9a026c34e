"""What was said in threads, and whose task it is to answer, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from asyncpg import Record

from kit.access import Actor
from kit.postgres import Tx
from services.member.conversation.domain import Assignment, Delivery, Entry, Form, Kind, Queue, Task, TaskState, Viewer

_COLUMNS = """
entry_id, sequence, kind, business_time, form, text_sealed, unsent, staff_code, location_id, to_queue, to_staff_code,
to_location_id, provider_ref, delivery, delivery_code
"""
_INSERT = f"""
INSERT INTO conversation_entries (conversation_id, actor_kind, actor_id, {_COLUMNS})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM conversation_entries
 WHERE conversation_id = $1 AND sequence > $2 AND kind = ANY($3::smallint[]) ORDER BY sequence LIMIT $4
"""
_GET = f"SELECT {_COLUMNS}, conversation_id FROM conversation_entries WHERE entry_id = $1"
_DELIVERED = """
UPDATE conversation_entries SET delivery = $2, delivery_code = $3, provider_ref = $4 WHERE entry_id = $1
"""
_SPOKE_SINCE = """
SELECT EXISTS (SELECT FROM conversation_entries WHERE conversation_id = $1 AND sequence > $2 AND kind = 1)
"""
_TAKE_BACK = """
UPDATE conversation_entries SET text_sealed = NULL, unsent = true
 WHERE provider_ref = $1 AND provider_ref <> '' AND kind = 1 AND conversation_id = $2 RETURNING entry_id
"""

_TASK = "task_id, conversation_id, state, level, queue, staff_code, location_id, waiting_since, raise_time, end_time"
_RAISE = f"""
INSERT INTO conversation_tasks ({_TASK}) VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, NULL)
"""
_END = f"""
UPDATE conversation_tasks SET state = $2, end_time = $3 WHERE conversation_id = $1 AND state = 1 RETURNING {_TASK}
"""
_TASKS = f"SELECT {_TASK} FROM conversation_tasks WHERE state = $1 AND task_id > $2 ORDER BY task_id LIMIT $3"
_TASKS_SEEN = f"""
SELECT {_TASK} FROM conversation_tasks
 WHERE (staff_code = nullif($4, '') OR location_id = ANY($5::text[])) AND state = $1 AND task_id > $2
 ORDER BY task_id LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry with its text as it is kept."""

    entry: Entry
    text_sealed: bytes | None = field(repr=False)


async def insert(tx: Tx, conversation_id: str, entry: Entry, text_sealed: bytes | None, actor: Actor) -> None:
    """Keeps an entry under its number."""
    to = entry.handed_to
    await tx.execute(
        _INSERT,
        conversation_id,
        actor.kind.value,
        actor.id,
        entry.entry_id,
        entry.sequence,
        entry.kind,
        entry.business_time,
        entry.form,
        text_sealed,
        entry.unsent,
        entry.staff_code,
        entry.location_id,
        to.queue if to else 0,
        to.staff_code if to else "",
        to.location_id if to else "",
        entry.provider_ref,
        entry.delivery,
        entry.delivery_code,
    )


async def page(tx: Tx, conversation_id: str, after: int, kinds: Sequence[Kind], limit: int) -> list[Kept]:
    """Entries after a number, in order."""
    return [_kept(row) for row in await tx.fetch(_PAGE, conversation_id, after, list(kinds), limit)]


async def get(tx: Tx, entry_id: str) -> tuple[str, Kept] | None:
    """An entry, after the id of its thread."""
    row = await tx.fetchrow(_GET, entry_id)
    return (row["conversation_id"], _kept(row)) if row else None


async def delivered(tx: Tx, entry_id: str, delivery: Delivery, code: str, provider_ref: str) -> None:
    """How far a reply is."""
    await tx.execute(_DELIVERED, entry_id, delivery, code, provider_ref)


async def spoke_since(tx: Tx, conversation_id: str, sequence: int) -> bool:
    """Whether the shopper has written after that entry."""
    return bool(await tx.fetchval(_SPOKE_SINCE, conversation_id, sequence))


async def take_back(tx: Tx, conversation_id: str, provider_ref: str) -> bool:
    """Forgets the words of a message that its writer took back."""
    return await tx.fetchval(_TAKE_BACK, provider_ref, conversation_id) is not None


async def raise_task(tx: Tx, task: Task) -> None:
    """Keeps a task."""
    to = task.to
    where = (task.level, to.queue, to.staff_code, to.location_id)
    await tx.execute(_RAISE, task.task_id, task.conversation_id, *where, task.waiting_since, task.raise_time)


async def end_task(tx: Tx, conversation_id: str, state: TaskState, at: datetime) -> Task | None:
    """Ends the open task of a thread; None if it has none."""
    row = await tx.fetchrow(_END, conversation_id, state, at)
    return _task(row) if row else None


async def tasks(tx: Tx, viewer: Viewer, state: TaskState, after: str, limit: int) -> list[Task]:
    """Tasks that the viewer sees, the oldest first."""
    if viewer.everywhere:
        rows = await tx.fetch(_TASKS, state, after, limit)
    else:
        rows = await tx.fetch(_TASKS_SEEN, state, after, limit, viewer.staff_code, list(viewer.location_ids))
    return [_task(row) for row in rows]


def _kept(row: Record) -> Kept:
    to = None
    if row["to_queue"]:
        to = Assignment(Queue(row["to_queue"]), row["to_staff_code"], row["to_location_id"])
    entry = Entry(
        row["entry_id"],
        row["sequence"],
        Kind(row["kind"]),
        row["business_time"],
        Form(row["form"]),
        unsent=row["unsent"],
        staff_code=row["staff_code"],
        location_id=row["location_id"],
        handed_to=to,
        provider_ref=row["provider_ref"],
        delivery=Delivery(row["delivery"]),
        delivery_code=row["delivery_code"],
    )
    return Kept(entry, row["text_sealed"])


def _task(row: Record) -> Task:
    to = Assignment(Queue(row["queue"]), row["staff_code"], row["location_id"])
    times = (row["waiting_since"], row["raise_time"], row["end_time"])
    return Task(row["task_id"], row["conversation_id"], TaskState(row["state"]), row["level"], to, *times)
