"""Identifiers that were taken from somebody, until a person has looked, in the database."""

from datetime import datetime

from kit.access import Actor
from kit.postgres import Tx
from services.member.merging.domain_cases import Case

_COLUMNS = "case_id, member_id, reason, kind, other_id, frozen, location_id, business_time, actor_kind, actor_id"

_OPEN = """
INSERT INTO identity_cases (case_id, member_id, reason, kind, other_id, frozen, location_id, business_time, actor_kind,
                            actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""

_QUEUE = f"""
SELECT {_COLUMNS} FROM identity_cases
 WHERE close_time IS NULL AND (business_time, case_id) > ($1, $2::uuid) ORDER BY business_time, case_id LIMIT $3
"""

_CLOSE = f"""
UPDATE identity_cases SET close_time = $2, close_reason = $3, close_actor_kind = $4, close_actor_id = $5
 WHERE case_id = $1 AND close_time IS NULL
RETURNING {_COLUMNS}
"""


async def insert(tx: Tx, one: Case, terminal_id: str) -> None:
    """Keeps a case."""
    head = (one.case_id, one.member_id, one.reason, one.kind, one.other_id, one.frozen, one.location_id)
    await tx.execute(_OPEN, *head, one.business_time, one.actor_kind, one.actor_id, terminal_id)


async def queue(tx: Tx, after: tuple[datetime, str], limit: int) -> list[Case]:
    """Whoever waits for a person to look, longest first, from behind `after`."""
    return [Case(*row) for row in await tx.fetch(_QUEUE, *after, limit)]


async def close(tx: Tx, case_id: str, moment: datetime, reason: str, actor: Actor) -> Case | None:
    """A person has looked; None if nobody waits under this id."""
    row = await tx.fetchrow(_CLOSE, case_id, moment, reason, actor.kind.value, actor.id)
    return Case(*row) if row else None
