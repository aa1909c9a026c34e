"""Every SQL statement about holds."""

from datetime import datetime

import asyncpg

from kit.audit import Check
from kit.postgres import Tx
from services.member.wallet.domain import Hold, State

COLUMNS = "hold_id, member_id, state, points, value, lot_ids, lot_points, asked, terminal_id"

_FIND = f"SELECT {COLUMNS} FROM points_holds WHERE hold_id = $1 FOR UPDATE"

# A hold changes only behind its member's lock, so that it needs none of its own; whether he may spend, in one question.
_OPENING = f"""
SELECT (SELECT value_frozen_time IS NOT NULL FROM members WHERE members.member_id = $2) AS frozen, had.*
  FROM (SELECT 1) AS always LEFT JOIN (SELECT {COLUMNS} FROM points_holds WHERE hold_id = $1) AS had ON true
"""

_INSERT = """
INSERT INTO points_holds (hold_id, member_id, state, points, value, lot_ids, lot_points, business_time, reason, asked,
                          terminal_id, end_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (hold_id) DO NOTHING RETURNING true
"""

_FROZEN = "SELECT value_frozen_time IS NOT NULL FROM members WHERE member_id = $1"

_END = "UPDATE points_holds SET state = $2, reason = $3 WHERE hold_id = $1 AND state = 1"

# What an order spent though nothing was held for it.
_UNHELD = """
SELECT member_id, -points AS points FROM points_transfers
 WHERE order_id = $1 AND kind = 5 AND reason = 'HOLD_MISSING'
"""

_RESTORED = "SELECT coalesce(sum(points), 0)::bigint FROM points_transfers WHERE order_id = $1 AND kind = 9"

# orders for which points are still held: one page, for the proof over several services
OPEN = "SELECT hold_id FROM points_holds WHERE state = 1 AND hold_id > $1::uuid ORDER BY hold_id LIMIT $2"

_DRIFTED = """
SELECT format('member=%s', b.member_id) AS subject, coalesce(h.points, 0)::text AS expected, b.held::text AS found,
       '' AS repair
  FROM points_balances AS b
  LEFT JOIN (SELECT member_id, sum(points) AS points FROM points_holds WHERE state = 1 GROUP BY member_id) AS h
       USING (member_id)
 WHERE b.held <> coalesce(h.points, 0)
 LIMIT 100
"""

# What came back is what the order's cancelled units had cost, and all of it where the order ended.
_UNRESTORED = """
SELECT format('order=%s', u.order_id) AS subject, t.due::text AS expected, t.restored::text AS found, '' AS repair
  FROM (SELECT order_id, sum(points_returned) AS returned FROM cancelled_units GROUP BY order_id) AS u
  LEFT JOIN cancelled_orders AS c ON c.order_id = u.order_id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN c.order_id IS NULL THEN least(u.returned, spent) ELSE spent END AS due, restored
         FROM (SELECT coalesce(-sum(points) FILTER (WHERE kind = 5), 0) AS spent,
                      coalesce(sum(points) FILTER (WHERE kind = 9), 0) AS restored
                 FROM points_transfers WHERE order_id = u.order_id) AS sums) AS t
 WHERE t.due <> t.restored
 LIMIT 100
"""

CHECKS = (
    Check("wallet.held_equals_holds", "SELECT count(*) FROM points_holds", _DRIFTED),
    Check("wallet.cancelled_units_are_paid_back", "SELECT count(*) FROM cancelled_units", _UNRESTORED),
)


async def find(tx: Tx, hold_id: str) -> Hold | None:
    """A hold, locked."""
    row = await tx.fetchrow(_FIND, hold_id)
    return hold_of(row) if row else None


async def opening(tx: Tx, hold_id: str, member_id: str | None) -> tuple[Hold | None, bool]:
    """A hold whose member is locked, and whether nothing of his may be spent."""
    (row,) = await tx.fetch(_OPENING, hold_id, member_id)
    return (hold_of(row) if row["hold_id"] else None), bool(row["frozen"])


async def insert(tx: Tx, hold: Hold, moment: datetime, reason: str = "", ends: datetime | None = None) -> bool:
    """Keeps a hold, or the tombstone of one; False if there is one of that name."""
    lots, points = [lot_id for lot_id, _ in hold.parts], [part for _, part in hold.parts]
    head = (hold.hold_id, hold.member_id, hold.state, hold.points, hold.value)
    made = await tx.fetchval(_INSERT, *head, lots, points, moment, reason, hold.asked, hold.terminal_id, ends)
    return made is not None


async def frozen(tx: Tx, member_id: str) -> bool:
    """Whether nothing of a member's may be spent."""
    return bool(await tx.fetchval(_FROZEN, member_id))


async def end(tx: Tx, hold_id: str, state: State, reason: str = "") -> None:
    """Ends an active hold."""
    await tx.execute(_END, hold_id, state, reason)


async def spent(tx: Tx, order_id: str, had: Hold | None) -> Hold | None:
    """What an order is known to have spent, by its hold `had`; without one, as a spending out of no lot."""
    if had is not None and had.state is State.COMMITTED:
        return had
    row = await tx.fetchrow(_UNHELD, order_id)
    return Hold(order_id, row["member_id"], State.COMMITTED, row["points"], 0, ()) if row else None


async def restored(tx: Tx, order_id: str) -> int:
    """How many points an order got back."""
    return int(await tx.fetchval(_RESTORED, order_id))


def hold_of(row: asyncpg.Record) -> Hold:
    """A row as a hold."""
    parts = tuple(zip(row["lot_ids"], row["lot_points"], strict=True))
    head = (row["hold_id"], row["member_id"], State(row["state"]), row["points"], row["value"])
    return Hold(*head, parts, row["asked"], row["terminal_id"])
