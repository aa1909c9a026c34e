"""Keeps inventory's last word on units that wait for goods."""

from collections.abc import Iterable, Sequence

from kit.postgres import Tx
from services.order.fulfilment.domain_waiting import Word

_PUT = """
INSERT INTO order_backorders AS b (order_id, line_no, sku, location_id, quantity, promise_time, version)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::bigint[])
ON CONFLICT (order_id, line_no, sku, location_id) DO UPDATE
   SET quantity = excluded.quantity, promise_time = excluded.promise_time, version = excluded.version,
       record_time = now()
 WHERE b.version < excluded.version
"""
_OF_ORDERS = """
SELECT order_id, line_no, sku, location_id, quantity, promise_time, version FROM order_backorders
 WHERE order_id = ANY($1::uuid[]) AND quantity > 0 ORDER BY order_id, line_no, sku, location_id
"""


async def put(tx: Tx, given: Iterable[Word]) -> None:
    """Keeps words, each key once and in key order; one that is older than what is kept changes nothing."""
    rows = [(*one.key, one.quantity, one.promise_time, one.version) for one in given]
    if rows:
        await tx.execute(_PUT, *map(list, zip(*rows, strict=True)))


async def of_orders(tx: Tx, order_ids: Sequence[str]) -> dict[str, list[Word]]:
    """What waits, by order."""
    found: dict[str, list[Word]] = {}
    for row in await tx.fetch(_OF_ORDERS, order_ids):
        found.setdefault(row["order_id"], []).append(Word(**dict(row)))
    return found
