"""Every SQL statement about lots, and about orders that ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit.audit import Check
from kit.postgres import Tx
from services.member.points.domain import Lot
from services.member.points.ledger import NewLot

# a report over all lots may take its time
_LONG = 60.0

_INSERT = """
INSERT INTO points_lots (member_id, lot_id, order_id, line_nos, line_points, points, pending, active, earn_time,
                         activate_time, expire_time, rule_version, line_units, line_bases, by_unit, line_measures)
SELECT member_id, lot_id, order_id, line_nos::integer[], line_points::bigint[], points, pending, active, earn_time,
       activate_time, expire_time, rule_version, line_units::bigint[], line_bases::bigint[], by_unit,
       line_measures::bigint[]
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[],
              $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[], $14::text[],
              $15::boolean[], $16::text[])
    AS lot (member_id, lot_id, order_id, line_nos, line_points, points, pending, active, earn_time, activate_time,
            expire_time, rule_version, line_units, line_bases, by_unit, line_measures)
"""

_SPENDABLE = """
SELECT lot_id, active AS available, earn_time, expire_time
  FROM points_lots WHERE member_id = $1 AND active > 0 AND (expire_time IS NULL OR expire_time > $2)
"""

_MOVE = """
UPDATE points_lots AS l
   SET pending = l.pending + d.pending, active = l.active + d.active, held = l.held + d.held
  FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[])
    AS d (member_id, lot_id, pending, active, held)
 WHERE l.member_id = d.member_id AND l.lot_id = d.lot_id
"""

_CANCELLED = "SELECT EXISTS (SELECT FROM cancelled_orders WHERE order_id = $1)"

_CANCEL = """
INSERT INTO cancelled_orders (order_id, business_time) VALUES ($1, $2) ON CONFLICT (order_id) DO NOTHING RETURNING true
"""

_DATE = """
UPDATE points_lots SET activate_time = $3 WHERE member_id = $1 AND lot_id = $2 AND activate_time IS NULL
"""

_OF_ORDERS = """
SELECT l.member_id, l.lot_id, l.order_id, l.line_nos, l.line_points, l.line_bases, l.line_measures, l.by_unit,
       l.points, l.taken, l.spared, l.pending, l.active, l.held, l.activate_time, l.expire_time, l.rule_version,
       c.order_id IS NOT NULL AS reversed, l.expired AS expired_points
  FROM points_lots AS l LEFT JOIN cancelled_orders AS c ON c.order_id = l.order_id
 WHERE l.order_id = ANY($1::uuid[])
"""

_ACTIVATING = """
SELECT member_id, lot_id FROM points_lots
 WHERE pending > 0 AND activate_time <= $1 ORDER BY activate_time LIMIT $2
"""

_EXPIRING = """
SELECT member_id, lot_id FROM points_lots WHERE active > 0 AND expire_time <= $1 ORDER BY expire_time LIMIT $2
"""

_ACTIVATING_OF = """
SELECT member_id, lot_id FROM points_lots
 WHERE (member_id, lot_id) IN (SELECT * FROM unnest($2::uuid[], $3::uuid[])) AND pending > 0 AND activate_time <= $1
"""

_EXPIRE = """
UPDATE points_lots AS l SET active = l.active - d.points, expired = l.expired + d.points
  FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS d (member_id, lot_id, points)
 WHERE l.member_id = d.member_id AND l.lot_id = d.lot_id
"""

# A lot that has ended and gets points back lives again for a while; when it had ended first stays known.
_REINSTATE = """
UPDATE points_lots SET expire_time = $4, first_expire_time = coalesce(first_expire_time, expire_time)
 WHERE member_id = $1 AND lot_id = ANY($2::uuid[]) AND expire_time <= $3
"""

_EXPIRING_OF = """
SELECT member_id, lot_id FROM points_lots
 WHERE (member_id, lot_id) IN (SELECT * FROM unnest($2::uuid[], $3::uuid[])) AND active > 0 AND expire_time <= $1
"""

_OPEN = """
SELECT lot_id, order_id, points, pending, active, held, earn_time, activate_time, expire_time, rule_version, line_nos
  FROM points_lots
 WHERE member_id = $1 AND pending + active + held > 0
   AND (coalesce(expire_time, 'infinity'), lot_id) > (coalesce($2::timestamptz, 'infinity'), $3::uuid)
 ORDER BY coalesce(expire_time, 'infinity'), lot_id LIMIT $4
"""

# By the month in which they end: what ends when December begins ended in November.
_LIABILITY = """
SELECT month, count(*) AS lots, sum(pending)::bigint AS pending, sum(active)::bigint AS active,
       sum(held)::bigint AS held
  FROM (SELECT coalesce(to_char((expire_time AT TIME ZONE $1) - interval '1 microsecond', 'YYYY-MM'), '') AS month,
               pending, active, held
          FROM points_lots WHERE pending + active + held > 0) AS open_lots
 GROUP BY month ORDER BY month = '', month
"""

_DEBT = "SELECT coalesce(sum(debt), 0)::bigint FROM points_balances WHERE debt > 0"

_LOCKED = """
SELECT member_id, lot_id, pending, active, expired FROM points_lots
 WHERE (member_id, lot_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) ORDER BY member_id, earn_time, lot_id
"""

_DRIFTED = """
SELECT format('member=%s lot=%s', l.member_id, l.lot_id) AS subject,
       format('%s/%s/%s', e.pending, e.active, e.held) AS expected,
       format('%s/%s/%s', l.pending, l.active, l.held) AS found, '' AS repair
  FROM points_lots AS l
  JOIN (SELECT member_id, lot_id, coalesce(sum(amount) FILTER (WHERE account = 1), 0) AS pending,
               coalesce(sum(amount) FILTER (WHERE account = 2), 0) AS active,
               coalesce(sum(amount) FILTER (WHERE account = 3), 0) AS held
          FROM points_entries GROUP BY member_id, lot_id) AS e USING (member_id, lot_id)
 WHERE (l.pending, l.active, l.held) <> (e.pending, e.active, e.held)
 LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class LotNow:
    """What a lot holds, and what of it has ended so far."""

    lot_id: str
    pending: int
    active: int
    expired: int


