"""All that is promised of a SKU from pools: read behind the locks of all its levels, and moved there."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.inventory.stock import store_levels
from services.inventory.stock.domain import NOWHERE, Level, Place
from services.inventory.stock.domain_boards import Key, Open

# Whoever no group of the channel's own leaves out. Warehouses come first.
_POOLS = """
SELECT c.channel_id, coalesce(array_agg(l.location_id ORDER BY l.kind <> 'WAREHOUSE', l.location_id)
           FILTER (WHERE l.location_id IS NOT NULL), '{}') AS location_ids
  FROM channels c
  LEFT JOIN locations l ON l.active AND l.ships AND l.kind <> 'VIRTUAL'
   AND (NOT l.franchise OR l.web_orders_opt_in OR c.kind <> 'ONLINE')
   AND (l.groups && ARRAY(SELECT g.group_id FROM location_groups g
                           WHERE g.channel_id = c.channel_id AND g.kind = 'CHANNEL')
        OR NOT EXISTS (SELECT FROM location_groups g WHERE g.channel_id = c.channel_id AND g.kind = 'CHANNEL'))
 WHERE c.channel_id = ANY($1::text[]) GROUP BY c.channel_id
"""
_FREE = "SELECT sku, location_id, available FROM stock_levels WHERE sku = ANY($1::text[]) AND available > 0"
_CHANNELS = "SELECT channel_id FROM channels WHERE channel_id = ANY($1::text[])"
_AVAILABLE = "SELECT sku, location_id, available FROM stock_levels WHERE sku = ANY($1::text[])"
_PLACES = "SELECT sku, location_id FROM stock_levels WHERE sku = ANY($1::text[])"
_PARTS = """
SELECT 'HOLD' AS kind, l.hold_id AS id, l.line_no, l.sku, l.location_id, l.quantity, l.pool_id, l.kit_sku,
       l.expire_time, '{}'::text[] AS excluded, h.create_time AS promise_time, h.order_id
  FROM hold_lines l JOIN holds h ON h.hold_id = l.hold_id
 WHERE l.sku = ANY($1::text[]) AND l.active AND l.pool_id <> '' AND (l.expire_time IS NULL OR l.expire_time > $2)
UNION ALL
SELECT 'ORDER', a.order_id, a.line_no, a.sku, a.location_id, a.movable, a.pool_id, a.kit_sku, NULL, a.excluded,
       coalesce(h.create_time, a.record_time), a.order_id
  FROM allocations a LEFT JOIN holds h ON h.hold_id = a.order_id
 WHERE a.sku = ANY($1::text[]) AND a.movable > 0
"""
_OPEN = """
SELECT s.sku FROM unnest($1::text[]) AS s (sku)
 WHERE EXISTS (SELECT FROM hold_lines l WHERE l.sku = s.sku AND l.active AND l.pool_id <> '')
    OR EXISTS (SELECT FROM allocations a WHERE a.sku = s.sku AND a.movable > 0)
"""
_BROKEN = f"""
SELECT s.sku FROM unnest($1::text[]) AS s (sku)
 WHERE EXISTS (SELECT FROM hold_lines l WHERE l.sku = s.sku AND l.active AND l.pool_id <> ''
                  AND l.location_id = '{NOWHERE}')
    OR EXISTS (SELECT FROM allocations a WHERE a.sku = s.sku AND a.movable > 0 AND a.location_id = '{NOWHERE}')
"""
# A subject is "SKU", or "SKU whose".
_ASKED = """
SELECT DISTINCT split_part(subject, ' ', 1) AS sku FROM stock_tasks
 WHERE split_part(subject, ' ', 1) = ANY($1::text[]) AND kind = 'PROMISE_BROKEN' AND state <> 'RESOLVED'
"""
_VERSIONS = """
WITH known AS (SELECT hold_id FROM holds WHERE hold_id = ANY($1::text[]) ORDER BY hold_id FOR UPDATE)
UPDATE holds AS h SET version = h.version + 1 FROM known WHERE h.hold_id = known.hold_id RETURNING h.hold_id, h.version
"""
_LEAVE_HOLD = """
DELETE FROM hold_lines AS l USING unnest($1::text[], $2::int[], $3::text[], $4::text[])
       AS m (hold_id, line_no, sku, location_id)
 WHERE l.hold_id = m.hold_id AND l.line_no = m.line_no AND l.sku = m.sku AND l.location_id = m.location_id
"""
_STAND_HOLD = """
INSERT INTO hold_lines (hold_id, line_no, sku, location_id, quantity, pool_id, kit_sku, expire_time)
SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
                     $8::timestamptz[])
