"""Shortfalls: found where goods left that the books did not have, settled as the books find them."""

from collections.abc import Mapping, Sequence
from typing import Any

from kit.postgres import Tx
from services.inventory.stock.domain import Demand, Place, Shortfall

# What is missing is laid to those who took last: of a place's demand, in order, the last `grown` base units.
_FIND = """
WITH demand AS (
    SELECT d.*, g.grown, sum(d.quantity) OVER (PARTITION BY d.sku, d.location_id
               ORDER BY d.business_time, d.source_id, d.line_no) AS upto,
           sum(d.quantity) OVER (PARTITION BY d.sku, d.location_id) AS total
      FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::int[], $6::timestamptz[])
           AS d (sku, location_id, quantity, source_id, line_no, business_time)
      JOIN unnest($7::text[], $8::text[], $9::bigint[]) AS g (sku, location_id, grown)
        ON g.sku = d.sku AND g.location_id = d.location_id
), share AS (
    SELECT *, least(quantity, upto - (total - grown)) AS missing FROM demand
)
INSERT INTO shortfalls (sku, location_id, quantity, source_id, line_no, business_time)
SELECT sku, location_id, missing, source_id, line_no, business_time FROM share WHERE missing > 0
RETURNING shortfall_id, sku, location_id, quantity, source_id, business_time
"""
_SETTLE = """
WITH due AS (
    SELECT s.sku, s.shortfall_id, s.quantity - s.settled AS missing, f.found,
           sum(s.quantity - s.settled) OVER (PARTITION BY s.sku, s.location_id ORDER BY s.shortfall_id) AS upto
      FROM unnest($1::text[], $2::text[], $3::bigint[]) AS f (sku, location_id, found)
      JOIN shortfalls s ON s.sku = f.sku AND s.location_id = f.location_id AND s.settled < s.quantity
)
UPDATE shortfalls AS s SET settled = s.settled + least(due.missing, due.found - (due.upto - due.missing))
  FROM due WHERE s.sku = due.sku AND s.shortfall_id = due.shortfall_id AND due.upto - due.missing < due.found
"""
_PAGE = """
SELECT shortfall_id, sku, location_id, quantity - settled AS quantity, source_id, business_time FROM shortfalls
 WHERE settled < quantity AND shortfall_id > $1 AND ($2 = '' OR location_id = $2)
 ORDER BY shortfall_id LIMIT $3
"""


async def find(tx: Tx, grown: Mapping[Place, int], demands: Sequence[Demand]) -> list[Shortfall]:
    """Writes down who took what the books did not have; what nobody took is nobody's."""
    if not demands or not grown:
        return []
    asked = [(d.sku, d.location_id, d.quantity, d.source_id, d.line_no, d.business_time) for d in demands]
    missing = [(sku, location_id, quantity) for (sku, location_id), quantity in grown.items()]
    rows = await tx.fetch(_FIND, *map(list, zip(*asked, strict=True)), *map(list, zip(*missing, strict=True)))
    return [_shortfall(row) for row in rows]


async def settle(tx: Tx, found: Mapping[Place, int]) -> None:
    """Settles the oldest shortfalls with what the books found."""
    if not found:
        return
    rows = [(sku, location_id, quantity) for (sku, location_id), quantity in found.items()]
    await tx.execute(_SETTLE, *map(list, zip(*rows, strict=True)))


async def page(tx: Tx, after: str, location_id: str, size: int) -> list[Shortfall]:
    """What is still missing, oldest first."""
    return [_shortfall(row) for row in await tx.fetch(_PAGE, after, location_id, size)]


def _shortfall(row: Any) -> Shortfall:
    return Shortfall(**dict(row))
