"""Serials of sold units: kept as they leave, settled as they come back."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import asyncpg

from kit.access import Actor
from kit.audit import Check
from kit.ids import uuid7
from kit.postgres import Tx
from services.order.serials import domain
from services.order.serials.domain import Brought, Left

# by serial: whoever takes several of them takes them in one order
_KEEP = """
INSERT INTO unit_serials (order_id, line_no, unit, sku, serial, parcel_id, is_out)
SELECT $1, one.*, true FROM unnest($2::int[], $3::bigint[], $4::text[], $5::text[], $6::uuid[])
    AS one (line_no, unit, sku, serial, parcel_id) ORDER BY sku, serial
ON CONFLICT DO NOTHING RETURNING line_no, unit
"""
# what tills say is kept of goods that ask for serials; of one that is out already, beside it: that stays locked, so
# that whoever frees it sees what is beside it
_SELL = """
INSERT INTO unit_serials (order_id, line_no, unit, sku, serial, is_out)
SELECT order_id, line_no, unit, one.sku, serial, $6
  FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::text[], $5::text[])
       AS one (order_id, line_no, unit, sku, serial)
  JOIN variants ON variants.sku = one.sku AND variants.serials
 ORDER BY one.sku, serial
ON CONFLICT (sku, serial) WHERE is_out DO UPDATE SET is_out = true WHERE false RETURNING order_id, line_no, unit
"""
# of a serial that nobody has, whoever was the first to name it beside the one who had it
_NEXT = """
WITH beside AS (
    SELECT order_id, line_no, unit, sku, serial, record_time
      FROM unit_serials JOIN unnest($1::text[], $2::text[]) AS freed (sku, serial) USING (sku, serial)
     WHERE NOT is_out AND return_id IS NULL
       AND NOT EXISTS (SELECT FROM unit_serials AS held
                        WHERE held.sku = freed.sku AND held.serial = freed.serial AND held.is_out)
     ORDER BY sku, serial, record_time, order_id, line_no, unit FOR UPDATE OF unit_serials
), first AS (
    SELECT DISTINCT ON (sku, serial) order_id, line_no, unit FROM beside
     ORDER BY sku, serial, record_time, order_id, line_no, unit
)
UPDATE unit_serials AS one SET is_out = true FROM first
 WHERE one.order_id = first.order_id AND one.line_no = first.line_no AND one.unit = first.unit
"""
_FLAG = """
WITH review AS (
    INSERT INTO sale_reviews (order_id, flag, subject, location_id)
    SELECT $1, $2, subject, $4 FROM unnest($3::text[]) AS one (subject)
    ON CONFLICT DO NOTHING
)
UPDATE orders SET version = version + 1, update_time = now(),
       review_flags = array_append(array_remove(review_flags, $2), $2)
 WHERE order_id = $1 RETURNING version
"""
_OF_ORDERS = """
SELECT order_id, line_no, unit, sku, serial, parcel_id, return_id, returned_serial FROM unit_serials
 WHERE order_id = ANY($1::uuid[])
"""
_ELSEWHERE = """
SELECT sku, serial FROM unit_serials JOIN unnest($1::text[], $2::text[]) AS one (sku, serial) USING (sku, serial)
 WHERE is_out AND order_id <> $3
"""
_BRING = """
INSERT INTO unit_serials (order_id, line_no, unit, sku, serial, returned_serial, return_id, is_out)
SELECT $1, line_no, unit, sku, serial, came, $2, false
  FROM unnest($3::int[], $4::bigint[], $5::text[], $6::text[], $7::text[]) AS one (line_no, unit, sku, serial, came)
ON CONFLICT (order_id, line_no, unit) DO UPDATE
   SET returned_serial = excluded.returned_serial, return_id = excluded.return_id, is_out = false
"""
# its carrier has it, or had; what it holds was told then, and not before
_GONE = """
SELECT EXISTS (SELECT FROM parcels JOIN fulfilments AS whole USING (fulfilment_id)
                WHERE parcel_id = $1 AND whole.state IN ('SHIPPED', 'DELIVERED', 'UNDELIVERED'))
"""
# only what is still believed: whoever calls a parcel off, or brings the unit home, may have been faster
_CORRECT = """
UPDATE unit_serials SET serial = $5, is_out = true
 WHERE order_id = $1 AND line_no = $2 AND unit = $3 AND serial = $4 AND return_id IS NULL RETURNING unit
"""
_FORGET = """
DELETE FROM unit_serials
 WHERE order_id = $1 AND line_no = $2 AND unit = $3 AND serial = $4 AND return_id IS NULL RETURNING unit
