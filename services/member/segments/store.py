"""Every SQL statement that keeps segments."""

from asyncpg import Record

from kit.access import Actor
from kit.postgres import Tx

_COLUMNS = "segment_id, version, name, rule, record_time"

_PUT = f"""
INSERT INTO segments (segment_id, version, name, rule, actor_kind, actor_id)
SELECT $1, coalesce(max(version), 0) + 1, $2, $3::jsonb, $4, $5 FROM segments WHERE segment_id = $1
RETURNING {_COLUMNS}
"""

_LATEST = f"SELECT {_COLUMNS} FROM segments WHERE segment_id = $1 ORDER BY version DESC LIMIT 1"

_LIST = f"""
SELECT DISTINCT ON (segment_id) {_COLUMNS} FROM segments WHERE segment_id > $1
 ORDER BY segment_id, version DESC LIMIT $2
"""


async def put(tx: Tx, segment_id: str, name: str, rule: str, actor: Actor) -> Record:
    """Keeps the next version."""
    row = await tx.fetchrow(_PUT, segment_id, name, rule, actor.kind, actor.id)
    assert row is not None, "an aggregate without groups has one row"
    return row


async def latest(tx: Tx, segment_id: str) -> Record | None:
    """The version in force."""
    row: Record | None = await tx.fetchrow(_LATEST, segment_id)
    return row


async def page(tx: Tx, after: str, limit: int) -> list[Record]:
    """Segments in the order of their ids."""
    return list(await tx.fetch(_LIST, after, limit))
