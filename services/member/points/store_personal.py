"""Every SQL statement by which a member is handed out what the books say of him, or his own date is forgotten."""

from collections.abc import Sequence
from typing import Any

from kit.postgres import Tx

_STATEMENT = """
SELECT kind, points, order_id, business_time, reason FROM points_transfers
 WHERE member_id = ANY($1::uuid[]) AND points <> 0 ORDER BY business_time, transfer_id
"""

_LOTS = """
SELECT order_id, points, pending, active, held, earn_time, activate_time, expire_time FROM points_lots
 WHERE member_id = ANY($1::uuid[]) ORDER BY earn_time, lot_id
"""

_TIERS = """
SELECT tier_before, tier, business_time, valid_until_time, reason FROM tier_changes
 WHERE member_id = ANY($1::uuid[]) ORDER BY member_id, sequence
"""

_COUNTED = """
SELECT order_id, business_time, amount, orders, points FROM qualifying_spend
 WHERE member_id = ANY($1::uuid[]) ORDER BY business_time, order_id
"""

_FORGET_DATES = "DELETE FROM tier_dates WHERE member_id = ANY($1::uuid[]) RETURNING true"

_STANDING = """
SELECT coalesce(sum(pending + active), 0)::bigint AS points, coalesce(sum(held), 0)::bigint AS held
  FROM points_balances WHERE member_id = ANY($1::uuid[])
"""


async def statement(tx: Tx, member_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Every movement of points that a member sees."""
    return [dict(row) for row in await tx.fetch(_STATEMENT, list(member_ids))]


async def lots(tx: Tx, member_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Points by when they were earned and end."""
    return [dict(row) for row in await tx.fetch(_LOTS, list(member_ids))]


async def tiers(tx: Tx, member_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Every step of the tier."""
    return [dict(row) for row in await tx.fetch(_TIERS, list(member_ids))]


async def counted(tx: Tx, member_ids: Sequence[str]) -> list[dict[str, Any]]:
    """What counted toward it."""
    return [dict(row) for row in await tx.fetch(_COUNTED, list(member_ids))]


async def forget_dates(tx: Tx, member_ids: Sequence[str]) -> int:
    """Forgets members' own dates."""
    return len(await tx.fetch(_FORGET_DATES, list(member_ids)))


async def standing(tx: Tx, member_ids: Sequence[str]) -> tuple[int, int]:
    """Points that these members still have, and those set aside for orders."""
    row = await tx.fetchrow(_STANDING, list(member_ids))
    return (row["points"], row["held"]) if row else (0, 0)
