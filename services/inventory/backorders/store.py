"""Promises at places, those of them that wait, and who goes first."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kit.access import Actor
from kit.audit import Check, word
from kit.postgres import Tx
from services.inventory.backorders.domain import Claim, Key, Place, Row

_CLAIMS = """
WITH asked AS (SELECT * FROM unnest($1::text[], $2::text[]) AS a (sku, location_id)),
promised AS (
    SELECT l.sku, l.location_id, l.hold_id AS owner_id, l.line_no, l.quantity, h.create_time, h.order_id,
           h.record_time
      FROM asked JOIN hold_lines l ON l.sku = asked.sku AND l.location_id = asked.location_id AND l.active
      JOIN holds h ON h.hold_id = l.hold_id
    UNION ALL
    SELECT a.sku, a.location_id, a.order_id, a.line_no, a.open, coalesce(h.create_time, a.record_time), a.order_id,
           coalesce(h.record_time, a.record_time)
      FROM asked JOIN allocations a ON a.sku = asked.sku AND a.location_id = asked.location_id AND a.open > 0
      LEFT JOIN holds h ON h.hold_id = a.order_id
)
SELECT p.sku, p.location_id, p.owner_id, p.line_no, p.quantity, p.create_time, coalesce(b.priority, 0) AS priority,
       p.order_id, p.record_time
  FROM promised p LEFT JOIN backorder_priorities b ON b.owner_id = p.owner_id
"""
_COLUMNS = "sku, location_id, owner_id, line_no, order_id, quantity, promise_time, priority, create_time"
_AT = f"""
SELECT {_COLUMNS} FROM backorders WHERE (sku, location_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
"""
_OF_OWNERS = f"SELECT {_COLUMNS} FROM backorders WHERE owner_id = ANY($1::text[]) ORDER BY owner_id, line_no, sku"
_PUT = f"""
INSERT INTO backorders ({_COLUMNS})
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::bigint[], $7::timestamptz[],
                     $8::int[], $9::timestamptz[])
ON CONFLICT (sku, location_id, owner_id, line_no) DO UPDATE SET quantity = excluded.quantity,
    order_id = excluded.order_id, promise_time = excluded.promise_time, priority = excluded.priority
"""
_DROP = """
DELETE FROM backorders AS b USING unnest($1::text[], $2::text[], $3::text[], $4::int[])
       AS g (sku, location_id, owner_id, line_no)
 WHERE b.sku = g.sku AND b.location_id = g.location_id AND b.owner_id = g.owner_id AND b.line_no = g.line_no
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM backorders
 WHERE (sku, location_id, owner_id, line_no) > ($1, $2, $3, $4) AND ($5 = '' OR sku = $5)
 ORDER BY sku, location_id, owner_id, line_no LIMIT $6
"""
_PAGE_HERE = f"""
SELECT {_COLUMNS} FROM backorders
 WHERE location_id = $2 AND (sku, owner_id, line_no) > ($1, $3, $4) AND ($5 = '' OR sku = $5)
 ORDER BY sku, owner_id, line_no LIMIT $6
"""
_PRIORITIZE = """
INSERT INTO backorder_priorities (owner_id, priority, actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (owner_id) DO UPDATE SET priority = excluded.priority, record_time = now(),
    actor_kind = excluded.actor_kind, actor_id = excluded.actor_id, actor_terminal_id = excluded.actor_terminal_id
"""
_LEVELS = "SELECT count(*) FROM stock_levels"
_DRIFT = f"""
SELECT 'sku=' || coalesce(l.sku, b.sku) || ' location=' || coalesce(l.location_id, b.location_id) AS subject,
       coalesce(l.missing, 0)::text AS expected, coalesce(b.quantity, 0)::text AS found,
       'omoctl repair waiting ' || {word("coalesce(l.sku, b.sku)")} || ' '
           || {word("coalesce(l.location_id, b.location_id)")} AS repair
  FROM (SELECT sku, location_id,
               greatest(0, held + committed - greatest(0, on_hand - damaged - quality_control)) AS missing
          FROM stock_levels WHERE location_id <> 'UNKNOWN' AND available < 0) l
  FULL JOIN (SELECT sku, location_id, sum(quantity) AS quantity FROM backorders GROUP BY sku, location_id) b
    ON b.sku = l.sku AND b.location_id = l.location_id
 WHERE coalesce(l.missing, 0) <> coalesce(b.quantity, 0)
 LIMIT 100
"""

CHECKS = (Check("backorders.waiting_equals_what_is_not_there", _LEVELS, _DRIFT),)


async def claims(tx: Tx, places: Sequence[Place]) -> dict[Place, list[Claim]]:
    """Everything that is promised at these places, whose levels are locked."""
    found: dict[Place, list[Claim]] = {}
    for row in await tx.fetch(_CLAIMS, *_columns(places, 2)):
        sku, location_id, *fields = row
        found.setdefault((sku, location_id), []).append(Claim(*fields))
    return found


async def at(tx: Tx, places: Sequence[Place]) -> dict[Key, Row]:
    """Who was last known to wait at these places."""
    rows = (Row(*row) for row in await tx.fetch(_AT, *_columns(places, 2)))
    return {row.key: row for row in rows}


async def of_owners(tx: Tx, owner_ids: Iterable[str]) -> list[Row]:
    """Everything that these holds or orders wait for."""
    return [Row(*row) for row in await tx.fetch(_OF_OWNERS, sorted(set(owner_ids)))]


async def write(tx: Tx, before: Mapping[Key, Row], after: Mapping[Key, Row]) -> None:
    """Makes the rows those of `after`."""
    if gone := sorted(before.keys() - after.keys()):
        await tx.execute(_DROP, *_columns(gone, 4))
    fresh = [row for key, row in sorted(after.items()) if before.get(key) != row]
    if fresh:
        rows = [
            (r.sku, r.location_id, r.owner_id, r.line_no, r.order_id, r.quantity, r.promise_time, r.priority,
             r.create_time)
            for r in fresh
        ]  # fmt: skip
        await tx.execute(_PUT, *_columns(rows, 9))


async def page(tx: Tx, after: Key, sku: str, location_id: str, size: int) -> list[Row]:
    """Who waits, in the order of keys; of all locations if none is named."""
    if location_id:
        rows = await tx.fetch(_PAGE_HERE, after[0], location_id, after[2], after[3], sku, size)
    else:
        rows = await tx.fetch(_PAGE, *after, sku, size)
    return [Row(*row) for row in rows]


async def prioritize(tx: Tx, owner_id: str, priority: int, actor: Actor) -> None:
    """Says who goes first."""
    await tx.execute(_PRIORITIZE, owner_id, priority, actor.kind.value, actor.id, actor.terminal_id)


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
