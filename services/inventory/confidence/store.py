"""What speaks against levels, and how sure they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.postgres import Tx
from services.inventory.confidence.domain import Evidence, Sure
from services.inventory.stock.domain import Place

_OF = """
SELECT sku, location_id, rejections, anomalies, counted_time FROM stock_confidence
 WHERE (sku, location_id) IN (SELECT * FROM unnest($1::text[], $2::text[])) ORDER BY sku, location_id FOR UPDATE
"""
_PUT = """
INSERT INTO stock_confidence AS c (sku, location_id, rejections, anomalies, counted_time, per_mille, update_time)
SELECT sku, location_id, rejections, anomalies, counted_time, per_mille, $7
  FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::timestamptz[], $6::int[])
       AS e (sku, location_id, rejections, anomalies, counted_time, per_mille) ORDER BY sku, location_id
ON CONFLICT (sku, location_id) DO UPDATE SET rejections = excluded.rejections, anomalies = excluded.anomalies,
    counted_time = excluded.counted_time, per_mille = excluded.per_mille, update_time = excluded.update_time
 WHERE (c.rejections, c.anomalies, c.per_mille) <> (excluded.rejections, excluded.anomalies, excluded.per_mille)
    OR c.counted_time IS DISTINCT FROM excluded.counted_time
"""
_SLICE = """
SELECT l.sku, l.location_id, l.on_hand, coalesce(c.rejections, 0) AS rejections,
       greatest(l.counted_time, c.counted_time) AS counted_time,
       ((SELECT count(*) FROM shortfalls s WHERE s.sku = l.sku AND s.location_id = l.location_id
            AND s.business_time > coalesce(greatest(l.counted_time, c.counted_time), '-infinity'))
        + (l.available < 0)::int)::int AS anomalies
  FROM stock_levels l LEFT JOIN stock_confidence c ON c.sku = l.sku AND c.location_id = l.location_id
 WHERE l.opened AND (l.sku, l.location_id) > ($1, $2) ORDER BY l.sku, l.location_id LIMIT $3
"""
_PAGE = """
SELECT sku, location_id, per_mille, rejections, anomalies, counted_time FROM stock_confidence
 WHERE (per_mille, sku, location_id) > ($1, $2, $3) ORDER BY per_mille, sku, location_id LIMIT $4
"""
_PAGE_HERE = """
SELECT sku, location_id, per_mille, rejections, anomalies, counted_time FROM stock_confidence
 WHERE location_id = $5 AND (per_mille, sku, location_id) > ($1, $2, $3)
 ORDER BY per_mille, sku, location_id LIMIT $4
"""


async def of(tx: Tx, places: Sequence[Place]) -> dict[Place, Evidence]:
    """What is known of these places, locked in key order."""
    rows = await tx.fetch(_OF, [sku for sku, _ in places], [location_id for _, location_id in places])
    return {
        (row["sku"], row["location_id"]): Evidence(row["rejections"], row["anomalies"], row["counted_time"])
        for row in rows
    }


async def put(tx: Tx, given: Mapping[Place, tuple[Evidence, int]], now: datetime) -> None:
    """Writes what is known of places, and how sure they are."""
    if given:
        rows = [
            (*place, one.rejections, one.anomalies, one.counted_time, sure)
            for place, (one, sure) in sorted(given.items())
        ]
        await tx.execute(_PUT, *map(list, zip(*rows, strict=True)), now)


async def some(tx: Tx, after: Place, size: int) -> list[tuple[Place, int, Evidence]]:
    """Places after this one in key order: what is on hand, and what speaks against it by now."""
    rows = await tx.fetch(_SLICE, *after, size)
    return [
        ((row["sku"], row["location_id"]), row["on_hand"],
         Evidence(row["rejections"], row["anomalies"], row["counted_time"]))
        for row in rows
    ]  # fmt: skip


async def page(tx: Tx, after: tuple[int, str, str], size: int, location_id: str) -> list[Sure]:
    """The least sure first; of all locations if none is named."""
    if location_id:
        rows = await tx.fetch(_PAGE_HERE, *after, size, location_id)
    else:
        rows = await tx.fetch(_PAGE, *after, size)
    return [
        Sure((row["sku"], row["location_id"]), row["per_mille"],
             Evidence(row["rejections"], row["anomalies"], row["counted_time"]))
        for row in rows
    ]  # fmt: skip
