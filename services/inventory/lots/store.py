"""Rows of lots, how much of each is where, and their journal."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.lots.domain import Balance, Key, Lot
from services.inventory.lots.domain_entries import Entry, Written
from services.inventory.stock.domain import Place

_COLUMNS = "sku, lot, serial, expire_date, state, note, create_time, version"
_MAKE = f"""
INSERT INTO lots ({_COLUMNS}, actor_kind, actor_id)
SELECT sku, lot, serial, expire_date, state, '', $6, 1, 'service', 'inventory'
  FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::text[]) AS l (sku, lot, serial, expire_date, state)
 ORDER BY sku, lot, serial
ON CONFLICT DO NOTHING RETURNING sku, lot, serial
"""
_LOCK = f"""
SELECT {_COLUMNS} FROM lots WHERE (sku, lot, serial) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))
 ORDER BY sku, lot, serial FOR UPDATE
"""
_PUT = """
UPDATE lots SET state = $4, expire_date = $5, note = $6, version = $7, actor_kind = $8, actor_id = $9,
       actor_terminal_id = $10
 WHERE sku = $1 AND lot = $2 AND serial = $3
"""
_HOMES = """
SELECT sku, serial, lot FROM lots
 WHERE (sku, serial) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND serial <> ''
"""
_FIND = f"SELECT {_COLUMNS} FROM lots WHERE sku = $1 AND lot = $2 AND serial = $3"
_FIND_SERIAL = f"SELECT {_COLUMNS} FROM lots WHERE sku = $1 AND serial = $2 AND serial <> ''"
_OVER = f"SELECT {_COLUMNS} FROM lots WHERE sku = $1 AND expire_date <= $2 AND state = 'GOOD' ORDER BY lot, serial"
# An entry counts once; what is new of it is added to the lot at its location, and to what of the level is named.
_WRITE = """
WITH fresh AS (
    INSERT INTO lot_entries (sku, location_id, lot, serial, quantity, put_aside, kind, source_id, line_no, first_unit,
        reason, business_time, actor_kind, actor_id, actor_terminal_id)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[],
        $8::text[], $9::int[], $10::bigint[], $11::text[], $12::timestamptz[], $13::text[], $14::text[], $15::text[])
    ON CONFLICT (source_id, line_no, kind, first_unit, sku, location_id, lot, serial) WHERE line_no > 0 DO NOTHING
    RETURNING sku, location_id, lot, serial, quantity, put_aside, business_time
), added AS (
    SELECT sku, location_id, lot, serial, sum(quantity)::bigint AS quantity, sum(put_aside)::bigint AS put_aside,
           min(business_time) AS since_time
      FROM fresh GROUP BY sku, location_id, lot, serial
), level AS (
    INSERT INTO lot_levels AS l (sku, location_id, lot, serial, on_hand, put_aside, since_time)
    SELECT * FROM added ORDER BY sku, location_id, lot, serial
    ON CONFLICT (sku, location_id, lot, serial) DO UPDATE SET on_hand = l.on_hand + excluded.on_hand,
        put_aside = l.put_aside + excluded.put_aside,
        since_time = CASE WHEN l.on_hand <= 0 AND excluded.on_hand > 0 THEN excluded.since_time ELSE l.since_time END
    RETURNING sku, location_id, lot, serial, on_hand, put_aside
), whole AS (
    UPDATE stock_levels AS s SET named = s.named + n.quantity
      FROM (SELECT sku, location_id, sum(quantity)::bigint AS quantity FROM fresh GROUP BY sku, location_id) AS n
     WHERE s.sku = n.sku AND s.location_id = n.location_id AND n.quantity <> 0
)
SELECT l.sku, l.location_id, l.lot, l.serial, l.on_hand, l.put_aside, a.quantity
  FROM level l JOIN added a USING (sku, location_id, lot, serial)
