"""Every SQL statement by which lots, holds and counted spend change hands between two members who are one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as date_of
from typing import Any

from kit.postgres import Tx

_LOTS = """
SELECT lot_id, pending, active, held FROM points_lots WHERE member_id = $1 ORDER BY lot_id FOR UPDATE
"""

_QUALIFYING = "SELECT order_id, amount FROM qualifying_spend WHERE member_id = $1 ORDER BY order_id"

_HOLDS = "SELECT hold_id FROM points_holds WHERE member_id = $1 AND state = 1 ORDER BY hold_id FOR UPDATE"

_GIVE_LOTS = "UPDATE points_lots SET member_id = $2 WHERE member_id = $1 AND lot_id = ANY($3::uuid[])"

# An order that both have counted is one order; the giver's row goes.
_GIVE_QUALIFYING = """
WITH gone AS (
    DELETE FROM qualifying_spend WHERE member_id = $1 AND order_id = ANY($3::uuid[])
    RETURNING order_id, business_time, amount, taken, orders, points, left_out, imported, point_value
)
INSERT INTO qualifying_spend (member_id, order_id, business_time, amount, taken, orders, points, left_out, imported,
                              point_value)
SELECT $2, order_id, business_time, amount, taken, orders, points, left_out, imported, point_value FROM gone
    ON CONFLICT (member_id, order_id) DO NOTHING
"""

_GIVE_RETURNS = """
WITH gone AS (
    DELETE FROM qualifying_returns WHERE member_id = $1 AND order_id = ANY($3::uuid[])
    RETURNING order_id, refund_id, business_time, amount, orders, points, part
)
INSERT INTO qualifying_returns (member_id, order_id, refund_id, business_time, amount, orders, points, part)
SELECT $2, order_id, refund_id, business_time, amount, orders, points, part FROM gone
    ON CONFLICT (member_id, order_id, refund_id, part) DO NOTHING
"""

# The date on whose anniversaries a tier ends: what the taker has of his own stays his.
_GIVE_DATE = """
WITH gone AS (DELETE FROM tier_dates WHERE member_id = $1 RETURNING member_date)
INSERT INTO tier_dates (member_id, member_date) SELECT $2, member_date FROM gone
    ON CONFLICT (member_id) DO NOTHING RETURNING true
"""
_DATE = "SELECT member_date FROM tier_dates WHERE member_id = $1"
_PUT_DATE = """
INSERT INTO tier_dates (member_id, member_date) VALUES ($1, $2) ON CONFLICT (member_id) DO NOTHING
"""
_DROP_DATE = "DELETE FROM tier_dates WHERE member_id = $1 AND member_date = $2"

_WITH_BALANCE = """
SELECT member_id FROM points_balances
 WHERE member_id = ANY($1::uuid[]) AND (pending > 0 OR active > 0 OR debt > 0) ORDER BY member_id
"""

_GIVE_HOLDS = "UPDATE points_holds SET member_id = $2 WHERE member_id = $1 AND hold_id = ANY($3::uuid[])"

# Every order that concerns what these ids have, wherever its transfers were posted.
_ORDERS = """
SELECT order_id FROM points_transfers AS t
 WHERE member_id = ANY($1::uuid[]) AND order_id IS NOT NULL
   -- not those that another id's were while that meant this member
   AND NOT EXISTS (SELECT FROM alias_orders AS n WHERE n.order_id = t.order_id AND NOT n.named_id = ANY($1::uuid[]))
 UNION
SELECT order_id FROM points_lots WHERE member_id = ANY($1::uuid[]) AND order_id IS NOT NULL
 UNION
SELECT order_id FROM qualifying_spend WHERE member_id = ANY($1::uuid[])
 UNION
SELECT order_id FROM alias_orders WHERE named_id = ANY($1::uuid[])
"""

# Lots that came along, and those that orders of the absorbed one's opened since.
_LOTS_BACK = """
SELECT lot_id, pending, active, held FROM points_lots
 WHERE member_id = $1 AND (lot_id = ANY($2::uuid[]) OR order_id = ANY($3::uuid[]))
 ORDER BY lot_id FOR UPDATE
