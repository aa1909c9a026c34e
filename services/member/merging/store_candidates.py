"""Pairs that may be one person, in the database."""

from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.member.merging.domain import Candidate

_COLUMNS = """
candidate_id, lower_id, upper_id, state, score, agreements, disagreements, origin, proof, proven_by,
       proof_expire_time, business_time
"""

# A pair stands in the queue once; what is learned of it later is added to what was known.
_PROPOSE = """
INSERT INTO merge_candidates AS c (candidate_id, lower_id, upper_id, state, score, agreements, disagreements, origin,
                                   proof, proven_by, proof_expire_time, business_time)
VALUES ($1, $2, $3, 'OPEN', $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (lower_id, upper_id) WHERE state = 'OPEN' DO UPDATE
   SET score = greatest(c.score, excluded.score),
       agreements = ARRAY(SELECT DISTINCT unnest(c.agreements || excluded.agreements) ORDER BY 1),
       disagreements = excluded.disagreements,
       proof = CASE WHEN excluded.proof <> '' THEN excluded.proof ELSE c.proof END,
       proven_by = coalesce(excluded.proven_by, c.proven_by),
       proof_expire_time = coalesce(excluded.proof_expire_time, c.proof_expire_time)
RETURNING candidate_id
"""

_OF_PAIR = f"""
SELECT {_COLUMNS} FROM merge_candidates WHERE lower_id = $1 AND upper_id = $2 AND state = 'OPEN' FOR UPDATE
"""

_OF_MEMBER = f"""
SELECT {_COLUMNS} FROM merge_candidates WHERE lower_id = $1 AND state = 'OPEN'
 UNION ALL
SELECT {_COLUMNS} FROM merge_candidates WHERE upper_id = $1 AND state = 'OPEN'
"""

_GET = f"SELECT {_COLUMNS} FROM merge_candidates WHERE candidate_id = $1 AND state = 'OPEN' FOR UPDATE"

_QUEUE = f"""
SELECT {_COLUMNS} FROM merge_candidates
 WHERE state = 'OPEN' AND (score, candidate_id) < ($1, $2::uuid)
 ORDER BY score DESC, candidate_id DESC LIMIT $3
"""

_SETTLE = """
UPDATE merge_candidates
   SET state = $2, settle_time = $3, settle_reason = $4, settle_actor_kind = $5, settle_actor_id = $6
 WHERE candidate_id = $1 AND state = 'OPEN'
"""


async def propose(tx: Tx, candidate: Candidate) -> str:
    """Puts a pair into the queue, or adds to what is known of it; gives its id there."""
    one = candidate
    pair = (one.candidate_id, one.lower_id, one.upper_id, one.score, list(one.agreements), list(one.disagreements))
    told = (one.origin, one.proof, one.proven_by, one.proof_expire_time, one.business_time)
    return str(await tx.fetchval(_PROPOSE, *pair, *told))


async def of_pair(tx: Tx, one: str, other: str) -> Candidate | None:
    """The pair, locked, if it is in the queue."""
    row = await tx.fetchrow(_OF_PAIR, *sorted((one, other)))
    return Candidate(*row) if row else None


async def of_member(tx: Tx, member_id: str) -> list[Candidate]:
    """The pairs in the queue of which a member is one."""
    return sorted((_candidate(row) for row in await tx.fetch(_OF_MEMBER, member_id)), key=lambda one: -one.score)


async def get(tx: Tx, candidate_id: str) -> Candidate | None:
    """A pair that is not settled, locked."""
    row = await tx.fetchrow(_GET, candidate_id)
    return Candidate(*row) if row else None


async def queue(tx: Tx, after: tuple[int, str], limit: int) -> list[Candidate]:
    """The queue, best first, from behind `after`."""
    return [_candidate(row) for row in await tx.fetch(_QUEUE, *after, limit)]


async def settle(tx: Tx, candidate_id: str, state: str, moment: datetime, reason: str, actor: Actor) -> None:
    """Takes a pair out of the queue."""
    await tx.execute(_SETTLE, candidate_id, state, moment, reason, actor.kind.value, actor.id)


def _candidate(row: Any) -> Candidate:
    return Candidate(*row)
