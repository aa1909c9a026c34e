"""What a level should be, and what was repaired."""

import json
from collections.abc import Sequence
from dataclasses import asdict, astuple, replace
from datetime import datetime
from typing import Any

from kit.audit import Check, word
from kit.postgres import Tx
from services.inventory.repairs.domain import Figures, Orphan, Repair
from services.inventory.stock import store_levels
from services.inventory.stock.domain import Place, Who
from services.inventory.stock.store_levels import Applied

# each counted from the rows that it stands for
_DUE = """
SELECT coalesce(sum(quantity), 0)::bigint AS on_hand, coalesce(sum(damaged), 0)::bigint AS damaged,
       coalesce(sum(quality_control), 0)::bigint AS quality_control,
       (SELECT coalesce(sum(quantity), 0)::bigint FROM hold_lines
         WHERE sku = $1 AND location_id = $2 AND active) AS held,
       (SELECT coalesce(sum(open), 0)::bigint FROM allocations
         WHERE sku = $1 AND location_id = $2 AND open > 0) AS committed,
       (SELECT coalesce(sum(l.in_transit), 0)::bigint FROM transfer_lines l JOIN transfers t USING (transfer_id)
         WHERE l.sku = $1 AND l.in_transit > 0 AND t.to_location_id = $2) AS in_transit_in,
       (SELECT coalesce(sum(l.in_transit), 0)::bigint FROM transfer_lines l JOIN transfers t USING (transfer_id)
         WHERE l.sku = $1 AND l.in_transit > 0 AND t.from_location_id = $2) AS in_transit_out,
       (SELECT coalesce(sum(quantity - settled), 0)::bigint FROM shortfalls
         WHERE sku = $1 AND location_id = $2 AND settled < quantity) AS shortfall
  FROM movements WHERE sku = $1 AND location_id = $2
"""
_SET = """
UPDATE stock_levels SET on_hand = $3, damaged = $4, quality_control = $5, held = $6, committed = $7,
       in_transit_in = $8, in_transit_out = $9, version = version + 1
 WHERE sku = $1 AND location_id = $2
RETURNING new.sku, new.location_id, new.on_hand, new.committed, new.held, new.damaged, new.quality_control,
    new.in_transit_in, new.in_transit_out, new.version, new.counted_time, new.opened,
    new.shortfall - old.shortfall AS grown, (old.available > 0) <> (new.available > 0) AS turned
"""
_LACK = """
INSERT INTO shortfalls (sku, location_id, quantity, source_id, line_no, business_time) VALUES ($1, $2, $3, $4, 0, $5)
"""
_ORPHAN = "SELECT state, order_id, expire_time FROM holds WHERE hold_id = $1"
_ORPHAN_LOCKED = f"{_ORPHAN} FOR UPDATE"
_STANDS_AT = "SELECT DISTINCT sku, location_id FROM hold_lines WHERE hold_id = $1 AND active ORDER BY sku, location_id"
_FREE = "UPDATE hold_lines SET active = false WHERE hold_id = $1 AND active RETURNING sku, location_id, quantity"
_PROMISED = "SELECT sum(open)::bigint FROM allocations WHERE order_id = $1"
_ENDED = "SELECT EXISTS (SELECT FROM ended_units WHERE order_id = $1)"
# What an order waits for that was given up: at no place, or at one that nobody told to send it. Of a kit a single unit
# is said to have ended, whatever its parts are: nobody looks for more of it.
_GIVEN_UP = """
SELECT a.line_no, a.sku, sum(CASE WHEN a.location_id = 'UNKNOWN' THEN a.open ELSE a.movable END)::bigint AS units,
       bool_or(a.kit_sku <> '') AS of_kit
  FROM allocations a JOIN sourcing_orders o ON o.order_id = a.order_id
 WHERE a.order_id = $1 AND o.state = 'GIVEN_UP' AND a.open > 0 AND (a.movable > 0 OR a.location_id = 'UNKNOWN')
 GROUP BY a.line_no, a.sku
"""
_KEEP = """
INSERT INTO stock_repairs (kind, subject, before, after, reason, business_time, actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, $3::jsonb, $4::jsonb, $5, $6, $7, $8, $9)
"""
_PAGE = """
SELECT repair_id, kind, subject, before, after, reason, business_time, actor_kind, actor_id, actor_terminal_id
  FROM stock_repairs WHERE repair_id < $1 ORDER BY repair_id DESC LIMIT $2
"""
_TIMERS = "SELECT count(*) FROM timers WHERE kind = 'promises.repair'"
_GAVE_UP = f"""
SELECT 'sku=' || key AS subject, 'mended' AS expected, 'gave up after ' || attempt || ' tries' AS found,
       'omoctl repair promises ' || {word("key")} AS repair
  FROM timers WHERE kind = 'promises.repair' AND needs_attention LIMIT 100
"""

