"""Sums what was sold, and reads the queue of sales that somebody should look at."""

from collections.abc import Sequence
from datetime import UTC, datetime

from kit.audit import Check
from kit.postgres import Tx
from services.order.sales.domain import Review, Sum

# A year of a chain is more than a call may take elsewhere.
_PATIENCE = "SET LOCAL statement_timeout = '20s'"
_SECONDS = 20.0
_SUMS = """
orders.location_id, orders.channel_id, orders.channel_kind, count(*) AS baskets, coalesce(sum(line.lines), 0)::bigint
       AS lines, coalesce(sum(line.units), 0)::bigint AS units, coalesce(sum(line.quantity), 0)::bigint AS quantity,
       coalesce(sum(line.revenue), 0)::bigint AS revenue
"""
_LINES = """
LEFT JOIN LATERAL (
       SELECT count(*) AS lines, sum(quantity) AS quantity, sum(net_total) AS revenue,
              sum(CASE WHEN by_measure THEN (quantity > 0)::int ELSE quantity END) AS units
         FROM order_lines WHERE order_lines.order_id = orders.order_id) AS line ON true
"""
_GROUPED = "GROUP BY orders.location_id, orders.channel_id, orders.channel_kind ORDER BY 1, 2, 3"
_SUM_ALL = f"""
SELECT {_SUMS} FROM orders {_LINES}
 WHERE business_time >= $1 AND business_time < $2 AND state = 'CONFIRMED' {_GROUPED}
"""
_SUM_PLACES = f"""
SELECT {_SUMS} FROM unnest($3::text[]) AS place (location_id)
  JOIN orders ON orders.location_id = place.location_id AND orders.location_id <> '' {_LINES}
 WHERE business_time >= $1 AND business_time < $2 AND state = 'CONFIRMED' {_GROUPED}
"""
_OPEN = "is_unsettled(flag, subject)"
_BEFORE = "(record_time, order_id, flag, subject) < ($1, $2, $3, $4)"
_NEWEST = "ORDER BY record_time DESC, order_id DESC, flag DESC, subject DESC LIMIT $5"
_REVIEWS = f"""
SELECT record_time, order_id, flag, subject, location_id FROM sale_reviews WHERE {_BEFORE} AND {_OPEN} {_NEWEST}
"""
_REVIEWS_OF = f"""
SELECT record_time, order_id, flag, subject, location_id FROM sale_reviews
 WHERE location_id = $6 AND {_BEFORE} AND {_OPEN} {_NEWEST}
"""

CHECKS = (
    Check(
        "sales.totals_equal_lines",
        "SELECT count(*) FROM orders WHERE channel_kind = 'STORE'",
        """
        SELECT 'order=' || orders.order_id AS subject,
               format('%s, %s, %s, %s', list_total, discount_total, tax_total, grand_total) AS expected,
               format('%s, %s, %s, %s', line.listed, line.listed - line.net, line.tax,
                      line.net + CASE WHEN tax_included THEN 0 ELSE line.tax END) AS found, '' AS repair
          FROM orders JOIN LATERAL (
               SELECT coalesce(sum(list_total), 0) AS listed, coalesce(sum(net_total), 0) AS net,
                      coalesce(sum(tax_total), 0) AS tax
                 FROM order_lines WHERE order_lines.order_id = orders.order_id) AS line ON true
         WHERE channel_kind = 'STORE'
           AND (list_total, discount_total, tax_total, grand_total) IS DISTINCT FROM
               (line.listed, line.listed - line.net, line.tax,
                line.net + CASE WHEN tax_included THEN 0 ELSE line.tax END) LIMIT 100
        """,
    ),
    Check(
        "sales.every_fact_is_an_order",
        "SELECT coalesce(sum(durable_ack), 0)::bigint FROM lane_heads WHERE lane = 'SALES'",
        """
        SELECT 'terminal=' || source AS subject, durable_ack AS expected, stored.sales + aside.sales AS found,
               'compare lane_facts with orders of the terminal' AS repair
          FROM lane_heads
          LEFT JOIN (SELECT terminal_id, count(*) AS sales FROM orders WHERE channel_kind = 'STORE' GROUP BY 1) AS own
                 ON own.terminal_id = source
          LEFT JOIN (SELECT terminal_id, count(*) AS sales FROM sale_duplicates GROUP BY 1) AS twice
                 ON twice.terminal_id = source
         CROSS JOIN LATERAL (SELECT coalesce(own.sales, 0) AS sales) AS stored
         CROSS JOIN LATERAL (SELECT coalesce(twice.sales, 0) AS sales) AS aside
         WHERE lane = 'SALES' AND durable_ack <> stored.sales + aside.sales LIMIT 100
        """,
    ),
    Check(
        "sales.flagged_sales_are_reviewed",
        "SELECT count(*) FROM orders WHERE channel_kind = 'STORE' AND review_flags <> '{}'",
        """
        SELECT 'order=' || order_id AS subject, flag AS expected, 'no review' AS found, '' AS repair
          FROM orders CROSS JOIN unnest(review_flags) AS flag
         WHERE channel_kind = 'STORE' AND review_flags <> '{}'
           AND NOT EXISTS (SELECT FROM sale_reviews AS review
                            WHERE review.order_id = orders.order_id AND review.flag = flag.flag) LIMIT 100
        """,
    ),
)

Cursor = tuple[datetime, str, str, str]
# before every review: where a list begins
FIRST: Cursor = (datetime(9999, 12, 31, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff", "~", "~")


async def sums(tx: Tx, start: datetime, end: datetime, location_ids: Sequence[str]) -> list[Sum]:
    """What each place and channel sold in a time; all of them where none is named."""
    await tx.execute(_PATIENCE)
    if location_ids:
        distinct = sorted(set(location_ids))
        rows = await tx.fetch(_SUM_PLACES, start, end, distinct, timeout=_SECONDS)
    else:
        rows = await tx.fetch(_SUM_ALL, start, end, timeout=_SECONDS)
    return [Sum(*row) for row in rows]


async def reviews(tx: Tx, location_id: str, after: Cursor, size: int) -> list[Review]:
    """The next reviews, newest first; of one location where one is named."""
    if location_id:
        rows = await tx.fetch(_REVIEWS_OF, *after, size, location_id)
    else:
        rows = await tx.fetch(_REVIEWS, *after, size)
    return [Review(*row) for row in rows]