ON CONFLICT (hold_id, line_no, sku, location_id) DO UPDATE SET quantity = excluded.quantity
"""
# What was handed over here stays in the books of the line; only what is open leaves.
_MOVE_ORDER = """
INSERT INTO allocations (order_id, line_no, sku, location_id, quantity, pool_id, kit_sku, excluded)
SELECT m.order_id, m.line_no, m.sku, m.location_id, m.quantity, m.pool_id, m.kit_sku,
       coalesce(string_to_array(m.excluded, E'\\x01'), '{}')
  FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[])
       AS m (order_id, line_no, sku, location_id, quantity, pool_id, kit_sku, excluded)
ON CONFLICT (order_id, line_no, sku, location_id)
    DO UPDATE SET quantity = coalesce(allocations.quantity, 0) + excluded.quantity,
        excluded = ARRAY(SELECT DISTINCT unnest(allocations.excluded || excluded.excluded) ORDER BY 1)
"""


async def pools(tx: Tx, channel_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The locations that may serve each of these channels; a channel that is none has no entry."""
    rows = await tx.fetch(_POOLS, channel_ids)
    return {row["channel_id"]: tuple(row["location_ids"]) for row in rows}


async def channels(tx: Tx, channel_ids: Iterable[str]) -> frozenset[str]:
    """Those that exist."""
    return frozenset(row["channel_id"] for row in await tx.fetch(_CHANNELS, sorted(set(channel_ids))))


async def candidates(tx: Tx, skus: Iterable[str]) -> dict[str, dict[str, int]]:
    """What can be had of these SKUs at this moment, by location, locked by nobody."""
    found: dict[str, dict[str, int]] = {}
    for row in await tx.fetch(_FREE, sorted(set(skus))):
        found.setdefault(row["sku"], {})[row["location_id"]] = row["available"]
    return found


async def available(tx: Tx, skus: Iterable[str]) -> dict[Place, int]:
    """What every level of these SKUs has left, locked by nobody."""
    rows = await tx.fetch(_AVAILABLE, sorted(set(skus)))
    return {(row["sku"], row["location_id"]): row["available"] for row in rows}


async def lock(tx: Tx, skus: Iterable[str], others: Iterable[Place] = ()) -> dict[Place, Level]:
    """Every level of these SKUs and of these places, those made that are missing; where they are from here on."""
    rows = await tx.fetch(_PLACES, sorted(set(skus)))
    known = {(row["sku"], row["location_id"]) for row in rows}
    return await store_levels.lock(tx, known.union(others), make=True)


async def parts(tx: Tx, skus: Iterable[str], now: datetime) -> list[Open]:
    """All that is promised from pools and not bound to a location, but for carts whose time has passed."""
    rows = await tx.fetch(_PARTS, sorted(set(skus)), now)
    return [Open(**dict(row) | {"excluded": tuple(row["excluded"])}) for row in rows]


async def with_open(tx: Tx, skus: Iterable[str]) -> set[str]:
    """Those of these SKUs of which something could be moved."""
    wanted = sorted(set(skus))
    return {row["sku"] for row in await tx.fetch(_OPEN, wanted)} if wanted else set()


async def with_broken(tx: Tx, skus: Iterable[str]) -> set[str]:
    """Those of these SKUs of which a promise stands nowhere."""
    wanted = sorted(set(skus))
    return {row["sku"] for row in await tx.fetch(_BROKEN, wanted)} if wanted else set()


async def with_tasks(tx: Tx, skus: Iterable[str]) -> set[str]:
    """Those of these SKUs about whose promises somebody was asked to look."""
    wanted = sorted(set(skus))
    return {row["sku"] for row in await tx.fetch(_ASKED, wanted)} if wanted else set()


async def move(tx: Tx, before: Mapping[Key, Open], after: Mapping[Key, Open]) -> None:
    """Writes where promises stand now; their levels are locked and changed by the caller."""
    holds = [one for key, one in after.items() if one.kind == "HOLD" and before.get(key) != one]
    left = [one for key, one in before.items() if one.kind == "HOLD" and key not in after]
    if left:
        await tx.execute(_LEAVE_HOLD, *_columns([(o.id, o.line_no, o.sku, o.location_id) for o in left]))
    if holds:
        rows = [(o.id, o.line_no, o.sku, o.location_id, o.quantity, o.pool_id, o.kit_sku, o.expire_time) for o in holds]
        await tx.execute(_STAND_HOLD, *_columns(rows))
    orders = [
        (o.id, o.line_no, o.sku, o.location_id, units, o.pool_id, o.kit_sku, "\x01".join(o.excluded) or None)
        for key in before.keys() | after.keys()
        if (o := after.get(key) or before[key]).kind == "ORDER"
        and (units := (after[key].quantity if key in after else 0) - (before[key].quantity if key in before else 0))
    ]
    if orders:
        await tx.execute(_MOVE_ORDER, *_columns(sorted(orders)))


async def versions(tx: Tx, hold_ids: Iterable[str]) -> dict[str, int]:
    """Counts one more change of these holds, or of what became of them."""
    wanted = sorted(set(hold_ids))
    return {row["hold_id"]: row["version"] for row in await tx.fetch(_VERSIONS, wanted)} if wanted else {}


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