"""
_BALANCE = """
SELECT l.sku, l.location_id, l.lot, l.serial, l.on_hand, l.put_aside, l.since_time,
       coalesce(own.expire_date, whole.expire_date) AS expire_date,
       CASE WHEN whole.state <> 'GOOD' THEN whole.state ELSE own.state END AS state
  FROM lot_levels l
  JOIN lots own ON own.sku = l.sku AND own.lot = l.lot AND own.serial = l.serial
  LEFT JOIN lots whole ON whole.sku = l.sku AND whole.lot = l.lot AND whole.serial = '' AND l.serial <> ''
"""
_HERE = f"""{_BALANCE}
 WHERE (l.sku, l.location_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
   AND (l.on_hand <> 0 OR l.put_aside <> 0)
 ORDER BY l.sku, l.location_id, l.lot, l.serial
"""
_ABOUT = f"{_BALANCE} WHERE l.sku = $1 AND (l.on_hand <> 0 OR l.put_aside <> 0)"
_PAGE = f"{_ABOUT} AND (l.location_id, l.lot, l.serial) > ($2, $3, $4) ORDER BY l.location_id, l.lot, l.serial LIMIT $5"
_PAGE_HERE = f"""{_ABOUT} AND l.location_id = $6 AND (l.location_id, l.lot, l.serial) > ($2, $3, $4)
 ORDER BY l.location_id, l.lot, l.serial LIMIT $5
"""
_WHERE = f"{_ABOUT} AND l.lot = $2 AND ($3 = '' OR l.serial = $3) ORDER BY l.location_id, l.serial LIMIT 1000"
_PLACES = """
SELECT location_id FROM lot_levels WHERE (sku, lot) IN (SELECT * FROM unnest($1::text[], $2::text[]))
 UNION
SELECT location_id FROM lot_levels
 WHERE (sku, serial) IN (SELECT * FROM unnest($3::text[], $4::text[])) AND serial <> ''
 ORDER BY location_id
"""
_HOLDERS = """
SELECT DISTINCT location_id FROM lot_levels
 WHERE sku = $1 AND lot = $2 AND ($3 = '' OR serial = $3) AND on_hand > 0 ORDER BY location_id
"""
_LEVELS = """
SELECT sku, location_id, on_hand, named FROM stock_levels
 WHERE (sku, location_id) IN (SELECT * FROM unnest($1::text[], $2::text[])) ORDER BY sku, location_id
"""
_ASIDE = """
SELECT sku, location_id, sum(put_aside)::bigint AS units FROM lot_levels
 WHERE (sku, location_id) IN (SELECT * FROM unnest($1::text[], $2::text[])) GROUP BY sku, location_id
"""
_EVERYWHERE = """
SELECT sku, serial, sum(on_hand)::bigint AS units FROM lot_levels
 WHERE (sku, serial) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND serial <> '' GROUP BY sku, serial
"""


async def make(tx: Tx, given: Sequence[Lot], at: datetime) -> set[tuple[str, Key]]:
    """Writes lots that are not there; gives those that are new."""
    rows = [(one.sku, one.lot, one.serial, one.expire_date, one.state) for one in given]
    found = await tx.fetch(_MAKE, *map(list, zip(*rows, strict=True)), at)
    return {(row["sku"], (row["lot"], row["serial"])) for row in found}


async def lock(tx: Tx, keys: Iterable[tuple[str, Key]]) -> dict[tuple[str, Key], Lot]:
    """These lots, locked in key order."""
    rows = [(sku, *key) for sku, key in sorted(set(keys))]
    if not rows:
        return {}
    found = [Lot(**row) for row in await tx.fetch(_LOCK, *map(list, zip(*rows, strict=True)))]
    return {(one.sku, one.key): one for one in found}


async def put(tx: Tx, given: Lot, actor: Actor) -> None:
    """Writes a lot's step."""
    state = (given.state, given.expire_date, given.note, given.version)
    await tx.execute(_PUT, given.sku, given.lot, given.serial, *state, actor.kind.value, actor.id, actor.terminal_id)


async def homes(tx: Tx, serials: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The lots that known serials belong to."""
    rows = sorted(set(serials))
    if not rows:
        return {}
    found = await tx.fetch(_HOMES, *map(list, zip(*rows, strict=True)))
    return {(row["sku"], row["serial"]): row["lot"] for row in found}


async def find(tx: Tx, sku: str, lot: str, serial: str) -> Lot | None:
    """One lot or serial; a serial is found without its lot."""
    row = await (tx.fetchrow(_FIND_SERIAL, sku, serial) if serial else tx.fetchrow(_FIND, sku, lot, ""))
    return Lot(**row) if row else None


async def over(tx: Tx, sku: str, day: date) -> list[Lot]:
    """Lots of a SKU whose last day is this one or an earlier one, and that nobody took out of sale yet."""
    return [Lot(**row) for row in await tx.fetch(_OVER, sku, day)]


async def write(tx: Tx, entries: Sequence[Entry]) -> list[Written]:
    """Adds entries that were not told before, behind the locks of their levels."""
    rows = [
        (e.sku, e.location_id, e.lot, e.serial, e.quantity, e.put_aside, e.kind, e.source_id, e.line_no, e.first,
         e.reason, e.business_time, e.who.kind, e.who.id, e.who.terminal_id)
        for e in entries
    ]  # fmt: skip
    if not rows:
        return []
    return [Written(**row) for row in await tx.fetch(_WRITE, *map(list, zip(*rows, strict=True)))]


async def here(tx: Tx, places: Iterable[Place]) -> dict[Place, list[Balance]]:
    """Every lot that stands at these places."""
    found: dict[Place, list[Balance]] = {place: [] for place in sorted(set(places))}
    for row in await tx.fetch(_HERE, *_two(list(found))):
        found[row["sku"], row["location_id"]].append(Balance(**row))
    return found


async def page(tx: Tx, sku: str, location_id: str, after: tuple[str, str, str], size: int) -> list[Balance]:
    """What of a SKU stands where, by lot."""
    rows = (
        await tx.fetch(_PAGE_HERE, sku, *after, size, location_id)
        if location_id
        else await tx.fetch(_PAGE, sku, *after, size)
    )
    return [Balance(**row) for row in rows]


async def where(tx: Tx, sku: str, lot: str, serial: str) -> list[Balance]:
    """Where a lot or serial is."""
    return [Balance(**row) for row in await tx.fetch(_WHERE, sku, lot, serial)]


async def places(tx: Tx, lots: Iterable[Lot]) -> list[str]:
    """Locations that ever had units of these lots."""
    given = list(lots)
    whole = sorted({(one.sku, one.lot) for one in given if not one.serial})
    single = sorted({(one.sku, one.serial) for one in given if one.serial})
    return [row["location_id"] for row in await tx.fetch(_PLACES, *_two(whole), *_two(single))]


async def holders(tx: Tx, one: Lot) -> list[str]:
    """Locations that have some of it now."""
    return [row["location_id"] for row in await tx.fetch(_HOLDERS, one.sku, one.lot, one.serial)]


async def unnamed(tx: Tx, places: Iterable[Place]) -> dict[Place, int]:
    """What of these levels belongs to no lot that anybody named."""
    rows = await tx.fetch(_LEVELS, *_two(sorted(set(places))))
    return {(row["sku"], row["location_id"]): row["on_hand"] - row["named"] for row in rows}


async def put_aside(tx: Tx, places: Iterable[Place]) -> Mapping[Place, int]:
    """How many units of these levels are of lots that may not be sold."""
    rows = await tx.fetch(_ASIDE, *_two(sorted(set(places))))
    return {(row["sku"], row["location_id"]): row["units"] for row in rows}


async def everywhere(tx: Tx, serials: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """How many units each serial is, all places together: 1 or 0 if nobody erred."""
    rows = await tx.fetch(_EVERYWHERE, *_two(sorted(set(serials))))
    return {(row["sku"], row["serial"]): row["units"] for row in rows}


def _two(pairs: Sequence[tuple[str, str]]) -> tuple[list[Any], list[Any]]:
    return [one for one, _ in pairs], [two for _, two in pairs]
