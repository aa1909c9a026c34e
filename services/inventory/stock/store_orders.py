"""Allocations of orders, and the sales of stores in bulk."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.inventory.stock import store_levels
from services.inventory.stock.domain import Change, Hold, Level, Movement, Place, SaleRow, Shortfall, Who
from services.inventory.stock.domain_allocations import Allocation
from services.inventory.stock.store_levels import Applied

_ALLOCATIONS = """
SELECT order_id, line_no, sku, location_id, quantity, handed_over, cancelled, pool_id, kit_sku, routed, excluded,
       ended
  FROM allocations WHERE order_id = ANY($1::text[]) ORDER BY order_id, line_no, sku, location_id
"""
# Levels that news of these orders may touch: those that they name, and those where something stands for them.
_LOCK = f"""
WITH wanted AS (
    SELECT * FROM unnest($1::text[], $2::text[]) AS named (sku, location_id)
    UNION SELECT sku, location_id FROM hold_lines WHERE hold_id = ANY($3::text[])
    UNION SELECT sku, location_id FROM allocations WHERE order_id = ANY($3::text[])
)
SELECT {store_levels.COLUMNS} FROM stock_levels l
 WHERE (l.sku, l.location_id) IN (SELECT sku, location_id FROM wanted)
 ORDER BY l.sku, l.location_id FOR UPDATE OF l
"""
# All that a batch of news changes, behind its locks: allocations whole, how holds ended, what levels gain and lose.
_WRITE = f"""
WITH put AS (
    INSERT INTO allocations AS a (order_id, line_no, sku, location_id, quantity, handed_over, cancelled, pool_id,
        kit_sku, routed, ended)
    SELECT * FROM unnest($8::text[], $9::int[], $10::text[], $11::text[], $12::bigint[], $13::bigint[],
                         $14::boolean[], $21::text[], $22::text[], $23::bigint[], $24::bigint[])
    ON CONFLICT (order_id, line_no, sku, location_id) DO UPDATE SET quantity = excluded.quantity,
        handed_over = excluded.handed_over, cancelled = excluded.cancelled, pool_id = excluded.pool_id,
        kit_sku = excluded.kit_sku, routed = excluded.routed, ended = excluded.ended
), ended AS (
    UPDATE holds AS h SET state = e.state, reason = e.reason, version = e.version, cancelled = e.cancelled,
           end_time = coalesce(h.end_time, $20)
      FROM unnest($15::text[], $16::text[], $17::text[], $18::bigint[], $19::boolean[])
           AS e (hold_id, state, reason, version, cancelled)
     WHERE h.hold_id = e.hold_id
    RETURNING h.hold_id
), lines AS (
    UPDATE hold_lines AS l SET active = false FROM ended WHERE l.hold_id = ended.hold_id AND l.active
)
{store_levels.APPLY}
"""
_WAITING = """
SELECT u.number::int AS number, min(a.location_id) AS location_id
  FROM unnest($1::text[], $2::int[]) WITH ORDINALITY AS u (order_id, line_no, number)
  JOIN allocations a ON a.order_id = u.order_id AND a.line_no = u.line_no
 WHERE a.open > 0 GROUP BY u.number
"""
# The whole effect of many sale lines: journal, levels (in key order, which is the order of locks) and what was short.
# Gives only the places that somebody must look at: opened books that went short, sold out or came back; goods that
# came back where something was short; where promises stand that goods are missing for; and sales that a count had seen
# before they were told.
_SELL = """
WITH moved AS (
    INSERT INTO movements (sku, location_id, kind, quantity, business_time, source_id, line_no, last_unit, measure,
        actor_kind, actor_id, actor_terminal_id)
    SELECT sku, location_id, CASE WHEN quantity > 0 THEN 'SALE' ELSE 'RETURN' END, -quantity, business_time, order_id,
           line_no, CASE WHEN by_measure THEN 0 ELSE greatest(abs(quantity) - 1, 0) END,
           CASE WHEN by_measure THEN abs(quantity) ELSE 0 END, actor_kind, actor_id, terminal_id
      FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::int[], $6::boolean[], $7::timestamptz[],
                  $8::text[], $9::text[], $10::text[])
           AS s (sku, location_id, quantity, order_id, line_no, by_measure, business_time, actor_kind, actor_id,
                 terminal_id)
    ON CONFLICT (source_id, line_no, kind, first_unit, sku) WHERE line_no > 0 DO NOTHING
    RETURNING sku, location_id, quantity, source_id, line_no, business_time, last_unit, measure, actor_kind, actor_id,
        actor_terminal_id
), level AS (
    INSERT INTO stock_levels AS l (sku, location_id, on_hand, version)
    SELECT sku, location_id, sum(quantity), 1 FROM moved GROUP BY sku, location_id ORDER BY sku, location_id
    ON CONFLICT (sku, location_id) DO UPDATE SET on_hand = l.on_hand + excluded.on_hand, version = l.version + 1
    RETURNING new.sku, new.location_id, new.on_hand, new.committed, new.held, new.damaged, new.quality_control,
        new.in_transit_in, new.in_transit_out, new.version, new.counted_time, new.opened,
        new.shortfall - coalesce(old.shortfall, 0) AS grown,
        (coalesce(old.available, 0) > 0) <> (new.available > 0) AS turned
), demand AS (
    SELECT m.*, level.grown, -sum(m.quantity) OVER (PARTITION BY m.sku, m.location_id
               ORDER BY m.business_time, m.source_id, m.line_no) AS upto,
           -sum(m.quantity) OVER (PARTITION BY m.sku, m.location_id) AS total
      FROM moved m JOIN level ON level.sku = m.sku AND level.location_id = m.location_id
     WHERE m.quantity < 0 AND level.grown > 0
), short AS (
    INSERT INTO shortfalls (sku, location_id, quantity, source_id, line_no, business_time)
    SELECT sku, location_id, least(-quantity, upto - (total - grown)), source_id, line_no, business_time
      FROM demand WHERE upto > total - grown
    RETURNING shortfall_id, sku, location_id, quantity, source_id, business_time
), missing AS (
    SELECT short.sku, short.location_id, jsonb_agg(to_jsonb(short)) AS rows FROM short
      JOIN level ON level.sku = short.sku AND level.location_id = short.location_id AND level.opened
     GROUP BY 1, 2
), late AS (
    SELECT m.sku, m.location_id, jsonb_agg(to_jsonb(m)) AS rows FROM moved m
      JOIN level ON level.sku = m.sku AND level.location_id = m.location_id AND m.business_time <= level.counted_time
     GROUP BY 1, 2
)
SELECT level.*, missing.rows AS missing, late.rows AS late
  FROM level LEFT JOIN missing USING (sku, location_id) LEFT JOIN late USING (sku, location_id)
 WHERE (level.opened AND level.turned) OR missing.rows IS NOT NULL OR level.grown < 0 OR late.rows IS NOT NULL
    OR (level.grown > 0 AND level.held + level.committed > 0)
