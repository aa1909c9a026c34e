"""A batch of promises in two round trips: lock the levels, write levels and holds; a third looks at known holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.inventory.stock import store_levels
from services.inventory.stock.domain import Change, Hold, Level, Line, Place, Who
from services.inventory.stock.store_holds import hold_of, line_of
from services.inventory.stock.store_levels import Applied

# Also says whether anything here is worth a look: a hold that is known, a cart whose time has passed; and whether facts
# took what was promised of the SKU, which is made up for before others are promised more of it; and under which
# versions of catalogue and rules, which saves whoever needs the rules a question of his own.
_LOCK = f"""
SELECT {store_levels.COLUMNS},
       (SELECT p.active AND p.kind NOT IN ('VIRTUAL', 'DROP_POINT') FROM locations p
         WHERE p.location_id = l.location_id) AS door,
       EXISTS (SELECT FROM hold_lines o WHERE o.sku = l.sku AND o.location_id = l.location_id AND o.active
           AND o.expire_time IS NOT NULL AND o.expire_time <= $4) AS over,
       (SELECT EXISTS (SELECT FROM holds h WHERE h.hold_id = ANY($3::text[]))) AS known,
       EXISTS (SELECT FROM timers t WHERE t.key = l.sku AND t.kind = 'promises.repair') AS mending,
       (SELECT c.version FROM catalogue_head c WHERE c.name = 'catalogue') AS catalogue,
       (SELECT a.active_version FROM availability_head a WHERE a.name = 'availability') AS rules
  FROM stock_levels l
 WHERE (l.sku, l.location_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
 ORDER BY l.sku, l.location_id FOR UPDATE OF l
"""
# Asked behind the locks, so that it sees whatever the lock waited for. Without a state: a line whose time has passed.
_LOOK = """
SELECT h.hold_id, h.state, h.create_time, h.expire_time, h.order_id, h.member_id, h.fingerprint, h.reason, h.version,
       h.cancelled, l.line_no, l.sku, l.location_id, l.quantity, l.active, l.pool_id, l.kit_sku,
       b.quantity AS backorder, b.promise_time
  FROM holds h LEFT JOIN hold_lines l ON l.hold_id = h.hold_id
  LEFT JOIN backorders b ON b.sku = l.sku AND b.location_id = l.location_id AND b.owner_id = l.hold_id
       AND b.line_no = l.line_no AND l.active
 WHERE h.hold_id = ANY($1::text[])
UNION ALL
SELECT l.hold_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, l.line_no, l.sku, l.location_id, l.quantity,
       l.active, l.pool_id, l.kit_sku, NULL, NULL
  FROM unnest($2::text[], $3::text[]) AS asked (sku, location_id)
  JOIN hold_lines l ON l.sku = asked.sku AND l.location_id = asked.location_id
 WHERE l.active AND l.expire_time IS NOT NULL AND l.expire_time <= $4
ORDER BY 1, 11, 12, 13
"""
_FREE = """
UPDATE hold_lines AS l SET active = false
  FROM unnest($1::text[], $2::int[], $3::text[], $4::text[]) AS f (hold_id, line_no, sku, location_id)
 WHERE l.hold_id = f.hold_id AND l.line_no = f.line_no AND l.sku = f.sku AND l.location_id = f.location_id
"""
_WRITE = f"""
WITH made AS (
    INSERT INTO holds (hold_id, state, order_id, member_id, expire_time, create_time, end_time, fingerprint, reason,
        cancelled, version, actor_kind, actor_id, actor_terminal_id)
    SELECT hold_id, state, order_id, member_id, expire_time, $26::timestamptz,
           CASE WHEN state <> 'ACTIVE' THEN $26::timestamptz END, fingerprint, reason, cancelled, version, kind, id,
           terminal
      FROM unnest($8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::bytea[], $14::text[],
                  $15::boolean[], $16::bigint[], $17::text[], $18::text[], $19::text[])
           AS h (hold_id, state, order_id, member_id, expire_time, fingerprint, reason, cancelled, version, kind, id,
                 terminal)
     ORDER BY hold_id
    ON CONFLICT (hold_id) DO NOTHING
    RETURNING hold_id, expire_time
), lines AS (
    INSERT INTO hold_lines (hold_id, line_no, sku, location_id, quantity, expire_time, active, pool_id, kit_sku)
    SELECT made.hold_id, l.line_no, l.sku, l.location_id, l.quantity, made.expire_time, l.active, l.pool_id, l.kit_sku
      FROM unnest($20::text[], $21::int[], $22::text[], $23::text[], $24::bigint[], $25::boolean[], $27::text[],
                  $28::text[])
           AS l (hold_id, line_no, sku, location_id, quantity, active, pool_id, kit_sku)
      JOIN made ON made.hold_id = l.hold_id
), applied AS ({store_levels.APPLY})
SELECT applied.*, (SELECT count(*) FROM made) AS made FROM (SELECT) AS always LEFT JOIN applied ON true
"""


@dataclass(frozen=True, slots=True)
class Locked:
    """Locked levels, whether their locations are open for promises, and whether one must look at the holds."""

    levels: dict[Place, Level]
    doors: dict[str, bool]
    look: bool
    # SKUs of which facts took what was promised
    mending: frozenset[str]
    # of catalogue and rules; None where there was no level to read them with
    versions: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the batch may look at; `over` are lines of carts whose time has passed and that still count as held."""

    holds: dict[str, Hold]
    over: list[tuple[str, Line]]


async def lock(tx: Tx, places: Iterable[Place], hold_ids: Sequence[str], now: datetime) -> Locked:
    """The levels of these places, locked in key order, for commands that name these holds."""
    wanted = sorted(set(places))
    rows = await tx.fetch(_LOCK, *store_levels.columns(wanted), hold_ids, now) if wanted else []
    levels = {(row["sku"], row["location_id"]): store_levels.level_of(row) for row in rows}
    doors = {row["location_id"]: row["door"] for row in rows if row["door"] is not None}
    mending = frozenset(row["sku"] for row in rows if row["mending"])
    versions = (rows[0]["catalogue"], rows[0]["rules"]) if rows else None
    return Locked(levels, doors, not rows or rows[0]["known"] or any(row["over"] for row in rows), mending, versions)


async def look(tx: Tx, hold_ids: Iterable[str], places: Sequence[Place], now: datetime) -> Seen:
    """The holds of these ids, and what is over at these places; levels are locked before."""
    known: dict[str, list[Any]] = {}
    over: list[tuple[str, Line]] = []
    for row in await tx.fetch(_LOOK, list(hold_ids), *store_levels.columns(places), now):
        if row["state"] is None:
            over.append((row["hold_id"], line_of(row)))
        else:
            known.setdefault(row["hold_id"], []).append(row)
    return Seen({hold_id: hold_of(rows) for hold_id, rows in known.items()}, over)


async def free(tx: Tx, lines: Sequence[tuple[str, Line]]) -> None:
    """Writes that these lines hold nothing any more."""
    if lines:
        keys = [(hold_id, *line.key) for hold_id, line in lines]
        await tx.execute(_FREE, *map(list, zip(*keys, strict=True)))


async def write(
    tx: Tx, made: Sequence[tuple[Hold, Who]], changes: Mapping[Place, Change], now: datetime
) -> tuple[int, list[Applied]]:
    """Writes new holds and changes locked levels; how many holds were new indeed, and the levels after."""
    if not made:
        return 0, await store_levels.apply(tx, changes)
    heads = [
        (h.hold_id, h.state.value, h.order_id, h.member_id, h.expire_time, h.fingerprint, h.reason, h.cancelled,
         h.version, who.kind, who.id, who.terminal_id)
        for h, who in made
    ]  # fmt: skip
    lines = [
        (h.hold_id, line.line_no, line.sku, line.location_id, line.quantity, line.active, line.pool_id, line.kit_sku)
        for h, _ in made
        for line in h.lines
    ]
    below = [list(column) for column in zip(*lines, strict=True)] or [[] for _ in range(8)]
    above = map(list, zip(*heads, strict=True))
    rows = await tx.fetch(_WRITE, *store_levels.numbers(changes), *above, *below[:6], now, *below[6:])
    return rows[0]["made"], [store_levels.applied_of(row) for row in rows if row["sku"] is not None]