"""
_NOTE = """
INSERT INTO unit_serial_changes (change_id, order_id, line_no, unit, serial, believed, reason, actor_kind, actor_id,
    actor_terminal_id, business_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
CHECKS = (
    Check(
        "serials.are_where_their_units_are",
        "SELECT count(*) FROM unit_serials",
        # home with the return that holds the unit, and else out, or named a second time beside one that is
        """
        SELECT 'order=' || one.order_id || ' line=' || one.line_no || ' unit=' || one.unit AS subject,
               coalesce('home with ' || back.return_id, 'out') AS expected,
               CASE WHEN is_out THEN 'out' ELSE coalesce('home with ' || one.return_id, 'not home') END AS found,
               '' AS repair
          FROM unit_serials AS one
          LEFT JOIN LATERAL (
               SELECT held.return_id FROM return_units AS held JOIN returns USING (return_id)
                WHERE held.order_id = one.order_id AND held.line_no = one.line_no AND held.live
                  AND one.unit BETWEEN held.first_unit AND held.last_unit
                  AND returns.state IN ('RECEIVED', 'INSPECTED', 'CLOSED') LIMIT 1) AS back ON true
         WHERE back.return_id IS DISTINCT FROM one.return_id
            OR (NOT is_out AND one.return_id IS NULL AND NOT EXISTS (
                SELECT FROM unit_serials AS held
                 WHERE held.sku = one.sku AND held.serial = one.serial AND held.is_out)) LIMIT 100
        """,
    ),
    Check(
        "serials.are_free_where_their_parcels_are_called_off",
        "SELECT count(*) FROM unit_serials WHERE parcel_id IS NOT NULL",
        """
        SELECT 'order=' || order_id || ' line=' || line_no || ' unit=' || unit AS subject, 'free' AS expected,
               'out in parcel ' || parcel_id AS found, '' AS repair
          FROM unit_serials JOIN parcels USING (parcel_id)
         WHERE is_out AND parcels.state = 'CANCELLED' LIMIT 100
        """,
    ),
)


async def keep(tx: Tx, order_id: str, given: Sequence[Left]) -> set[tuple[int, int]]:
    """Lets units go with their serials; gives those, by line and unit, whose serial was free."""
    columns = zip(*((one.line_no, one.unit, one.sku, one.serial, one.parcel_id) for one in given), strict=True)
    return {(row["line_no"], row["unit"]) for row in await tx.fetch(_KEEP, order_id, *map(list, columns))}


async def sell(tx: Tx, given: Sequence[tuple[str, Left]]) -> list[tuple[str, Left]]:
    """Keeps what tills sold, by order; gives those whose serial was out already."""
    units = {(order_id, one.line_no, one.unit): (order_id, one) for order_id, one in reversed(given)}
    told = [pair for pair in dict.fromkeys(given) if units[pair[0], pair[1].line_no, pair[1].unit] == pair]
    first = {(one.sku, one.serial): (order_id, one) for order_id, one in reversed(told)}
    out = await _sell(tx, list(first.values()), is_out=True)
    rest = [(order_id, one) for order_id, one in told if (order_id, one.line_no, one.unit) not in out]
    twice = await _sell(tx, rest, is_out=False) if rest else set()
    return [(order_id, one) for order_id, one in rest if (order_id, one.line_no, one.unit) in twice]


async def passed(tx: Tx, freed: Iterable[tuple[str, str]]) -> None:
    """Of goods and serials that somebody has no more: whoever named them beside him has them."""
    if given := sorted(set(freed)):
        await tx.execute(_NEXT, *map(list, zip(*given, strict=True)))


async def flag(tx: Tx, order_id: str, flag: str, serials: Sequence[str], location_id: str) -> int:
    """Puts a till's sale before a person; gives its new version."""
    return int(await tx.fetchval(_FLAG, order_id, flag, serials, location_id) or 0)


async def of_orders(tx: Tx, order_ids: Sequence[str]) -> dict[str, dict[int, dict[int, Left]]]:
    """What left with which serial, by order, line and unit."""
    found: dict[str, dict[int, dict[int, Left]]] = {}
    for order_id, *row in await tx.fetch(_OF_ORDERS, order_ids):
        one = Left(*row)
        found.setdefault(order_id, {}).setdefault(one.line_no, {})[one.unit] = one
    return found


async def elsewhere(tx: Tx, order_id: str, given: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these goods and serials that are out with another order."""
    rows = await tx.fetch(_ELSEWHERE, *map(list, zip(*given, strict=True)), order_id)
    return {(row["sku"], row["serial"]) for row in rows}


async def bring(tx: Tx, order_id: str, return_id: str, given: Sequence[Brought]) -> None:
    """These units are home."""
    if given:
        columns = zip(*((one.line_no, one.unit, one.sku, one.left, one.came) for one in given), strict=True)
        await tx.execute(_BRING, order_id, return_id, *map(list, columns))
        await passed(tx, ((one.sku, one.left) for one in given if one.left))


async def gone(tx: Tx, parcel_id: str) -> bool:
    """Whether a parcel is on its way, or was."""
    return bool(await tx.fetchval(_GONE, parcel_id))


async def correct(tx: Tx, order_id: str, one: Left, believed: str) -> bool:
    """It left with its serial, or nobody knows with which, and not with what is believed; if that still is."""
    unit = (order_id, one.line_no, one.unit, believed)
    try:
        found = await (tx.fetchval(_CORRECT, *unit, one.serial) if one.serial else tx.fetchval(_FORGET, *unit))
    except asyncpg.UniqueViolationError as error:
        raise domain.taken("serial", one) from error
    await passed(tx, [(one.sku, believed)])
    return found is not None


async def note(
    tx: Tx, order_id: str, one: Left, believed: str, reason: str, actor: Actor, at: datetime
) -> None:  # fmt: skip
    """Who said so, and why."""
    head = (uuid7(), order_id, one.line_no, one.unit, one.serial, believed, reason)
    await tx.execute(_NOTE, *head, actor.kind, actor.id, actor.terminal_id, at)


async def _sell(tx: Tx, given: Sequence[tuple[str, Left]], *, is_out: bool) -> set[tuple[str, int, int]]:
    columns = zip(*((order_id, one.line_no, one.unit, one.sku, one.serial) for order_id, one in given), strict=True)
    rows = await tx.fetch(_SELL, *map(list, columns), is_out)
    return {(row["order_id"], row["line_no"], row["unit"]) for row in rows}
