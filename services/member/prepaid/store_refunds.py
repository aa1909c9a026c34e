"""Every SQL statement about refunds of packs that are owed in money."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx

_OWE = "INSERT INTO prepaid_refunds (pack_id, amount, due_time) VALUES ($1, $2, $3) ON CONFLICT (pack_id) DO NOTHING"
_DUE = """
SELECT r.pack_id, r.amount, r.due_time, p.buyer_id, p.order_id, p.location_id
  FROM prepaid_refunds AS r JOIN prepaid_packs AS p USING (pack_id)
 WHERE r.settle_time IS NULL AND (r.due_time, r.pack_id) > ($1, $2::uuid) ORDER BY r.due_time, r.pack_id LIMIT $3
"""
_SETTLE = """
UPDATE prepaid_refunds SET settle_time = $2, reference = $3, actor_kind = $4, actor_id = $5
 WHERE pack_id = $1 AND settle_time IS NULL RETURNING amount
"""
_UNOWED = """
SELECT format('pack=%s', p.pack_id) AS subject, p.refund::text AS expected, coalesce(r.amount, 0)::text AS found,
       '' AS repair
  FROM prepaid_packs AS p LEFT JOIN prepaid_refunds AS r USING (pack_id)
 WHERE p.end_time IS NOT NULL AND p.refund <> coalesce(r.amount, 0) AND (p.refund_to = 2) LIMIT 100
"""

CHECKS = (Check("prepaid.refunds_are_owed", "SELECT count(*) FROM prepaid_refunds", _UNOWED),)


async def owe(tx: Tx, pack_id: str, amount: int, now: datetime) -> None:
    """Money that somebody is to pay back."""
    await tx.execute(_OWE, pack_id, amount, now)


async def due(tx: Tx, after: tuple[datetime, str], limit: int) -> Sequence[Any]:
    """What is owed, oldest first, from behind `after`."""
    return list(await tx.fetch(_DUE, *after, limit))


async def settle(tx: Tx, pack_id: str, reference: str, actor: Actor, now: datetime) -> int | None:
    """Somebody paid it back; how much, None if nothing is owed."""
    amount: int | None = await tx.fetchval(_SETTLE, pack_id, now, reference, actor.kind.value, actor.id)
    return amount
