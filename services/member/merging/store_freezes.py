"""Frozen value in the database."""

from datetime import datetime

from kit.access import Actor
from kit.postgres import Tx
from services.member.merging.domain import Freeze

_FROZEN = "SELECT value_frozen_time FROM members WHERE member_id = resolve_member($1)"

# Frozen twice is frozen once.
_FREEZE = """
WITH frozen AS (
    UPDATE members SET value_frozen_time = $5, value_frozen_reason = $3
     WHERE member_id = $2 AND value_frozen_time IS NULL
    RETURNING member_id
)
INSERT INTO value_freezes (freeze_id, member_id, reason, other_id, business_time)
SELECT $1, member_id, $3, $4, $5 FROM frozen
    ON CONFLICT (member_id) WHERE release_time IS NULL DO NOTHING
RETURNING true
"""

_RELEASE = """
WITH thawed AS (
    UPDATE members SET value_frozen_time = NULL, value_frozen_reason = ''
     WHERE member_id = $1 AND value_frozen_time IS NOT NULL
    RETURNING member_id
)
UPDATE value_freezes AS f
   SET release_time = $2, release_reason = $3, release_actor_kind = $4, release_actor_id = $5
  FROM thawed WHERE f.member_id = thawed.member_id AND f.release_time IS NULL
RETURNING f.freeze_id, f.member_id, f.reason, f.other_id, f.business_time
"""

_QUEUE = """
SELECT freeze_id, member_id, reason, other_id, business_time FROM value_freezes
 WHERE release_time IS NULL ORDER BY business_time, freeze_id LIMIT 100
"""

_STANDING = """
SELECT freeze_id, member_id, reason, other_id, business_time FROM value_freezes
 WHERE member_id = $1 AND release_time IS NULL
"""


async def frozen(tx: Tx, member_id: str) -> datetime | None:
    """Since when nothing of what this id's member has can be spent."""
    since: datetime | None = await tx.fetchval(_FROZEN, member_id)
    return since


async def freeze(tx: Tx, one: Freeze) -> bool:
    """From now on nothing can be spent; False if that was so."""
    row = (one.freeze_id, one.member_id, one.reason, one.other_id, one.business_time)
    return bool(await tx.fetchval(_FREEZE, *row))


async def release(tx: Tx, member_id: str, moment: datetime, reason: str, actor: Actor) -> Freeze | None:
    """Everything can be spent again; None if nothing was frozen."""
    row = await tx.fetchrow(_RELEASE, member_id, moment, reason, actor.kind.value, actor.id)
    return Freeze(*row) if row else None


async def standing(tx: Tx, member_id: str) -> Freeze | None:
    """Why a member's value is frozen, if it is."""
    row = await tx.fetchrow(_STANDING, member_id)
    return Freeze(*row) if row else None


async def queue(tx: Tx) -> list[Freeze]:
    """Who waits for a person to look, longest first."""
    return [Freeze(*row) for row in await tx.fetch(_QUEUE)]
