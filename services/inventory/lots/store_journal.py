"""The journal of lots as it is read: by lot, by what was sold, by what is on its way; and picks."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.lots.domain import Key, Units
from services.inventory.lots.domain_entries import Entry
from services.inventory.stock.domain import Movement, Who

_COLUMNS = """entry_id, sku, location_id, lot, serial, quantity, put_aside, kind, source_id, line_no, first_unit,
    reason, business_time, record_time, actor_kind, actor_id, actor_terminal_id"""
_TAKERS = "(NOT $3 OR kind IN ('SALE', 'HANDOVER'))"
_OF_LOT = f"""
SELECT {_COLUMNS} FROM lot_entries WHERE sku = $1 AND lot = $2 AND {_TAKERS} AND entry_id < $4
 ORDER BY entry_id DESC LIMIT $5
"""
_OF_SERIAL = f"""
SELECT {_COLUMNS} FROM lot_entries WHERE sku = $1 AND serial = $2 AND serial <> '' AND {_TAKERS} AND entry_id < $4
 ORDER BY entry_id DESC LIMIT $5
"""
# Units that left the shops without a name (less was named than moved) where the lot was, since it came there.
_POSSIBLE = """
SELECT m.movement_id, m.location_id, m.kind, m.quantity, m.business_time, m.record_time, m.source_id, m.line_no,
       m.first_unit, m.last_unit, m.measure, m.reason, m.actor_kind, m.actor_id, m.actor_terminal_id
  FROM movements m
  JOIN (SELECT location_id, min(business_time) AS came FROM lot_entries
         WHERE sku = $1 AND lot = $2 AND ($3 = '' OR serial = $3) AND quantity > 0 GROUP BY location_id) AS stay
    ON stay.location_id = m.location_id AND m.business_time >= stay.came
 WHERE m.sku = $1 AND m.movement_id < $4 AND m.kind IN ('SALE', 'HANDOVER') AND m.quantity < (
       SELECT coalesce(sum(e.quantity), 0) FROM lot_entries e
        WHERE e.source_id = m.source_id AND e.line_no = m.line_no AND e.kind = m.kind AND e.first_unit = m.first_unit
          AND e.sku = m.sku AND e.line_no > 0)
 ORDER BY m.movement_id DESC LIMIT $5
"""
_NAMED = """
SELECT e.source_id, e.line_no, e.kind, e.first_unit, e.sku, e.lot, e.serial, abs(e.quantity) AS quantity,
       coalesce(own.expire_date, whole.expire_date) AS expire_date
  FROM lot_entries e
  JOIN lots own ON own.sku = e.sku AND own.lot = e.lot AND own.serial = e.serial
  LEFT JOIN lots whole ON whole.sku = e.sku AND whole.lot = e.lot AND whole.serial = '' AND e.serial <> ''
 WHERE (e.source_id, e.line_no) IN (SELECT * FROM unnest($1::text[], $2::int[])) AND e.line_no > 0
 ORDER BY e.entry_id
"""
_CARRIED = """
SELECT e.sku, e.lot, e.serial, -sum(e.quantity)::bigint AS quantity, min(l.expire_date) AS expire_date
  FROM lot_entries e JOIN lots l ON l.sku = e.sku AND l.lot = e.lot AND l.serial = e.serial
 WHERE e.source_id = $1 AND e.line_no > 0 AND e.kind IN ('TRANSFER_OUT', 'TRANSFER_IN')
 GROUP BY e.sku, e.lot, e.serial HAVING sum(e.quantity) < 0
 ORDER BY e.sku, min(l.expire_date) NULLS LAST, e.lot, e.serial
"""
_PICK = """
INSERT INTO lot_picks (order_id, line_no, sku, location_id, lot, serial, quantity, business_time, actor_kind, actor_id,
    actor_terminal_id)
SELECT $1, $2, $3, $4, lot, serial, quantity, $8, $9, $10, $11
  FROM unnest($5::text[], $6::text[], $7::bigint[]) AS p (lot, serial, quantity)
"""
_UNPICK = "DELETE FROM lot_picks WHERE order_id = $1 AND line_no = $2 AND sku = $3 AND location_id = $4"
# what was picked and has not left by name yet
_OPEN = """p.order_id, p.line_no, p.sku, p.location_id, p.lot, p.serial, p.quantity + coalesce((
           SELECT sum(e.quantity) FROM lot_entries e
            WHERE e.source_id = p.order_id AND e.line_no = p.line_no AND e.line_no > 0 AND e.kind = 'HANDOVER'
              AND e.sku = p.sku AND e.location_id = p.location_id AND e.lot = p.lot AND e.serial = p.serial
       ), 0)::bigint AS quantity"""
_OPEN_OF = f"""
SELECT {_OPEN} FROM lot_picks p WHERE (p.order_id, p.line_no) IN (SELECT * FROM unnest($1::text[], $2::int[]))
 ORDER BY p.order_id, p.line_no, p.lot, p.serial
"""
_OPEN_HERE = f"""
SELECT {_OPEN}
  FROM lot_picks p
  JOIN allocations a ON a.order_id = p.order_id AND a.line_no = p.line_no AND a.sku = p.sku
   AND a.location_id = p.location_id
 WHERE p.sku = $1 AND p.location_id = $2 AND a.open > 0 AND NOT (p.order_id = $3 AND p.line_no = $4)