CHECKS = (Check("points.lots_equal_entries", "SELECT count(*) FROM points_lots", _DRIFTED),)


async def insert(tx: Tx, lots: Sequence[NewLot]) -> None:
    """Opens lots; arrays of unequal length cannot be unnested, so they go as text."""
    if lots:
        await tx.execute(_INSERT, *map(list, zip(*map(_row, lots), strict=True)))


def _row(lot: NewLot) -> tuple[Any, ...]:
    lines = (lot.line_nos, lot.line_points, lot.line_units, lot.line_bases, lot.line_measures)
    line_nos, line_points, units, bases, measures = (f"{{{','.join(map(str, numbers))}}}" for numbers in lines)
    head = (lot.member_id, lot.lot_id, lot.order_id, line_nos, line_points, lot.points, lot.pending, lot.active)
    dates = (lot.earn_time, lot.activate_time, lot.expire_time, lot.rule_version)
    return (*head, *dates, units, bases, lot.by_unit, measures)


async def spendable(tx: Tx, member_id: str, now: datetime) -> list[Lot]:
    """Lots that can pay now; call with the member's balance locked."""
    return [Lot(**row) for row in await tx.fetch(_SPENDABLE, member_id, now)]


async def move(tx: Tx, member_id: str, deltas: Mapping[str, tuple[int, int, int]]) -> None:
    """Adds (pending, active, held) to lots of one member."""
    await move_many(tx, [(member_id, deltas)])


async def move_many(tx: Tx, moved: Sequence[tuple[str, Mapping[str, tuple[int, int, int]]]]) -> None:
    """Adds (pending, active, held) to lots of members."""
    rows = sorted((member_id, lot_id, *delta) for member_id, deltas in moved for lot_id, delta in deltas.items())
    if rows:
        await tx.execute(_MOVE, *map(list, zip(*rows, strict=True)))


async def is_cancelled(tx: Tx, order_id: str) -> bool:
    """Whether an order's end was heard of."""
    return bool(await tx.fetchval(_CANCELLED, order_id))


async def cancel(tx: Tx, order_id: str, moment: datetime) -> bool:
    """Keeps that an order ended; False if that was known."""
    return bool(await tx.fetchval(_CANCEL, order_id, moment))


async def date(tx: Tx, member_id: str, lot_id: str, activate_time: datetime) -> None:
    """Sets when a lot becomes active."""
    await tx.execute(_DATE, member_id, lot_id, activate_time)


async def of_orders(tx: Tx, order_ids: Sequence[str]) -> list[Any]:
    """All lots that these orders opened."""
    return list(await tx.fetch(_OF_ORDERS, list(order_ids)))


async def activating(tx: Tx, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Lots (member, lot) that should be active by now."""
    return [(row["member_id"], row["lot_id"]) for row in await tx.fetch(_ACTIVATING, now, limit)]


async def expiring(tx: Tx, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Lots (member, lot) that should have expired by now."""
    return [(row["member_id"], row["lot_id"]) for row in await tx.fetch(_EXPIRING, now, limit)]


async def expiring_of(tx: Tx, now: datetime, keys: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Which of these lots should still have expired by now, their members locked: some may live again."""
    if not keys:
        return []
    rows = await tx.fetch(_EXPIRING_OF, now, [key[0] for key in keys], [key[1] for key in keys])
    return [(row["member_id"], row["lot_id"]) for row in rows]


async def open_lots(tx: Tx, member_id: str, after: tuple[datetime | None, str], limit: int) -> list[dict[str, Any]]:
    """A member's open lots from behind `after`, first what ends first."""
    return [dict(row) for row in await tx.fetch(_OPEN, member_id, *after, limit)]


async def liability(tx: Tx, zone: str) -> tuple[list[dict[str, Any]], int]:
    """Open points by the month in which they end, and what members owe."""
    months = [dict(row) for row in await tx.fetch(_LIABILITY, zone, timeout=_LONG)]
    return months, int(await tx.fetchval(_DEBT, timeout=_LONG))


async def activating_of(tx: Tx, now: datetime, keys: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Which of these lots should be active by now."""
    if not keys:
        return []
    rows = await tx.fetch(_ACTIVATING_OF, now, [key[0] for key in keys], [key[1] for key in keys])
    return [(row["member_id"], row["lot_id"]) for row in rows]


async def read(tx: Tx, keys: Sequence[tuple[str, str]]) -> dict[str, list[LotNow]]:
    """What these lots hold, by member; call with the members' balances locked."""
    found: dict[str, list[LotNow]] = {}
    for row in await tx.fetch(_LOCKED, [key[0] for key in keys], [key[1] for key in keys]):
        lot = LotNow(row["lot_id"], row["pending"], row["active"], row["expired"])
        found.setdefault(row["member_id"], []).append(lot)
    return found


async def expire(tx: Tx, ended: Sequence[tuple[str, str, int]]) -> None:
    """Takes what has ended (member, lot, points) out of lots."""
    if ended:
        await tx.execute(_EXPIRE, *map(list, zip(*sorted(ended), strict=True)))


async def reinstate(tx: Tx, member_id: str, lot_ids: Sequence[str], now: datetime, until: datetime) -> None:
    """Lets those of a member's lots that have ended by now live again until then."""
    await tx.execute(_REINSTATE, member_id, list(lot_ids), now, until)
