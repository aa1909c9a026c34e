"""Every SQL statement that finds orders for service staff and hands them out as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.order.search.domain import Search

Cursor = tuple[datetime, str]

# Not EXISTS, which may be planned as a table of all lines: one order after the other, until the page is full.
# $1, $2 the cursor, $3 the page, $4 the state, $5 the kind of channel, $6 the SKU, $7 and $8 the time, $9 places of the
# caller (null: all)
_FITS = """
   AND ($4::text IS NULL OR orders.state = $4) AND ($5::text IS NULL OR orders.channel_kind = $5)
   AND ($6::text = '' OR (
        SELECT true FROM order_lines AS line WHERE line.order_id = orders.order_id AND line.sku = $6 LIMIT 1))
   AND ($9::text[] IS NULL OR orders.location_id = ANY($9) OR (
        SELECT true FROM order_places AS place
         WHERE place.location_id = ANY($9) AND place.business_time = orders.business_time
           AND place.order_id = orders.order_id LIMIT 1))
"""
_BEFORE = """(orders.business_time, orders.order_id) < ($1, $2)
   AND orders.business_time >= $7 AND orders.business_time < $8"""
_NEWEST = "ORDER BY orders.business_time DESC, orders.order_id DESC LIMIT $3"
_BY_NUMBER = f"""
SELECT orders.business_time, orders.order_id FROM orders
 WHERE orders.order_id IN (
       SELECT order_id FROM order_numbers WHERE order_no = $10
        UNION ALL
       SELECT order_id FROM orders WHERE order_no = $10 AND channel_kind = 'STORE')
   AND ($11::uuid[] IS NULL OR resolve_member(orders.member_id) = ANY($11))
   AND {_BEFORE} {_FITS} {_NEWEST}
"""
_BY_MEMBER = f"""
SELECT own.business_time, own.order_id
  FROM (SELECT DISTINCT id FROM unnest($10::uuid[]) AS asked CROSS JOIN LATERAL ids_of_member(asked) AS id) AS ids
 CROSS JOIN LATERAL (
       SELECT orders.business_time, orders.order_id FROM orders
        WHERE orders.member_id = ids.id AND {_BEFORE} {_FITS} {_NEWEST}) AS own
 ORDER BY own.business_time DESC, own.order_id DESC LIMIT $3
"""
_BY_PLACE = f"""
(SELECT orders.business_time, orders.order_id FROM orders
  WHERE orders.location_id = $10 AND {_BEFORE} {_FITS} {_NEWEST})
 UNION
(SELECT orders.business_time, orders.order_id
   FROM order_places AS at JOIN orders ON orders.order_id = at.order_id
  WHERE at.location_id = $10 AND (at.business_time, at.order_id) < ($1, $2)
    AND at.business_time >= $7 AND at.business_time < $8 AND {_BEFORE} {_FITS}
  ORDER BY at.business_time DESC, at.order_id DESC LIMIT $3)
 ORDER BY business_time DESC, order_id DESC LIMIT $3
"""
_BY_TIME = f"SELECT orders.business_time, orders.order_id FROM orders WHERE {_BEFORE} {_FITS} {_NEWEST}"

_SLICE = """
SELECT business_time, order_id FROM orders
 WHERE (business_time, order_id) > ($1, $2) AND business_time >= $3 AND business_time < $4
 ORDER BY business_time, order_id LIMIT $5
"""
_ROWS = """
SELECT order_id, order_no, state, channel_kind, channel_id, location_id, terminal_id,
       resolve_member(member_id)::text AS member_id, business_time, record_time, update_time, currency, tax_included,
       list_total, discount_total, tax_total, points_value, grand_total, points_spent, rules_version, version,
       cashier_staff_code, offline,
       coalesce((SELECT total FROM order_freight AS fee WHERE fee.order_id = orders.order_id), 0) AS shipping_total
  FROM orders WHERE order_id = ANY($1::uuid[]) ORDER BY business_time, order_id
"""
_LINES = """
SELECT line.order_id, line_no, sku, quantity AS line_quantity, by_measure, discounts::text AS discounts,
       units::text AS units, method, fulfilment_location_id, seller_staff_code, state, channel_id, location_id,
       resolve_member(member_id)::text AS member_id, business_time, currency
  FROM orders JOIN order_lines AS line ON line.order_id = orders.order_id
 WHERE orders.order_id = ANY($1::uuid[]) ORDER BY business_time, line.order_id, line_no
"""


async def find(tx: Tx, search: Search, before: Cursor, size: int, places: Sequence[str] | None) -> list[Cursor]:
    """The next orders that fit, newest first, by their cursors; `places` cuts them to what the caller may see."""
    given = (
        *before, size, search.state, search.channel_kind, search.sku, search.start, search.end,
        list(places) if places is not None else None,
    )  # fmt: skip
    if search.order_no:
        members = list(search.member_ids) or None
        rows = await tx.fetch(_BY_NUMBER, *given, search.order_no, members)
    elif search.member_ids:
        rows = await tx.fetch(_BY_MEMBER, *given, list(search.member_ids))
    elif search.location_id:
        rows = await tx.fetch(_BY_PLACE, *given, search.location_id)
    else:
        rows = await tx.fetch(_BY_TIME, *given)
    return [(row[0], row[1]) for row in rows]


async def slice_of(tx: Tx, after: Cursor, start: datetime, end: datetime, size: int) -> list[Cursor]:
    """The next orders of a time, oldest first."""
    return [(row[0], row[1]) for row in await tx.fetch(_SLICE, *after, start, end, size)]


async def rows(tx: Tx, order_ids: Sequence[str]) -> list[dict[str, Any]]:
    """These orders as rows, oldest first."""
    return [dict(row) for row in await tx.fetch(_ROWS, list(order_ids))]


async def lines(tx: Tx, order_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Their lines, in the same order."""
    return [dict(row) for row in await tx.fetch(_LINES, list(order_ids))]
