"""Every SQL statement by which a person's orders are handed out or forgotten."""

from collections.abc import Sequence
from typing import Any

from kit.postgres import Tx
from services.order.invoices.domain import Carrier, Kept

# Not in the shopper's hands yet, or not ended: forgetting now would leave goods that nobody can be given. Or its
# invoice is still to be handed in, with the buyer's carrier on it.
_OPEN = """
SELECT order_id, grand_total FROM orders
 WHERE member_id = ANY($1::uuid[]) AND state IN ('PENDING', 'PENDING_PAYMENT')
 UNION
SELECT o.order_id, o.grand_total FROM orders AS o JOIN fulfilments AS f USING (order_id)
 WHERE o.member_id = ANY($1::uuid[])
   AND f.state NOT IN ('HANDED_OVER', 'CANCELLED', 'REJECTED', 'DELIVERED', 'UNDELIVERED')
 UNION
SELECT o.order_id, o.grand_total FROM orders AS o JOIN order_sourcing AS s USING (order_id)
 WHERE o.member_id = ANY($1::uuid[]) AND o.state = 'CONFIRMED' AND s.state IN ('UNPLACED', 'PICKUP_REJECTED')
 UNION
SELECT o.order_id, o.grand_total FROM orders AS o JOIN invoice_uploads AS u USING (order_id)
 WHERE o.member_id = ANY($1::uuid[]) AND u.state = 'PENDING' AND u.verb = 'ISSUE'
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

_INVOICES = """
SELECT i.order_id, i.number, i.random_code, i.state, i.issue_time, i.total, i.sales, i.tax, i.carrier_kind,
       i.donation_code, b.masked_carrier, b.masked_tax_id
  FROM invoices AS i JOIN orders AS o USING (order_id) LEFT JOIN invoice_orders AS b USING (order_id)
 WHERE o.member_id = ANY($1::uuid[]) ORDER BY i.issue_time, i.number
"""

_BUYERS = """
SELECT b.order_id, b.carrier_kind, b.donation_code, b.business, b.print, b.masked_carrier, b.masked_tax_id, b.sealed,
       b.carrier_hash
  FROM invoice_orders AS b JOIN orders AS o USING (order_id)
 WHERE o.member_id = ANY($1::uuid[]) AND b.sealed IS NOT NULL ORDER BY b.order_id
"""

_TRYOUTS = """
SELECT tryout_id, location_id, state, lines, sale_id, reason, create_time
  FROM tryouts WHERE member_id = ANY($1::uuid[]) ORDER BY create_time, tryout_id
"""

# what was held for a reservation that nobody knows any more is freed by its timer
_FORGET_TRYOUTS = "DELETE FROM tryouts WHERE member_id = ANY($1::uuid[]) RETURNING 1"
_SCRUB_CHOICES = """
UPDATE pickup_choices AS c SET contact_id = '' FROM orders AS o
 WHERE o.member_id = ANY($1::uuid[]) AND c.order_id = o.order_id AND c.contact_id <> '' RETURNING 1
"""

# Whom he named to collect for him, when he said that he comes, and what he did not collect.
_PROXIES = """
SELECT p.proxy_id, o.order_no, p.masked_name, p.state, p.create_time
  FROM orders AS o JOIN fulfilments AS f USING (order_id) JOIN pickup_proxies AS p USING (fulfilment_id)
 WHERE o.member_id = ANY($1::uuid[]) ORDER BY p.create_time, p.proxy_id
"""
_APPOINTMENTS = """
SELECT a.appointment_id, o.order_no, a.location_id, a.staff_code, a.start_time, a.state
  FROM orders AS o JOIN fulfilments AS f USING (order_id) JOIN pickup_appointments AS a USING (fulfilment_id)
 WHERE o.member_id = ANY($1::uuid[]) ORDER BY a.start_time, a.appointment_id
"""
_NOSHOWS = """
SELECT n.fulfilment_id, n.location_id, n.number, n.fee, n.business_time, a.state AS appeal, a.reason AS appeal_reason
  FROM noshows AS n LEFT JOIN noshow_appeals AS a USING (fulfilment_id)
 WHERE n.member_id = ANY($1::uuid[]) ORDER BY n.business_time
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

# the invoice itself is a book that must be kept; what of its buyer only we could open is gone
_SCRUB_INVOICES = """
UPDATE invoice_orders AS b
   SET sealed = NULL, carrier_hash = NULL, masked_carrier = '', masked_tax_id = ''
  FROM orders AS o
 WHERE o.member_id = ANY($1::uuid[]) AND b.order_id = o.order_id
   AND (b.sealed IS NOT NULL OR b.masked_carrier <> '' OR b.masked_tax_id <> '') RETURNING 1
"""

# somebody else's name
_SCRUB_PROXIES = """
UPDATE pickup_proxies AS p SET masked_name = ''
  FROM orders AS o JOIN fulfilments AS f USING (order_id)
 WHERE o.member_id = ANY($1::uuid[]) AND p.fulfilment_id = f.fulfilment_id AND p.masked_name <> '' RETURNING 1
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
        "tryouts": [dict(row) for row in await tx.fetch(_TRYOUTS, ids)],
        "invoices": [dict(row) for row in await tx.fetch(_INVOICES, ids)],
        "pickup_proxies": [dict(row) for row in await tx.fetch(_PROXIES, ids)],
        "appointments": [dict(row) for row in await tx.fetch(_APPOINTMENTS, ids)],
        "no_shows": [dict(row) for row in await tx.fetch(_NOSHOWS, ids)],
    }


async def buyers(tx: Tx, member_ids: Sequence[str]) -> list[Kept]:
    """What is sealed of a person on his invoices."""
    rows = await tx.fetch(_BUYERS, list(member_ids))
    return [Kept(**dict(row) | {"carrier_kind": Carrier(row["carrier_kind"])}) for row in rows]


async def scrub(tx: Tx, member_ids: Sequence[str]) -> int:
    """Leaves orders that tell of nobody; how many rows were changed."""
    ids = list(member_ids)
    done = 0
    for statement in (
        _SCRUB_ORDERS,
        _SCRUB_FULFILMENTS,
        _SCRUB_INVOICES,
        _FORGET_CARTS,
        _FORGET_CLAIMS,
        _FORGET_TRYOUTS,
        _SCRUB_CHOICES,
        _SCRUB_PROXIES,
    ):
        done += len(await tx.fetch(statement, ids))
    return done
