"""Every SQL statement about guests' orders."""

from collections.abc import Sequence
from datetime import datetime

from kit.access import Actor
from kit.postgres import Tx

_OWNER = """
SELECT actor_id FROM orders
 WHERE order_id = $1 AND actor_kind = 'guest' AND member_id IS NULL AND business_time > $2
"""
# What is being placed or paid is claimed once that has ended: its saga does not know of a member.
_ENDED = """
SELECT order_id FROM orders
 WHERE actor_kind = 'guest' AND actor_id = $1 AND member_id IS NULL AND state IN ('CONFIRMED', 'CANCELLED')
 ORDER BY order_id
"""
_CLAIM = """
WITH given AS (
    UPDATE orders SET member_id = $2, version = version + 1, update_time = now()
     WHERE order_id = ANY($1::uuid[]) AND member_id IS NULL
    RETURNING order_id, state
), tasks AS (
    UPDATE fulfilments SET member_id = $2 FROM given
     WHERE fulfilments.order_id = given.order_id AND fulfilments.member_id IS NULL
), noted AS (
    INSERT INTO sale_claims (order_id, member_id, proof, claim_time, actor_kind, actor_id, actor_terminal_id)
    SELECT order_id, $2, 'GUEST', $3, $4, $5, $6 FROM given
    ON CONFLICT (order_id) DO NOTHING
)
SELECT order_id FROM given WHERE state = 'CONFIRMED' ORDER BY order_id
"""
_IS_OPEN = "SELECT EXISTS (SELECT FROM orders WHERE actor_kind = 'guest' AND actor_id = $1 AND member_id IS NULL)"
_MISSES = "SELECT times FROM guest_misses WHERE scope = $1"
_MISS = """
INSERT INTO guest_misses AS m (scope, times, last_time) VALUES ($1, ARRAY[$2::timestamptz], $2)
ON CONFLICT (scope) DO UPDATE
   SET times = ARRAY(SELECT at FROM unnest(m.times) AS at WHERE at > $3 ORDER BY at DESC LIMIT 50) || $2::timestamptz,
       last_time = $2
"""
_SWEEP = """
DELETE FROM guest_misses WHERE scope IN (
    SELECT scope FROM guest_misses WHERE last_time < $1 ORDER BY last_time LIMIT 20 FOR UPDATE SKIP LOCKED)
"""


async def owner(tx: Tx, order_id: str, since: datetime) -> str | None:
    """The guest whose order it is, if it was made since then and no member has it."""
    found: str | None = await tx.fetchval(_OWNER, order_id, since)
    return found


async def ended(tx: Tx, guest_id: str) -> list[str]:
    """A guest's orders that are placed, or came to nothing, and that no member has."""
    return [row["order_id"] for row in await tx.fetch(_ENDED, guest_id)]


async def claim(tx: Tx, order_ids: Sequence[str], member_id: str, now: datetime, actor: Actor) -> list[str]:
    """Makes orders of nobody a member's; gives those of which everybody is to hear."""
    who = (actor.kind.value, actor.id, actor.terminal_id)
    return [row["order_id"] for row in await tx.fetch(_CLAIM, order_ids, member_id, now, *who)]


async def is_open(tx: Tx, guest_id: str) -> bool:
    """Whether a guest has an order that is no member's yet."""
    return bool(await tx.fetchval(_IS_OPEN, guest_id))


async def misses(tx: Tx, scope: bytes) -> Sequence[datetime]:
    """When a network was wrong of late."""
    return await tx.fetchval(_MISSES, scope) or ()


async def miss(tx: Tx, scope: bytes, now: datetime, since: datetime) -> None:
    """It was wrong now; what nobody looks at any more goes."""
    await tx.execute(_MISS, scope, now, since)
    await tx.execute(_SWEEP, since)
