"""What was looked at under an anonymous id, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Tx

# no more than so many are kept of one browser: whoever sends more is none
_INSERT = """
INSERT INTO anonymous_visits (anonymous_lookup, visit_id, kind, sku, source, business_time)
SELECT $1, visit.visit_id, visit.kind, visit.sku, $2, visit.business_time
  FROM unnest($3::uuid[], $4::text[], $5::text[], $6::timestamptz[]) AS visit (visit_id, kind, sku, business_time)
 WHERE (SELECT count(*) FROM anonymous_visits WHERE anonymous_lookup = $1) < $7
ON CONFLICT (anonymous_lookup, visit_id) DO NOTHING RETURNING true
"""

_TAKE = """
DELETE FROM anonymous_visits WHERE anonymous_lookup = ANY($1::bytea[])
RETURNING visit_id, kind, sku, source, business_time
"""

_SWEEP = """
DELETE FROM anonymous_visits WHERE (anonymous_lookup, visit_id) IN (
    SELECT anonymous_lookup, visit_id FROM anonymous_visits WHERE business_time < $1 ORDER BY business_time LIMIT 100
       FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """One look."""

    visit_id: str
    kind: str
    sku: str
    source: str
    business_time: datetime


async def insert(tx: Tx, lookup: bytes, source: str, visits: Sequence[Visit], most: int) -> int:
    """Keeps looks; answers how many were new."""
    columns = [[getattr(one, name) for one in visits] for name in ("visit_id", "kind", "sku", "business_time")]
    return len(await tx.fetch(_INSERT, lookup, source, *columns, most))


async def take(tx: Tx, lookups: Sequence[bytes]) -> list[Visit]:
    """Forgets what was kept of these, and answers it once more."""
    return [Visit(*row) for row in await tx.fetch(_TAKE, list(lookups))]


async def sweep(tx: Tx, before: datetime) -> None:
    """Forgets some of what nobody has claimed in time; each new one takes a few along."""
    await tx.execute(_SWEEP, before)
