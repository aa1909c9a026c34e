"""Watermarks of sources, and what their batches were answered."""

from typing import Any

from kit.postgres import Tx
from services.inventory.feeds.domain import Batch, Watermark

_COLUMNS = "source, location_id, sequence, business_time, reset_time, update_time"
# the row lock makes batches of a source for a location wait for each other
_BEGIN = (
    "INSERT INTO feed_watermarks (source, location_id) VALUES ($1, $2) ON CONFLICT (source, location_id) DO NOTHING"
)
_LOCK = "SELECT sequence FROM feed_watermarks WHERE source = $1 AND location_id = $2 FOR UPDATE"
_ANSWERED = """
SELECT fingerprint, answer FROM feed_batches WHERE source = $1 AND location_id = $2 AND sequence = $3
"""
_MOVE = f"""
UPDATE feed_watermarks SET sequence = $3, business_time = greatest(business_time, $4),
       reset_time = CASE WHEN $5 THEN greatest(reset_time, $4) ELSE reset_time END, update_time = now()
 WHERE source = $1 AND location_id = $2 RETURNING {_COLUMNS}
"""
_KEEP = """
INSERT INTO feed_batches (source, location_id, sequence, fingerprint, answer) VALUES ($1, $2, $3, $4, $5)
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM feed_watermarks
 WHERE (source, location_id) > ($1, $2) AND ($3 = '' OR source = $3) AND ($4 = '' OR location_id = $4)
   AND sequence > 0
 ORDER BY source, location_id LIMIT $5
"""


async def lock(tx: Tx, batch: Batch) -> int:
    """The last sequence that was taken, locked."""
    await tx.execute(_BEGIN, batch.source, batch.location_id)
    return int(await tx.fetchval(_LOCK, batch.source, batch.location_id))


async def answered(tx: Tx, batch: Batch) -> tuple[bytes, bytes] | None:
    """Fingerprint and answer of a batch that was taken."""
    row = await tx.fetchrow(_ANSWERED, batch.source, batch.location_id, batch.sequence)
    return (row["fingerprint"], row["answer"]) if row else None


async def move(tx: Tx, batch: Batch) -> Watermark:
    """The source is so far now."""
    row: Any = await tx.fetchrow(_MOVE, batch.source, batch.location_id, batch.sequence, batch.at, batch.reset)
    return Watermark(**dict(row))


async def keep(tx: Tx, batch: Batch, answer: bytes) -> None:
    """Keeps what a batch was answered."""
    await tx.execute(_KEEP, batch.source, batch.location_id, batch.sequence, batch.fingerprint, answer)


async def page(tx: Tx, after: tuple[str, str], source: str, location_id: str, size: int) -> list[Watermark]:
    """Watermarks by source and location."""
    return [Watermark(**dict(row)) for row in await tx.fetch(_PAGE, *after, source, location_id, size)]