"""

# Holds that stay where they are, though they took from lots that go back.
_STAYING = """
SELECT hold_id, state, lot_ids, lot_points FROM points_holds
 WHERE member_id = $1 AND state IN (1, 2) AND lot_ids && $2::uuid[] AND NOT hold_id = ANY($3::uuid[])
 ORDER BY hold_id FOR UPDATE
"""

_ACTIVE_PARTS = """
SELECT lot_ids, lot_points FROM points_holds WHERE hold_id = ANY($1::uuid[]) AND state = 1 ORDER BY hold_id FOR UPDATE
"""

_RENAME = "UPDATE points_holds SET lot_ids = array_replace(lot_ids, $2, $3) WHERE hold_id = $1"

# A lot's double for what stays behind: same dates, no order, so that no return takes anything back from it.
_DOUBLE = """
INSERT INTO points_lots (member_id, lot_id, order_id, line_nos, line_points, points, pending, active, held, earn_time,
                         activate_time, expire_time, rule_version)
SELECT member_id, $3, NULL, '{}', '{}', points, 0, 0, $4, earn_time, activate_time, expire_time, rule_version
  FROM points_lots WHERE member_id = $1 AND lot_id = $2
"""

_SET_HELD = "UPDATE points_lots SET held = $3 WHERE member_id = $1 AND lot_id = $2"

# What orders of the absorbed one's did to sums of the survivor since; a spending of the survivor's own is not his.
_SUMS_OF_ORDERS = """
SELECT e.account, sum(e.amount)::bigint AS amount
  FROM points_transfers AS t JOIN points_entries AS e USING (member_id, transfer_id)
 WHERE t.member_id = $1 AND t.order_id = ANY($2::uuid[]) AND e.account IN (5, 7)
   AND NOT (t.kind IN (5, 9) AND EXISTS (SELECT FROM points_holds AS h
                                          WHERE h.hold_id = t.order_id AND h.member_id = $1
                                            AND NOT h.hold_id = ANY($3::uuid[])))
 GROUP BY e.account
"""

# What became of the absorbed one's lots since: some ran out, some paid a debt off.
_SUMS_OF_LOTS = """
SELECT e.account, sum(e.amount)::bigint AS amount
  FROM points_transfers AS t JOIN points_entries AS e USING (member_id, transfer_id)
 WHERE t.member_id = $1 AND t.kind IN (2, 6) AND e.account IN (6, 7)
   AND EXISTS (SELECT FROM points_entries AS own WHERE own.member_id = t.member_id
                  AND own.transfer_id = t.transfer_id AND own.lot_id = ANY($2::uuid[]))
 GROUP BY e.account
