"""What a plan is made of: goods, places, stock, and the weeks of the journal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.inventory.planner.pooling import Item
from services.inventory.planner.weeks import Row

_ITEMS = """
SELECT v.sku, v.product_id, p.categories, v.options, v.scale, v.unit_cost, v.tax_class,
       (SELECT jsonb_object_agg(price_list_id, amount) FROM prices WHERE prices.sku = v.sku) AS prices
  FROM variants v JOIN products p ON p.product_id = v.product_id
 WHERE v.sku > $1 AND v.active AND p.active AND NOT p.placeholder AND v.components = '[]'
 ORDER BY v.sku LIMIT $2
"""
_PLACES = """
SELECT location_id, kind, franchise, sellable, listed_only FROM locations
 WHERE location_id > '' AND active AND kind NOT IN ('VIRTUAL', 'DROP_POINT') AND NOT placeholder ORDER BY location_id
"""
# what a drop point took back is put aside when it arrives: nobody can count on it
_LEVELS = """
WITH aside AS (
    SELECT line.sku, t.to_location_id, sum(line.in_transit)::bigint AS units
      FROM transfer_lines AS line JOIN transfers AS t USING (transfer_id)
      JOIN locations AS source ON source.location_id = t.from_location_id AND source.kind = 'DROP_POINT'
     WHERE line.sku = ANY($1::text[]) AND line.in_transit > 0 GROUP BY line.sku, t.to_location_id
)
SELECT l.sku, l.location_id, l.on_hand, l.available, l.in_transit_in - coalesce(aside.units, 0) AS incoming, l.opened
  FROM stock_levels AS l LEFT JOIN aside ON aside.sku = l.sku AND aside.to_location_id = l.location_id
 WHERE l.sku = ANY($1::text[])
"""
# week 0 is the latest whole one; -1 is what happened since
_WEEKS = """
SELECT sku, location_id, greatest(-1, floor(extract(epoch FROM $2 - business_time) / 604800))::int AS week,
       coalesce(-sum(quantity) FILTER (WHERE kind = ANY($4::text[])), 0)::bigint AS sold,
       sum(quantity)::bigint AS change
  FROM movements WHERE sku = ANY($1::text[]) AND business_time >= $3 GROUP BY sku, location_id, week
"""
_TO_LEAVE = """
SELECT l.sku, t.from_location_id, t.to_location_id, t.state = 'APPROVED' AS held, sum(l.quantity)::bigint AS quantity
  FROM transfers t JOIN transfer_lines l ON l.transfer_id = t.transfer_id
 WHERE t.state IN ('DRAFT', 'APPROVED') GROUP BY l.sku, t.from_location_id, t.to_location_id, held
"""
_ENTRIES = """
SELECT sku, scope_id,
       withheld OR coalesce(published_time > $2, false) OR coalesce(unpublished_time <= $2, false) AS shut
  FROM assortment_entries WHERE sku = ANY($1::text[]) AND scope = 'LOCATION'
"""


@dataclass(frozen=True, slots=True)
class Article:
    """A good with what its margin is made of."""

    item: Item
    scale: int
    unit_cost: int
    tax_class: str
    prices: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A place that is open."""

    location_id: str
    kind: str
    franchise: bool
    sellable: bool
    listed_only: bool


@dataclass(frozen=True, slots=True)
class Level:
    """What is there: all of it, what is promised to nobody, what is on its way; whether the books were ever opened."""

    on_hand: int
    available: int
    incoming: int
    opened: bool


async def articles(tx: Tx, after: str, size: int) -> list[Article]:
    """Goods that have stock of their own, in SKU order."""
    return [_article(row) for row in await tx.fetch(_ITEMS, after, size)]


async def places(tx: Tx) -> list[Place]:
    """Every place that is open, in code order."""
    return [Place(**row) for row in await tx.fetch(_PLACES)]


async def levels(tx: Tx, skus: Sequence[str]) -> dict[tuple[str, str], Level]:
    """How these goods stand, by SKU and place."""
    return {
        (row["sku"], row["location_id"]): Level(row["on_hand"], row["available"], row["incoming"], row["opened"])
        for row in await tx.fetch(_LEVELS, skus)
    }


async def to_leave(tx: Tx) -> dict[tuple[str, str], tuple[int, int]]:
    """What transfers will take and bring, by SKU and place: (taken of what is free, on its way there)."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for row in await tx.fetch(_TO_LEAVE):
        source, target = (row["sku"], row["from_location_id"]), (row["sku"], row["to_location_id"])
        taken, brought = found.get(source, (0, 0))
        # an approved transfer's goods are held, and so no longer free
        found[source] = taken + (0 if row["held"] else row["quantity"]), brought
        taken, brought = found.get(target, (0, 0))
        found[target] = taken, brought + row["quantity"]
    return found


async def weeks(tx: Tx, skus: Sequence[str], end: datetime, since: datetime, sold: Sequence[str]) -> list[Row]:
    """What moved in each week before `end`, and after it."""
    rows = await tx.fetch(_WEEKS, skus, end, since, list(sold))
    return [(row["sku"], row["location_id"], row["week"], row["sold"], row["change"]) for row in rows]


async def shut(tx: Tx, skus: Sequence[str], at: datetime) -> dict[tuple[str, str], bool]:
    """What assortments say of goods at places: True is not sold there."""
    return {(row["sku"], row["scope_id"]): row["shut"] for row in await tx.fetch(_ENTRIES, skus, at)}


def _article(row: Any) -> Article:
    options = json.loads(row["options"])
    size = options.pop("size", "")
    variety = " / ".join(str(options[name]) for name in sorted(options))
    item = Item(row["sku"], row["product_id"], tuple(row["categories"]), size, variety)
    return Article(item, row["scale"], row["unit_cost"], row["tax_class"], json.loads(row["prices"] or "{}"))
