"""Every SQL statement about facts that a person should look at."""

from datetime import datetime

from kit.access import Actor
from kit.postgres import Tx
from services.member.reviews.domain import Place, Review

_COLUMNS = """
f.terminal_id, f.sequence, f.kind, resolve_member(f.member_id) AS member_id, f.sku, f.staff_code, f.location_id,
       f.outcome, f.flags, f.business_time, f.record_time
"""
_QUEUE = f"""
SELECT {_COLUMNS} FROM people_facts AS f
 WHERE f.flags <> '{{}}' AND (f.record_time, f.terminal_id, f.sequence) > ($1, $2, $3)
   AND NOT EXISTS (SELECT FROM people_reviews AS r WHERE r.terminal_id = f.terminal_id AND r.sequence = f.sequence)
 ORDER BY f.record_time, f.terminal_id, f.sequence LIMIT $4
"""
_CLOSE = f"""
WITH looked AS (
    INSERT INTO people_reviews (terminal_id, sequence, reason, actor_kind, actor_id, actor_terminal_id, business_time)
    SELECT terminal_id, sequence, $3, $4, $5, $6, $7 FROM people_facts
     WHERE terminal_id = $1 AND sequence = $2 AND flags <> '{{}}'
        ON CONFLICT (terminal_id, sequence) DO NOTHING RETURNING terminal_id, sequence
)
SELECT {_COLUMNS} FROM people_facts AS f JOIN looked USING (terminal_id, sequence)
"""


async def queue(tx: Tx, after: Place, limit: int) -> list[Review]:
    """What nobody has looked at, oldest first, from behind `after`."""
    return [Review(**row) for row in await tx.fetch(_QUEUE, *after, limit)]


async def close(tx: Tx, terminal_id: str, sequence: int, reason: str, actor: Actor, moment: datetime) -> Review | None:
    """A person has looked; None if there is nothing, or somebody has."""
    by = (actor.kind.value, actor.id, actor.terminal_id)
    row = await tx.fetchrow(_CLOSE, terminal_id, sequence, reason, *by, moment)
    return Review(**row) if row else None