"""

_NAME = """
INSERT INTO alias_orders (order_id, named_id) SELECT * FROM unnest($1::uuid[], $2::uuid[])
    ON CONFLICT (order_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class LotLeft:
    """What a lot holds."""

    lot_id: str
    pending: int
    active: int
    held: int


async def lots(tx: Tx, member_id: str) -> list[LotLeft]:
    """All of a member's lots, also those that are spent: what comes back to them must find them."""
    return [LotLeft(*row) for row in await tx.fetch(_LOTS, member_id)]


async def qualifying(tx: Tx, member_id: str) -> dict[str, int]:
    """What a member's orders count toward the tier."""
    return {row["order_id"]: row["amount"] for row in await tx.fetch(_QUALIFYING, member_id)}


async def holds(tx: Tx, member_id: str) -> list[str]:
    """A member's active holds, locked."""
    return [row["hold_id"] for row in await tx.fetch(_HOLDS, member_id)]


async def orders(tx: Tx, member_ids: Sequence[str]) -> list[str]:
    """Orders that concern what these ids have."""
    return sorted(row["order_id"] for row in await tx.fetch(_ORDERS, list(member_ids)))


async def give(
    tx: Tx, giver: str, taker: str, lot_ids: Sequence[str], order_ids: Sequence[str], hold_ids: Sequence[str]
) -> None:
    """Re-owns lots, counted orders and holds."""
    await tx.execute(_GIVE_LOTS, giver, taker, list(lot_ids))
    await tx.execute(_GIVE_QUALIFYING, giver, taker, list(order_ids))
    await tx.execute(_GIVE_RETURNS, giver, taker, list(order_ids))
    await tx.execute(_GIVE_HOLDS, giver, taker, list(hold_ids))


async def lots_back(tx: Tx, member_id: str, lot_ids: Sequence[str], order_ids: Sequence[str]) -> list[LotLeft]:
    """The lots that are not the survivor's own, locked."""
    return [LotLeft(*row) for row in await tx.fetch(_LOTS_BACK, member_id, list(lot_ids), list(order_ids))]


async def staying(tx: Tx, member_id: str, lot_ids: Sequence[str], hold_ids: Sequence[str]) -> list[Any]:
    """Holds on these lots that are not among those that go back."""
    return list(await tx.fetch(_STAYING, member_id, list(lot_ids), list(hold_ids)))


async def active_parts(tx: Tx, hold_ids: Sequence[str]) -> list[tuple[str, int]]:
    """Which lots these holds have points of set aside."""
    rows = await tx.fetch(_ACTIVE_PARTS, list(hold_ids))
    return [part for row in rows for part in zip(row["lot_ids"], row["lot_points"], strict=True)]


async def date(tx: Tx, member_id: str) -> date_of | None:
    """On whose anniversaries a member's tier ends."""
    found: date_of | None = await tx.fetchval(_DATE, member_id)
    return found


async def give_date(tx: Tx, giver_id: str, taker_id: str) -> bool:
    """Gives the date to somebody who has none; whether he took it."""
    return bool(await tx.fetchval(_GIVE_DATE, giver_id, taker_id))


async def date_back(tx: Tx, giver_id: str, taker_id: str, date: date_of, *, came: bool) -> None:
    """Gives the date back; the giver loses what had come with it, unless he was given another since."""
    if came:
        await tx.execute(_DROP_DATE, giver_id, date)
    await tx.execute(_PUT_DATE, taker_id, date)


async def with_balance(tx: Tx, member_ids: Sequence[str]) -> list[str]:
    """Who of these has points, or owes some."""
    return [row["member_id"] for row in await tx.fetch(_WITH_BALANCE, list(member_ids))]


async def double(tx: Tx, member_id: str, lot_id: str, double_id: str, held: int, hold_ids: Sequence[str]) -> None:
    """Makes a lot's double, which these holds mean from now on."""
    await tx.execute(_DOUBLE, member_id, lot_id, double_id, held)
    for hold_id in hold_ids:
        await tx.execute(_RENAME, hold_id, lot_id, double_id)


async def set_held(tx: Tx, member_id: str, lot_id: str, held: int) -> None:
    """What of a lot is held without what its double holds."""
    await tx.execute(_SET_HELD, member_id, lot_id, held)


async def sums_of_orders(tx: Tx, member_id: str, order_ids: Sequence[str], hold_ids: Sequence[str]) -> dict[int, int]:
    """What these orders have done to a member's sums, by account."""
    rows = await tx.fetch(_SUMS_OF_ORDERS, member_id, list(order_ids), list(hold_ids))
    return {row["account"]: row["amount"] for row in rows}


async def sums_of_lots(tx: Tx, member_id: str, lot_ids: Sequence[str]) -> dict[int, int]:
    """What these lots' expiry and activation have done to a member's sums, by account."""
    return {row["account"]: row["amount"] for row in await tx.fetch(_SUMS_OF_LOTS, member_id, list(lot_ids))}


async def name(tx: Tx, named: Sequence[tuple[str, str]]) -> None:
    """Keeps under which id (order, id) orders came that mean somebody else by now."""
    if named:
        await tx.execute(_NAME, *map(list, zip(*named, strict=True)))
