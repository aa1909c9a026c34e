"""Every SQL statement by which a person's orders are handed out or forgotten."""

from collections.abc import Sequence
from typing import Any

from kit.postgres import Tx

# Not in the shopper's hands yet, or not ended: forgetting now would leave goods that nobody can be given.
_OPEN = """
SELECT order_id, grand_total FROM orders
 WHERE member_id = ANY($1::uuid[]) AND state IN ('PENDING', 'PENDING_PAYMENT')
 UNION
SELECT o.order_id, o.grand_total FROM orders AS o JOIN fulfilments AS f USING (order_id)
 WHERE o.member_id = ANY($1::uuid[]) AND f.state NOT IN ('HANDED_OVER', 'CANCELLED', 'REJECTED')
 UNION
SELECT o.order_id, o.grand_total FROM orders AS o JOIN order_sourcing AS s USING (order_id)
 WHERE o.member_id = ANY($1::uuid[]) AND o.state = 'CONFIRMED' AND s.state IN ('UNPLACED', 'PICKUP_REJECTED')
 ORDER BY order_id LIMIT 20
"""

_ORDERS = """
SELECT order_id, order_no, state, channel_kind, channel_id, location_id, business_time, currency, list_total,
       discount_total, tax_total, points_spent, points_value, grand_total, reason, masked_name
  FROM orders WHERE member_id = ANY($1::uuid[]) ORDER BY business_time, order_id
"""

_LINES = """
SELECT l.order_id, l.line_no, l.sku, l.name, l.quantity, l.net_total, l.tax_total, l.method, l.fulfilment_location_id,
       l.seller_staff_code
  FROM order_lines AS l JOIN orders AS o USING (order_id)
 WHERE o.member_id = ANY($1::uuid[]) ORDER BY l.order_id, l.line_no
"""

_TENDERS = """
SELECT t.order_id, t.entry, t.kind, t.provider, t.amount, t.business_time
  FROM order_tenders AS t JOIN orders AS o USING (order_id)
 WHERE o.member_id = ANY($1::uuid[]) ORDER BY t.order_id, t.tender_no, t.business_time
"""

_CARTS = """
SELECT cart_id, state, channel_id, location_id, contents, order_id, change_time
  FROM carts WHERE member_id = ANY($1::uuid[]) ORDER BY change_time, cart_id
"""

# what somebody wanted and did not buy is nothing that a book needs
_FORGET_CARTS = "DELETE FROM carts WHERE member_id = ANY($1::uuid[]) RETURNING 1"
_FORGET_CLAIMS = "DELETE FROM limit_claims WHERE member_id = ANY($1::uuid[]) RETURNING 1"

# What was bought is a book and stays; who collected it, and what somebody wrote when it was cancelled, goes. A word
# of a list is no free text.
_SCRUB_ORDERS = """
UPDATE orders
   SET masked_name = '', contact_id = '', reason = CASE WHEN reason ~ '^[A-Z0-9_]*$' THEN reason ELSE 'ERASED' END
 WHERE member_id = ANY($1::uuid[])
   AND (masked_name <> '' OR contact_id <> '' OR reason !~ '^[A-Z0-9_]*$') RETURNING 1
"""

_SCRUB_FULFILMENTS = """
UPDATE fulfilments AS f
   SET masked_name = '', contact_id = '', reason = CASE WHEN f.reason ~ '^[A-Z0-9_]*$' THEN f.reason ELSE 'ERASED' END
  FROM orders AS o
 WHERE o.member_id = ANY($1::uuid[]) AND f.order_id = o.order_id
   AND (f.masked_name <> '' OR f.contact_id <> '' OR f.reason !~ '^[A-Z0-9_]*$') RETURNING 1
"""


async def open_orders(tx: Tx, member_ids: Sequence[str]) -> list[tuple[str, int]]:
    """Orders (id, grand total) that have not ended; twenty at most."""
    return [(str(row["order_id"]), row["grand_total"]) for row in await tx.fetch(_OPEN, list(member_ids))]


async def everything(tx: Tx, member_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """All that is kept of a person, section by section."""
    ids = list(member_ids)
    return {
        "orders": [dict(row) for row in await tx.fetch(_ORDERS, ids)],
        "order_lines": [dict(row) for row in await tx.fetch(_LINES, ids)],
        "payments": [dict(row) for row in await tx.fetch(_TENDERS, ids)],
        "carts": [dict(row) for row in await tx.fetch(_CARTS, ids)],
    }


async def scrub(tx: Tx, member_ids: Sequence[str]) -> int:
    """Leaves orders that tell of nobody; how many rows were changed."""
    ids = list(member_ids)
    done = 0
    for statement in (_SCRUB_ORDERS, _SCRUB_FULFILMENTS, _FORGET_CARTS, _FORGET_CLAIMS):
        done += len(await tx.fetch(statement, ids))
    return done
