"""Keeps what of store sales leaves later, or from elsewhere."""

from collections.abc import Sequence

from kit.postgres import Tx

# by order; and by order and line, where the goods come from
_PUT = """
WITH heads AS (
    UPDATE orders SET contact_id = head.contact_id, masked_name = head.masked_name, delivery = head.delivery::jsonb
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS head (order_id, contact_id, masked_name, delivery)
     WHERE orders.order_id = head.order_id
), places AS (
    INSERT INTO order_places (location_id, business_time, order_id)
    SELECT DISTINCT line.location_id, orders.business_time, orders.order_id
      FROM unnest($5::uuid[], $7::text[]) AS line (order_id, location_id) JOIN orders USING (order_id)
     WHERE line.location_id NOT IN ('', orders.location_id)
    ON CONFLICT DO NOTHING
)
UPDATE order_lines SET fulfilment_location_id = line.location_id
  FROM unnest($5::uuid[], $6::int[], $7::text[]) AS line (order_id, line_no, location_id)
 WHERE order_lines.order_id = line.order_id AND order_lines.line_no = line.line_no
"""

# order, contact, masked name, delivery; and order, line, place
Head = tuple[str, str, str, str | None]
Place = tuple[str, int, str]


async def put(tx: Tx, heads: Sequence[Head], places: Sequence[Place]) -> None:
    """Writes them beside the sales, which this transaction has just stored."""
    await tx.execute(_PUT, *map(list, zip(*heads, strict=True)), *map(list, zip(*places, strict=True)))
