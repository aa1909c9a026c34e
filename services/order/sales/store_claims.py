"""Every SQL statement by which a past sale becomes a member's."""

from collections.abc import Sequence
from datetime import datetime

from kit.access import Actor
from kit.postgres import Tx
from services.order.sales.domain_claims import Asked, Proof, Sold, Span

# A sale that was taken back whole, or undone, is nobody's to claim. The number of a receipt, the id in its code, the
# number of its invoice, or the carrier that the invoice is on; day and total are the sale's, or what an invoice says
# of it: that is without vouchers, and may have been drawn later. Those that nobody has come first.
_FIND = """
WITH named AS (
    SELECT order_id FROM orders WHERE order_no = nullif($1, '') AND channel_kind = 'STORE'
     UNION SELECT $2::uuid
     UNION SELECT order_id FROM invoices WHERE period = ANY($8::int[]) AND number = nullif($7, '')
     UNION SELECT order_id FROM invoice_orders WHERE carrier_hash = $9 AND business_time >= $10 AND business_time < $4
)
SELECT order_id, resolve_member(member_id) AS member_id, location_id, business_time, grand_total, currency
  FROM orders JOIN named USING (order_id)
 CROSS JOIN LATERAL (
       SELECT coalesce(bool_or(issue_time >= $3 AND issue_time < $4), false) AS dated,
              coalesce(bool_or(total = $5), false) AS said
         FROM invoices WHERE invoices.order_id = orders.order_id) AS paper
 WHERE channel_kind = 'STORE' AND state = 'CONFIRMED' AND business_time >= $10
   AND (business_time >= $3 AND business_time < $4 OR dated)
   AND ($5::bigint IS NULL OR grand_total = $5 OR said) AND ($6::text IS NULL OR location_id = $6)
 ORDER BY orders.member_id IS NOT NULL, order_id LIMIT 5 FOR UPDATE OF orders
"""
_CLAIM = """
WITH claimed AS (
    INSERT INTO sale_claims (order_id, member_id, proof, claim_time, actor_kind, actor_id, actor_terminal_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (order_id) DO NOTHING
)
UPDATE orders SET member_id = $2, version = version + 1, update_time = now() WHERE order_id = $1 AND member_id IS NULL
"""
_MISSES = "SELECT times FROM claim_misses WHERE member_id = $1"
_MISS = """
INSERT INTO claim_misses AS m (member_id, times) VALUES ($1, ARRAY[$2::timestamptz])
ON CONFLICT (member_id) DO UPDATE
   SET times = ARRAY(SELECT at FROM unnest(m.times) AS at WHERE at > $3 ORDER BY at DESC LIMIT 50) || $2::timestamptz
"""


async def find(tx: Tx, asked: Asked, span: Span) -> list[Sold]:
    """Sales that fit, locked."""
    said = asked.receipt
    given = (said.receipt_no, asked.order_id, span.since, span.until, said.grand_total, said.location_id)
    rows = await tx.fetch(_FIND, *given, asked.invoice_no, asked.periods, asked.carrier_hash, span.oldest)
    return [Sold(*row) for row in rows]


async def claim(tx: Tx, order_id: str, member_id: str, proof: Proof, now: datetime, actor: Actor) -> None:
    """The sale is the member's."""
    who = (actor.kind.value, actor.id, actor.terminal_id)
    await tx.execute(_CLAIM, order_id, member_id, proof.value, now, *who)


async def misses(tx: Tx, member_id: str) -> Sequence[datetime]:
    """When a member was wrong of late."""
    return await tx.fetchval(_MISSES, member_id) or ()


async def miss(tx: Tx, member_id: str, now: datetime, since: datetime) -> None:
    """He was wrong now."""
    await tx.execute(_MISS, member_id, now, since)
