"""What the books have of goods, one row a good with its locations as an array."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from kit.postgres import Tx
from services.inventory.availability.domain_atp import Shelf
from services.inventory.supply import store as supply

# Expired holds of carts count for nothing; what is promised and stands nowhere is at the place of that name. No index
# carries `available`: each hold would then have to write it too.
_READ = """
WITH expired AS MATERIALIZED (
    SELECT sku, location_id, sum(quantity)::bigint AS quantity FROM hold_lines
     WHERE sku = ANY($1::text[]) AND active AND expire_time <= $2 GROUP BY sku, location_id
), owed AS (
    SELECT sku, sum(quantity)::bigint AS quantity FROM (
        SELECT sku, open AS quantity FROM allocations
         WHERE sku = ANY($1::text[]) AND location_id = 'UNKNOWN' AND open > 0
        UNION ALL
        SELECT sku, quantity FROM hold_lines
         WHERE sku = ANY($1::text[]) AND location_id = 'UNKNOWN' AND active
           AND (expire_time IS NULL OR expire_time > $2)) AS nowhere GROUP BY sku
)
SELECT l.sku, array_agg(l.location_id) AS location_ids,
       array_agg(l.available + coalesce(e.quantity, 0)) AS available,
       coalesce((SELECT quantity FROM owed o WHERE o.sku = l.sku), 0) AS unassigned
  FROM stock_levels l LEFT JOIN expired e ON e.sku = l.sku AND e.location_id = l.location_id
 WHERE l.sku = ANY($1::text[]) GROUP BY l.sku
"""


async def read(tx: Tx, skus: Iterable[str], now: datetime) -> dict[str, Shelf]:
    """The shelves of goods that are in the books anywhere."""
    wanted = list(skus)
    incoming: dict[str, dict[str, Sequence[tuple[datetime, int]]]] = {}
    for (sku, place), given in (await supply.incoming(tx, wanted)).items():
        incoming.setdefault(sku, {})[place] = given
    return {
        sku: Shelf(dict(zip(location_ids, available, strict=True)), unassigned, incoming.get(sku, {}))
        for sku, location_ids, available, unassigned in await tx.fetch(_READ, wanted, now)
    }