"""

_PROMISED = "SELECT hold_id, create_time FROM holds WHERE hold_id = ANY($1::text[])"
_NUMBERS = ("on_hand", "committed", "held", "damaged", "quality_control", "in_transit_in", "in_transit_out", "version")


@dataclass(frozen=True, slots=True)
class Sold:
    """A place that somebody must look at after a sale."""

    level: Level
    opened: bool
    grown: int
    turned: bool
    missing: list[Shortfall] = field(default_factory=list)
    late: list[Movement] = field(default_factory=list)


async def sell(tx: Tx, rows: Sequence[SaleRow]) -> list[Sold]:
    """Books sale lines that were not booked before; places that nobody need look at are left out."""
    return [_sold(row) for row in await tx.fetch(_SELL, *map(list, zip(*rows, strict=True)))]


async def promised(tx: Tx, order_ids: Iterable[str]) -> dict[str, datetime]:
    """When the goods of these orders were promised; those of which nothing is known are left out."""
    return {row["hold_id"]: row["create_time"] for row in await tx.fetch(_PROMISED, sorted(order_ids))}


async def allocations(tx: Tx, order_ids: Iterable[str]) -> dict[str, list[Allocation]]:
    """The allocations of these orders."""
    found: dict[str, list[Allocation]] = {}
    wanted = sorted(set(order_ids))
    if not wanted:
        return found
    for row in await tx.fetch(_ALLOCATIONS, wanted):
        one = Allocation(**dict(row) | {"excluded": tuple(row["excluded"])})
        found.setdefault(row["order_id"], []).append(one)
    return found


async def lock(tx: Tx, places: Iterable[Place], order_ids: Iterable[str]) -> dict[Place, Level]:
    """The levels of these places and of whatever stands for these orders, locked in key order."""
    rows = await tx.fetch(_LOCK, *store_levels.columns(sorted(set(places))), list(order_ids))
    return {(row["sku"], row["location_id"]): store_levels.level_of(row) for row in rows}


async def write(
    tx: Tx, allocations: Sequence[Allocation], ended: Sequence[Hold], changes: Mapping[Place, Change], now: datetime
) -> list[Applied]:
    """Writes allocations whole, how holds ended, and adds to levels; gives the levels after."""
    put = [
        (a.order_id, a.line_no, a.sku, a.location_id, a.quantity, a.handed_over, a.cancelled, a.pool_id, a.kit_sku,
         a.routed, a.ended)
        for a in allocations
    ]  # fmt: skip
    over = [(h.hold_id, h.state.value, h.reason, h.version, h.cancelled) for h in ended]
    parts = _columns(put, 11)
    given = (*store_levels.numbers(changes), *parts[:7], *_columns(over, 5), now, *parts[7:])
    return [store_levels.applied_of(row) for row in await tx.fetch(_WRITE, *given)]


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


async def waiting(tx: Tx, lines: Sequence[tuple[str, int]]) -> dict[int, str]:
    """Where these order lines wait to be handed over, by their index; those that do not are left out."""
    rows = await tx.fetch(_WAITING, *map(list, zip(*lines, strict=True)))
    return {row["number"] - 1: row["location_id"] for row in rows}


def _sold(row: Any) -> Sold:
    numbers = {name: row[name] for name in _NUMBERS}
    level = Level(row["sku"], row["location_id"], **numbers, counted_time=row["counted_time"])
    missing = [_shortfall(one) for one in json.loads(row["missing"] or "[]")]
    late = [_movement(one) for one in json.loads(row["late"] or "[]")]
    return Sold(level, row["opened"], row["grown"], row["turned"], missing, late)


def _shortfall(held: dict[str, Any]) -> Shortfall:
    return Shortfall(**held | {"business_time": datetime.fromisoformat(held["business_time"])})


def _movement(held: dict[str, Any]) -> Movement:
    return Movement(
        sku=held["sku"],
        location_id=held["location_id"],
        kind="SALE",
        quantity=held["quantity"],
        business_time=datetime.fromisoformat(held["business_time"]),
        source_id=held["source_id"],
        who=Who(held["actor_kind"], held["actor_id"], held["actor_terminal_id"]),
        line_no=held["line_no"],
        last=held["last_unit"],
        measure=held["measure"],
    )
