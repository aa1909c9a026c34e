"""Every SQL statement about exports."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.member.privacy.domain_requests import Export, ExportState

_COLUMNS = """export_id, member_id, state, request_time, ready_time, expire_time, download_time, size_bytes,
              given_bytes, file_sealed"""

_ADD = f"""
INSERT INTO exports (export_id, member_id, request_time, actor_kind, actor_id) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (member_id) WHERE state IN ('GATHERING', 'READY') DO NOTHING
RETURNING {_COLUMNS}
"""

_OPEN = f"SELECT {_COLUMNS} FROM exports WHERE member_id = $1 AND state IN ('GATHERING', 'READY')"

_ONE = f"SELECT {_COLUMNS} FROM exports WHERE export_id = $1"

_LOCK = f"{_ONE} FOR UPDATE"

_DELIVER = """
INSERT INTO export_parts (export_id, service, number, last, data_sealed) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (export_id, service, number) DO NOTHING
"""

# A service is done when its last piece is there, and every piece before it.
_DONE = """
SELECT service FROM export_parts WHERE export_id = $1 GROUP BY service
HAVING bool_or(last) AND count(*) = max(number) FILTER (WHERE last) + 1
"""

_PARTS = "SELECT service, number, data_sealed FROM export_parts WHERE export_id = $1 ORDER BY service, number"

_DROP_PARTS = "DELETE FROM export_parts WHERE export_id = $1"

_READY = """
UPDATE exports SET state = 'READY', ready_time = $2, expire_time = $3, size_bytes = $4, file_sealed = $5
 WHERE export_id = $1 AND state = 'GATHERING'
"""

# Only whoever asks for the next byte gets it: each is handed out once.
_GIVE = """
UPDATE exports
   SET given_bytes = $3, download_time = $4,
       state = CASE WHEN $3 = size_bytes THEN 'DOWNLOADED' ELSE state END,
       file_sealed = CASE WHEN $3 = size_bytes THEN NULL ELSE file_sealed END
 WHERE export_id = $1 AND state = 'READY' AND given_bytes = $2
RETURNING true
"""

_EXPIRE = """
UPDATE exports SET state = 'EXPIRED', file_sealed = NULL
 WHERE export_id = $1 AND state IN ('GATHERING', 'READY') RETURNING true
"""

_FORGET_EXPORTS = """
UPDATE exports SET state = 'EXPIRED', file_sealed = NULL
 WHERE member_id = ANY($1::uuid[]) AND state IN ('GATHERING', 'READY') RETURNING export_id
"""

_FORGET_PARTS = "DELETE FROM export_parts WHERE export_id = ANY($1::uuid[]) RETURNING 1"

_OF_PERSON = f"SELECT {_COLUMNS} FROM exports WHERE member_id = ANY($1::uuid[]) ORDER BY request_time"


async def add(tx: Tx, export_id: str, member_id: str, now: datetime, kind: str, actor_id: str) -> Export | None:
    """A new export; None if one is open."""
    row = await tx.fetchrow(_ADD, export_id, member_id, now, kind, actor_id)
    return _export(row) if row else None


async def open_one(tx: Tx, member_id: str) -> Export | None:
    """The export that is under way or waits to be fetched."""
    row = await tx.fetchrow(_OPEN, member_id)
    return _export(row) if row else None


async def one(tx: Tx, export_id: str, *, lock: bool = False) -> Export | None:
    """One export."""
    row = await tx.fetchrow(_LOCK if lock else _ONE, export_id)
    return _export(row) if row else None


async def deliver(tx: Tx, export_id: str, service: str, number: int, *, last: bool, sealed: bytes) -> None:
    """Keeps a piece; one that is there stays."""
    await tx.execute(_DELIVER, export_id, service, number, last, sealed)


async def done(tx: Tx, export_id: str) -> set[str]:
    """Which services have delivered all of theirs."""
    return {row["service"] for row in await tx.fetch(_DONE, export_id)}


async def parts(tx: Tx, export_id: str) -> list[tuple[str, int, bytes]]:
    """All pieces (service, number, sealed), in order."""
    return [tuple(row) for row in await tx.fetch(_PARTS, export_id)]


async def ready(tx: Tx, export_id: str, now: datetime, until: datetime, size: int, sealed: bytes) -> None:
    """The file is there; its pieces are not needed any more."""
    await tx.execute(_READY, export_id, now, until, size, sealed)
    await tx.execute(_DROP_PARTS, export_id)


async def give(tx: Tx, export_id: str, offset: int, end: int, now: datetime) -> bool:
    """Hands out the bytes from `offset` to `end`; False if they were handed out before."""
    return bool(await tx.fetchval(_GIVE, export_id, offset, end, now))


async def expire(tx: Tx, export_id: str) -> None:
    """Nobody fetched it in time."""
    if await tx.fetchval(_EXPIRE, export_id):
        await tx.execute(_DROP_PARTS, export_id)


async def of_person(tx: Tx, member_ids: Sequence[str]) -> list[Export]:
    """Every export of a person."""
    return [_export(row) for row in await tx.fetch(_OF_PERSON, list(member_ids))]


async def forget(tx: Tx, member_ids: Sequence[str]) -> int:
    """Removes files and pieces; how many."""
    gone = [row["export_id"] for row in await tx.fetch(_FORGET_EXPORTS, list(member_ids))]
    return len(gone) + len(await tx.fetch(_FORGET_PARTS, gone))


def _export(row: Any) -> Export:
    values = list(row)
    values[2] = ExportState(values[2])
    return Export(*values)