"""
_WAITS = "SELECT open FROM allocations WHERE order_id = $1 AND line_no = $2 AND sku = $3 AND location_id = $4"
_TRACKING = "SELECT sku, tracking FROM variants WHERE sku = ANY($1::text[])"
_TRACKED = "SELECT sku FROM variants WHERE tracking <> '{}'"

# order, line, SKU, location
Line = tuple[str, int, str, str]


async def tracking(tx: Tx, skus: Iterable[str]) -> dict[str, frozenset[str]]:
    """What has to be known of the units of these SKUs; those that are not in the catalogue are left out."""
    return {row["sku"]: frozenset(row["tracking"]) for row in await tx.fetch(_TRACKING, sorted(set(skus)))}


async def tracked(tx: Tx) -> frozenset[str]:
    """Every SKU that asks for lots or serials."""
    return frozenset(row["sku"] for row in await tx.fetch(_TRACKED))


async def entries(
    tx: Tx, sku: str, lot: str, serial: str, takers_only: bool, before: str, size: int
) -> list[tuple[str, datetime, Entry]]:
    """A lot's journal, newest first: (id, when it was recorded, entry)."""
    rows = (
        await tx.fetch(_OF_SERIAL, sku, serial, takers_only, before, size)
        if serial
        else await tx.fetch(_OF_LOT, sku, lot, takers_only, before, size)
    )
    return [(row["entry_id"], row["record_time"], _entry(row)) for row in rows]


async def possible(tx: Tx, sku: str, lot: str, serial: str, before: str, size: int) -> list[Movement]:
    """What may have taken it without saying so, newest first."""
    return [_movement(sku, row) for row in await tx.fetch(_POSSIBLE, sku, lot, serial, before, size)]


async def named(tx: Tx, moved: Sequence[Movement]) -> dict[tuple[str, int, str, int, str], list[Units]]:
    """The lots that were named for these movements, by what makes a movement one."""
    found: dict[tuple[str, int, str, int, str], list[Units]] = {}
    wanted = sorted({(one.source_id, one.line_no) for one in moved if one.line_no})
    for row in await tx.fetch(_NAMED, *map(list, zip(*wanted, strict=True))) if wanted else ():
        key = (row["source_id"], row["line_no"], row["kind"], row["first_unit"], row["sku"])
        found.setdefault(key, []).append(_units(row))
    return found


async def carried(tx: Tx, transfer_id: str) -> dict[str, list[Units]]:
    """What of a transfer left by name and did not arrive yet, by SKU; what expires first first."""
    found: dict[str, list[Units]] = {}
    for row in await tx.fetch(_CARRIED, transfer_id):
        found.setdefault(row["sku"], []).append(_units(row))
    return found


async def pick(tx: Tx, line: Line, units: Sequence[Units], at: datetime, actor: Actor) -> None:
    """Writes what was taken for a line over what was said before."""
    await tx.execute(_UNPICK, *line)
    columns = [[one.lot for one in units], [one.serial for one in units], [one.quantity for one in units]]
    await tx.execute(_PICK, *line, *columns, at, actor.kind.value, actor.id, actor.terminal_id)


async def picked(tx: Tx, lines: Iterable[tuple[str, int]]) -> dict[Line, list[Units]]:
    """What was taken for these order lines and has not left yet."""
    found: dict[Line, list[Units]] = {}
    for row in await tx.fetch(_OPEN_OF, *map(list, zip(*sorted(set(lines)), strict=True))):
        line = (row["order_id"], row["line_no"], row["sku"], row["location_id"])
        found.setdefault(line, []).append(Units(row["lot"], row["serial"], row["quantity"]))
    return found


async def picked_here(tx: Tx, sku: str, location_id: str, order_id: str = "", line_no: int = 0) -> dict[Key, int]:
    """What was taken for other lines that still wait, by lot."""
    found: dict[Key, int] = {}
    for row in await tx.fetch(_OPEN_HERE, sku, location_id, order_id, line_no):
        key = (row["lot"], row["serial"])
        found[key] = found.get(key, 0) + max(0, row["quantity"])
    return found


async def waits(tx: Tx, line: Line) -> int:
    """How many units of an order's line still wait at a location."""
    return int(await tx.fetchval(_WAITS, *line) or 0)


def _units(row: Any) -> Units:
    return Units(row["lot"], row["serial"], row["quantity"], row["expire_date"])


def _who(row: Any) -> Who:
    return Who(row["actor_kind"], row["actor_id"], row["actor_terminal_id"])


def _entry(row: Any) -> Entry:
    return Entry(
        row["sku"],
        row["location_id"],
        row["lot"],
        row["serial"],
        row["quantity"],
        row["kind"],
        row["source_id"],
        row["business_time"],
        _who(row),
        row["line_no"],
        row["first_unit"],
        row["put_aside"],
        row["reason"],
    )


def _movement(sku: str, row: Any) -> Movement:
    return Movement(
        sku,
        row["location_id"],
        row["kind"],
        row["quantity"],
        row["business_time"],
        row["source_id"],
        _who(row),
        row["line_no"],
        row["first_unit"],
        row["last_unit"],
        row["measure"],
        reason=row["reason"],
        movement_id=row["movement_id"],
        record_time=row["record_time"],
    )
