"""Every SQL statement about holds."""

from datetime import datetime

import asyncpg

from kit.audit import Check
from kit.postgres import Tx
from services.member.wallet.domain import Hold, State

_FIND = """
SELECT hold_id, member_id, state, points, value, lot_ids, lot_points FROM points_holds WHERE hold_id = $1 FOR UPDATE
"""

_INSERT = """
INSERT INTO points_holds (hold_id, member_id, state, points, value, lot_ids, lot_points, business_time, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (hold_id) DO NOTHING
"""

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
    return _hold(row) if row else None


async def insert(tx: Tx, hold: Hold, moment: datetime, reason: str = "") -> None:
    """Keeps a hold, or the tombstone of one."""
    lots, points = [lot_id for lot_id, _ in hold.parts], [part for _, part in hold.parts]
    head = (hold.hold_id, hold.member_id, hold.state, hold.points, hold.value)
    await tx.execute(_INSERT, *head, lots, points, moment, reason)


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


def _hold(row: asyncpg.Record) -> Hold:
    parts = tuple(zip(row["lot_ids"], row["lot_points"], strict=True))
    return Hold(row["hold_id"], row["member_id"], State(row["state"]), row["points"], row["value"], parts)
