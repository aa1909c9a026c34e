"""Every SQL statement about what guests have ordered and not paid."""

from collections.abc import Sequence

from kit.postgres import Tx

# whoever orders twice at once waits for himself
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('guest ' || guest_id, 0)) FROM unnest($1::text[]) AS guest_id"
_UNPAID = """
SELECT actor_id, count(*) FROM orders
 WHERE actor_kind = 'guest' AND member_id IS NULL AND actor_id = ANY($1::text[])
   AND state IN ('PENDING', 'PENDING_PAYMENT')
 GROUP BY actor_id
"""


async def lock(tx: Tx, guest_ids: Sequence[str]) -> None:
    """Until the end of the transaction nobody else begins orders of these guests."""
    await tx.execute(_LOCK, sorted(set(guest_ids)))


async def unpaid(tx: Tx, guest_ids: Sequence[str]) -> dict[str, int]:
    """How many orders of each of them wait to be paid; who has none is not named."""
    return {row[0]: row[1] for row in await tx.fetch(_UNPAID, sorted(set(guest_ids)))}
