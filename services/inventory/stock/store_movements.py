"""The stock journal: entries are added, and read by SKU or by what caused them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.inventory.stock.domain import Movement, Place, Who

_INSERT = """
INSERT INTO movements (sku, location_id, kind, quantity, damaged, business_time, source_id, line_no, first_unit,
    last_unit, measure, reason, actor_kind, actor_id, actor_terminal_id, quality_control)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::text[],
    $8::int[], $9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::text[], $14::text[], $15::text[],
    $16::bigint[])
ON CONFLICT (source_id, line_no, kind, first_unit, sku) WHERE line_no > 0 DO NOTHING
RETURNING sku, location_id, kind, source_id, line_no, first_unit
"""
_EXPECTED = """
SELECT c.sku, c.location_id, l.on_hand - coalesce((
           SELECT sum(m.quantity) FROM movements m
            WHERE m.sku = c.sku AND m.location_id = c.location_id AND m.business_time > c.counted_time), 0)::bigint
           AS expected
  FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS c (sku, location_id, counted_time)
  JOIN stock_levels l ON l.sku = c.sku AND l.location_id = c.location_id
"""
_COLUMNS = """movement_id, sku, location_id, kind, quantity, damaged, business_time, record_time, source_id, line_no,
    first_unit, last_unit, measure, reason, actor_kind, actor_id, actor_terminal_id, quality_control"""
_PAGE = f"""
SELECT {_COLUMNS} FROM movements
 WHERE sku = $1 AND movement_id < $2 AND ($3 = '' OR location_id = $3) ORDER BY movement_id DESC LIMIT $4
"""
_OF_UNITS = f"""
SELECT u.number::int AS number, {_COLUMNS}
  FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) WITH ORDINALITY
       AS u (order_id, asked_line, asked_first, asked_last, number)
  JOIN movements ON source_id = u.order_id AND line_no = u.asked_line AND line_no > 0
   AND first_unit <= u.asked_last AND last_unit >= u.asked_first
 ORDER BY number, business_time, movement_id
"""


async def insert(tx: Tx, movements: Sequence[Movement]) -> list[Movement]:
    """Writes entries; returns those that were not told before."""
    if not movements:
        return []
    rows = [
        (m.sku, m.location_id, m.kind, m.quantity, m.damaged, m.business_time, m.source_id, m.line_no, m.first,
         m.last, m.measure, m.reason, m.who.kind, m.who.id, m.who.terminal_id, m.quality_control)
        for m in movements
    ]  # fmt: skip
    fresh = await tx.fetch(_INSERT, *map(list, zip(*rows, strict=True)))
    if len(fresh) == len(movements):
        return list(movements)
    keys = {(row["source_id"], row["line_no"], row["kind"], row["first_unit"], row["sku"]) for row in fresh}
    found = {(m.source_id, m.line_no, m.kind, m.first, m.sku): m for m in reversed(movements) if m.line_no}
    unkeyed = [m for m in movements if not m.line_no]
    return [*unkeyed, *(m for key, m in found.items() if key in keys)]


async def expected(tx: Tx, counts: Sequence[tuple[Place, datetime]]) -> dict[Place, int]:
    """What the journal says was on hand at each of these times."""
    columns = [(sku, location_id, at) for (sku, location_id), at in counts]
    rows = await tx.fetch(_EXPECTED, *map(list, zip(*columns, strict=True)))
    return {(row["sku"], row["location_id"]): row["expected"] for row in rows}


async def page(tx: Tx, sku: str, location_id: str, before: str, size: int) -> list[Movement]:
    """A SKU's journal, newest first."""
    return [_movement(row) for row in await tx.fetch(_PAGE, sku, before, location_id, size)]


async def of_units(tx: Tx, units: Sequence[tuple[str, int, int, int]]) -> list[tuple[int, Movement]]:
    """What moved these runs of units (order, line, first, last): (index of the run, movement)."""
    rows = await tx.fetch(_OF_UNITS, *map(list, zip(*units, strict=True)))
    return [(row["number"] - 1, _movement(row)) for row in rows]


def _movement(row: Any) -> Movement:
    return Movement(
        sku=row["sku"],
        location_id=row["location_id"],
        kind=row["kind"],
        quantity=row["quantity"],
        business_time=row["business_time"],
        source_id=row["source_id"],
        who=Who(row["actor_kind"], row["actor_id"], row["actor_terminal_id"]),
        line_no=row["line_no"],
        first=row["first_unit"],
        last=row["last_unit"],
        measure=row["measure"],
        damaged=row["damaged"],
        reason=row["reason"],
        movement_id=row["movement_id"],
        record_time=row["record_time"],
        quality_control=row["quality_control"],
    )
