"""The SQL statement by which orders of guests come to tell of nobody."""

from datetime import datetime

from kit.postgres import Tx

# As a member's orders are left by his erasure: what was bought is a book and stays; and never while something is open.
_FORGET = """
WITH due AS (
    SELECT o.order_id FROM orders AS o
     WHERE o.actor_kind = 'guest' AND o.member_id IS NULL AND o.contact_id <> '' AND o.business_time < $1
       AND o.state NOT IN ('PENDING', 'PENDING_PAYMENT')
       AND NOT EXISTS (
            SELECT FROM fulfilments AS f WHERE f.order_id = o.order_id
               AND f.state NOT IN ('HANDED_OVER', 'CANCELLED', 'REJECTED', 'DELIVERED', 'UNDELIVERED'))
       AND NOT EXISTS (
            SELECT FROM order_sourcing AS s WHERE s.order_id = o.order_id
               AND o.state = 'CONFIRMED' AND s.state IN ('UNPLACED', 'PICKUP_REJECTED'))
       AND NOT EXISTS (
            SELECT FROM invoice_uploads AS u WHERE u.order_id = o.order_id
               AND u.state = 'PENDING' AND u.verb = 'ISSUE')
     ORDER BY o.business_time LIMIT $2 FOR UPDATE OF o SKIP LOCKED
), tasks AS (
    UPDATE fulfilments AS f
       SET masked_name = '', contact_id = '',
           reason = CASE WHEN f.reason ~ '^[A-Z0-9_]*$' THEN f.reason ELSE 'ERASED' END
      FROM due WHERE f.order_id = due.order_id
), proxies AS (
    UPDATE pickup_proxies AS p SET masked_name = ''
      FROM due JOIN fulfilments AS f USING (order_id)
     WHERE p.fulfilment_id = f.fulfilment_id AND p.masked_name <> ''
), choices AS (
    UPDATE pickup_choices AS c SET contact_id = '' FROM due WHERE c.order_id = due.order_id AND c.contact_id <> ''
), bills AS (
    UPDATE invoice_orders AS b SET sealed = NULL, carrier_hash = NULL, masked_carrier = '', masked_tax_id = ''
      FROM due WHERE b.order_id = due.order_id
)
UPDATE orders AS o
   SET masked_name = '', contact_id = '',
       reason = CASE WHEN o.reason ~ '^[A-Z0-9_]*$' THEN o.reason ELSE 'ERASED' END
  FROM due WHERE o.order_id = due.order_id
RETURNING o.order_id
"""


async def forget(tx: Tx, before: datetime, most: int) -> int:
    """Leaves some orders made before then that tell of nobody; how many."""
    return len(await tx.fetch(_FORGET, before, most))