CHECKS = (Check("promises.every_repair_ends", _TIMERS, _GAVE_UP),)


async def due(tx: Tx, place: Place) -> Figures:
    """What the level should be, whose row is locked; the shortfalls are those that are open."""
    (row,) = await tx.fetch(_DUE, *place)
    return Figures(**row)


async def write(tx: Tx, place: Place, figures: Figures) -> Applied:
    """Makes a level, which is locked, what it should be."""
    given = [value for name, value in asdict(figures).items() if name != "shortfall"]
    return store_levels.applied_of(await tx.fetchrow(_SET, *place, *given))


async def lack(tx: Tx, place: Place, quantity: int, source_id: str, now: datetime) -> None:
    """Writes down what a level lacks and no shortfall says."""
    await tx.execute(_LACK, *place, quantity, source_id, now)


async def orphan(tx: Tx, hold_id: str, *, lock: bool = False) -> Orphan | None:
    """A hold, if there is one; its lines may have outlived it."""
    row = await tx.fetchrow(_ORPHAN_LOCKED if lock else _ORPHAN, hold_id)
    return Orphan(**row) if row else None


async def stands_at(tx: Tx, hold_id: str) -> list[Place]:
    """Where a hold holds something."""
    return [(row["sku"], row["location_id"]) for row in await tx.fetch(_STANDS_AT, hold_id)]


async def free(tx: Tx, hold_id: str) -> list[tuple[Place, int]]:
    """Ends the lines of a hold; levels are not touched."""
    rows = await tx.fetch(_FREE, hold_id)
    return [((row["sku"], row["location_id"]), row["quantity"]) for row in rows]


async def promised(tx: Tx, order_id: str) -> int | None:
    """How many units stand for an order; None: nothing ever did."""
    units: int | None = await tx.fetchval(_PROMISED, order_id)
    return units


async def ended(tx: Tx, order_id: str) -> bool:
    """Whether any unit of an order ended."""
    return bool(await tx.fetchval(_ENDED, order_id))


async def given_up(tx: Tx, order_id: str) -> dict[tuple[int, str], tuple[int, int]]:
    """What a given up order still waits for: by line and good, in units of the good and of the line."""
    rows = await tx.fetch(_GIVEN_UP, order_id)
    return {(row["line_no"], row["sku"]): (row["units"], 1 if row["of_kit"] else row["units"]) for row in rows}


async def keep(tx: Tx, given: Repair) -> None:
    """Writes a repair down."""
    told = (json.dumps(given.before), json.dumps(given.after), given.reason, given.business_time)
    await tx.execute(_KEEP, given.kind, given.subject, *told, *astuple(given.who))


async def page(tx: Tx, before: str, size: int) -> Sequence[Repair]:
    """Repairs, the newest first."""
    return [_repair(dict(row)) for row in await tx.fetch(_PAGE, before, size)]


def _repair(row: dict[str, Any]) -> Repair:
    who = Who(row.pop("actor_kind"), row.pop("actor_id"), row.pop("actor_terminal_id"))
    found = Repair(**row, who=who)
    return replace(found, before=json.loads(row["before"]), after=json.loads(row["after"]))
