"""Stock levels: locked in key order, changed by adding."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.inventory.stock.domain import Change, Level, Place

COLUMNS = """l.sku, l.location_id, l.on_hand, l.committed, l.held, l.damaged, l.quality_control, l.in_transit_in,
    l.in_transit_out, l.version, l.counted_time"""
_WIDTH = COLUMNS.count(",") + 1
_LOCK = f"""
SELECT {COLUMNS} FROM stock_levels l
 WHERE (l.sku, l.location_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
 ORDER BY l.sku, l.location_id FOR UPDATE
"""
_OPEN = """
INSERT INTO stock_levels (sku, location_id)
SELECT * FROM unnest($1::text[], $2::text[]) AS asked (sku, location_id) ORDER BY sku, location_id
ON CONFLICT (sku, location_id) DO NOTHING
"""
# Every place is locked before, so the order in which rows change does not matter here.
APPLY = """UPDATE stock_levels AS l
   SET on_hand = l.on_hand + d.on_hand, committed = l.committed + d.committed, held = l.held + d.held,
       damaged = l.damaged + d.damaged, opened = l.opened OR d.opens, version = l.version + 1
  FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::boolean[])
       AS d (sku, location_id, on_hand, committed, held, damaged, opens)
 WHERE l.sku = d.sku AND l.location_id = d.location_id
RETURNING new.sku, new.location_id, new.on_hand, new.committed, new.held, new.damaged, new.quality_control,
    new.in_transit_in, new.in_transit_out, new.version, new.counted_time, new.opened,
    new.shortfall - old.shortfall AS grown,    (old.available > 0) <> (new.available > 0) AS turned
"""
_COUNTED = """
UPDATE stock_levels AS l SET counted_time = c.counted_time
  FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS c (sku, location_id, counted_time)
 WHERE l.sku = c.sku AND l.location_id = c.location_id AND coalesce(l.counted_time < c.counted_time, true)
"""
# What a cart's hold promised beyond its time is nobody's: seen in one snapshot with the level that still counts it.
_EXPIRED = """CASE WHEN l.held > 0 THEN (
        SELECT coalesce(sum(h.quantity), 0) FROM hold_lines h WHERE h.sku = l.sku AND h.location_id = l.location_id
           AND h.active AND h.expire_time IS NOT NULL AND h.expire_time <= $3) ELSE 0 END"""
_SEE = f"""
SELECT s.sku, p.location_id, l.on_hand, l.committed, l.held, l.damaged, l.quality_control, l.in_transit_in,
       l.in_transit_out, l.version, l.counted_time, ({_EXPIRED})::bigint AS expired
  FROM unnest($1::text[]) WITH ORDINALITY AS s (sku, first)
 CROSS JOIN unnest($2::text[]) WITH ORDINALITY AS p (location_id, second)
  LEFT JOIN stock_levels l ON l.sku = s.sku AND l.location_id = p.location_id
 ORDER BY s.first, p.second
"""
_SEE_ALL = f"""
SELECT {COLUMNS}, ({_EXPIRED})::bigint AS expired
  FROM stock_levels l JOIN locations p ON p.location_id = l.location_id
 WHERE l.sku = ANY($1::text[]) AND p.active AND $2::text IS NULL
 ORDER BY l.sku, l.location_id
"""


@dataclass(frozen=True, slots=True)
class Applied:
    """A level after a change: how much more is missing than before, and whether it sold out or came back."""

    level: Level
    opened: bool
    grown: int
    turned: bool


async def lock(tx: Tx, places: Iterable[Place], *, make: bool = False) -> dict[Place, Level]:
    """The levels of these places, locked in key order; those that are not there are left out, or made."""
    wanted = sorted(set(places))
    if not wanted:
        return {}
    found = await _locked(tx, wanted)
    missing = [place for place in wanted if place not in found] if make else []
    if missing:
        await tx.execute(_OPEN, *columns(missing))
        found |= await _locked(tx, missing)
    return found


async def apply(tx: Tx, changes: Mapping[Place, Change]) -> list[Applied]:
    """Adds to levels that are locked."""
    if not changes:
        return []
    return [applied_of(row) for row in await tx.fetch(APPLY, *numbers(changes))]


async def counted(tx: Tx, times: Mapping[Place, datetime]) -> None:
    """Remembers the latest count of each place."""
    await tx.execute(_COUNTED, *columns(list(times)), list(times.values()))


async def see(tx: Tx, skus: Sequence[str], location_ids: Sequence[str], now: datetime) -> list[tuple[Level, int]]:
    """Levels as they stand, each with what expired holds still seem to hold; no locations means all active ones."""
    if location_ids:
        rows = await tx.fetch(_SEE, list(skus), list(location_ids), now)
    else:
        rows = await tx.fetch(_SEE_ALL, list(skus), None, now)
    return [(level_of(row), row["expired"]) for row in rows]


async def _locked(tx: Tx, places: Sequence[Place]) -> dict[Place, Level]:
    rows = await tx.fetch(_LOCK, *columns(places))
    return {(row["sku"], row["location_id"]): level_of(row) for row in rows}


def columns(places: Sequence[Place]) -> tuple[list[str], list[str]]:
    """Places as two columns of parameters."""
    return [sku for sku, _ in places], [location_id for _, location_id in places]


def numbers(changes: Mapping[Place, Change]) -> list[list[Any]]:
    """Changes as the columns of parameters that APPLY takes."""
    rows = [(one.on_hand, one.committed, one.held, one.damaged, one.opens) for one in changes.values()]
    added = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(5)]
    return [*columns(list(changes)), *added]


def applied_of(row: Any) -> Applied:
    """A row of APPLY."""
    return Applied(level_of(row), row["opened"], row["grown"], row["turned"])


def level_of(row: Any) -> Level:
    """A row that begins with COLUMNS, which are a level's fields in their order; a place without a level has none."""
    fields = row[:_WIDTH]
    return Level(*fields) if fields[2] is not None else Level(*fields[:2])
