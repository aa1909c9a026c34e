"""Rows of tasks."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.tasks.domain import Task

_COLUMNS = """task_id, kind, location_id, subject, details, state, claimed_by, resolution, version, create_time,
    update_time"""
_OPEN = f"""
INSERT INTO stock_tasks (kind, location_id, subject, details, state, create_time, update_time, actor_kind, actor_id,
    actor_terminal_id)
SELECT kind, location_id, subject, details::jsonb, 'OPEN', $5, $5, $6, $7, $8
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS t (kind, location_id, subject, details)
ON CONFLICT (kind, location_id, subject) WHERE state <> 'RESOLVED' DO NOTHING
RETURNING {_COLUMNS}
"""
_LOCK = f"SELECT {_COLUMNS} FROM stock_tasks WHERE task_id = $1 FOR UPDATE"
_STANDING = f"""
SELECT {_COLUMNS} FROM stock_tasks
 WHERE (kind, location_id, subject) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))
   AND state <> 'RESOLVED' ORDER BY task_id FOR UPDATE
"""
_PUT = """
UPDATE stock_tasks SET state = $2, claimed_by = $3, resolution = $4, version = $5, update_time = $6, actor_kind = $7,
       actor_id = $8, actor_terminal_id = $9
 WHERE task_id = $1
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM stock_tasks WHERE state <> 'RESOLVED' AND task_id > $1 AND ($2 = '' OR kind = $2)
 ORDER BY task_id LIMIT $3
"""
_PAGE_HERE = f"""
SELECT {_COLUMNS} FROM stock_tasks
 WHERE location_id = $4 AND state <> 'RESOLVED' AND task_id > $1 AND ($2 = '' OR kind = $2) ORDER BY task_id LIMIT $3
"""


async def open_many(
    tx: Tx, wanted: Sequence[tuple[str, str, str, Mapping[str, str]]], actor: Actor, now: datetime
) -> list[Task]:
    """Tasks (kind, location, subject, details) that are new; one that stands already stays as it is."""
    if not wanted:
        return []
    rows = {(kind, place, subject): json.dumps(dict(details)) for kind, place, subject, details in wanted}
    columns = [list(column) for column in zip(*((*key, details) for key, details in sorted(rows.items())), strict=True)]
    found = await tx.fetch(_OPEN, *columns, now, actor.kind.value, actor.id, actor.terminal_id)
    return [_task(row) for row in found]


async def standing(tx: Tx, keys: Sequence[tuple[str, str, str]]) -> list[Task]:
    """Those of these (kind, location, subject) that nobody resolved yet, locked."""
    if not keys:
        return []
    return [_task(row) for row in await tx.fetch(_STANDING, *map(list, zip(*keys, strict=True)))]


async def lock(tx: Tx, task_id: str) -> Task | None:
    """One task, locked."""
    row = await tx.fetchrow(_LOCK, task_id)
    return _task(row) if row else None


async def put(tx: Tx, task: Task, actor: Actor) -> None:
    """Writes a task's step."""
    given = (task.state, task.claimed_by, task.resolution, task.version, task.update_time)
    await tx.execute(_PUT, task.task_id, *given, actor.kind.value, actor.id, actor.terminal_id)


async def page(tx: Tx, after: str, kind: str, size: int, location_id: str) -> list[Task]:
    """Tasks that are not resolved, oldest first; of all locations if none is named."""
    if location_id:
        return [_task(row) for row in await tx.fetch(_PAGE_HERE, after, kind, size, location_id)]
    return [_task(row) for row in await tx.fetch(_PAGE, after, kind, size)]


def _task(row: Any) -> Task:
    return Task(**dict(row) | {"details": json.loads(row["details"])})
