"""Every SQL statement about offline vouchers."""

from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.member.value.domain import Kind
from services.member.vouchers.domain import Limits, Voucher

_COLUMNS = "voucher_id, member_id, terminal_id, kind, amount, settled, turn, expire_time, end_time, limits_version"
_ADD = """
INSERT INTO offline_vouchers (voucher_id, member_id, terminal_id, kind, amount, expire_time, limits_version)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING true
"""
_LOCK = f"SELECT {_COLUMNS} FROM offline_vouchers WHERE voucher_id = $1 FOR UPDATE"
_LOOK = "SELECT member_id FROM offline_vouchers WHERE voucher_id = $1"
_USE = """
INSERT INTO offline_voucher_uses (voucher_id, order_id, amount, settled, business_time) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (voucher_id, order_id) DO NOTHING RETURNING true
"""
_TURN = """
UPDATE offline_vouchers SET settled = settled + $2, turn = turn + 1, end_time = coalesce(end_time, $3)
 WHERE voucher_id = $1
"""
_OF_MEMBERS = f"SELECT {_COLUMNS} FROM offline_vouchers WHERE member_id = ANY($1::uuid[]) ORDER BY voucher_id"
_REHOME = "UPDATE offline_vouchers SET member_id = $2 WHERE member_id = $1 AND end_time IS NULL RETURNING voucher_id"
_BACK = "UPDATE offline_vouchers SET member_id = $2 WHERE member_id = $1 AND voucher_id = ANY($3::uuid[])"
_LIMITS = """
SELECT version, points, credit, hours, grace_hours, at_terminal FROM voucher_limits ORDER BY version DESC LIMIT 1
"""
# The next version; who puts one at the same moment meets the key, and asks again.
_PUT_LIMITS = """
INSERT INTO voucher_limits (version, points, credit, hours, grace_hours, at_terminal, actor_kind, actor_id,
                            business_time)
VALUES ((SELECT coalesce(max(version), 0) + 1 FROM voucher_limits), $1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (version) DO NOTHING RETURNING version
"""
# Whoever asks for the same terminal waits: two would count the same.
_WAIT = "SELECT pg_advisory_xact_lock(hashtextextended($1, 9))"
_AT_TERMINAL = "SELECT count(*) FROM offline_vouchers WHERE terminal_id = $1 AND end_time IS NULL"
_MISSETTLED = """
SELECT format('voucher=%s', v.voucher_id) AS subject, coalesce(sum(u.settled), 0)::text AS expected,
       v.settled::text AS found, '' AS repair
  FROM offline_vouchers AS v LEFT JOIN offline_voucher_uses AS u USING (voucher_id)
 GROUP BY v.voucher_id HAVING coalesce(sum(u.settled), 0) <> v.settled LIMIT 100
"""

CHECKS = (Check("vouchers.settled_equals_uses", "SELECT count(*) FROM offline_vouchers", _MISSETTLED),)


async def add(tx: Tx, one: Voucher) -> bool:
    """A voucher goes out; False if the terminal has one of the member's."""
    head = (one.voucher_id, one.member_id, one.terminal_id, one.kind, one.amount, one.expire_time, one.limits_version)
    return bool(await tx.fetchval(_ADD, *head))


async def limits(tx: Tx) -> Limits:
    """What is in force; before the brand said anything, what is usual."""
    row = await tx.fetchrow(_LIMITS)
    return Limits(*row) if row else Limits()


async def put_limits(tx: Tx, one: Limits, actor: Actor, now: datetime) -> int | None:
    """Puts limits in force; their version, None where somebody else did so at the moment."""
    numbers = (one.points, one.credit, one.hours, one.grace_hours, one.at_terminal)
    version: int | None = await tx.fetchval(_PUT_LIMITS, *numbers, actor.kind.value, actor.id, now)
    return version


async def at_terminal(tx: Tx, terminal_id: str) -> int:
    """How many are out at a terminal; nobody else counts them until the transaction ends."""
    await tx.execute(_WAIT, terminal_id)
    return int(await tx.fetchval(_AT_TERMINAL, terminal_id))


async def owner(tx: Tx, voucher_id: str) -> str | None:
    """Whose it is."""
    found: str | None = await tx.fetchval(_LOOK, voucher_id)
    return found


async def lock(tx: Tx, voucher_id: str) -> Voucher | None:
    """A voucher, locked."""
    row = await tx.fetchrow(_LOCK, voucher_id)
    return _voucher(row) if row else None


async def use(tx: Tx, voucher_id: str, order_id: str, amount: int, settled: int, moment: datetime) -> bool:
    """A sale took so much of it, once."""
    return bool(await tx.fetchval(_USE, voucher_id, order_id, amount, settled, moment))


async def turn(tx: Tx, voucher_id: str, settled: int, ended: datetime | None) -> None:
    """What is left is held anew, or is over."""
    await tx.execute(_TURN, voucher_id, settled, ended)


async def of_members(tx: Tx, member_ids: list[str]) -> list[Voucher]:
    """All that were ever out."""
    return [_voucher(row) for row in await tx.fetch(_OF_MEMBERS, member_ids)]


async def rehome(tx: Tx, absorbed_id: str, survivor_id: str) -> list[str]:
    """Gives a member what is out of another; which."""
    return [row["voucher_id"] for row in await tx.fetch(_REHOME, absorbed_id, survivor_id)]


async def give_back(tx: Tx, survivor_id: str, absorbed_id: str, voucher_ids: list[str]) -> None:
    """Undoes that."""
    await tx.execute(_BACK, survivor_id, absorbed_id, voucher_ids)


def _voucher(row: Any) -> Voucher:
    return Voucher(**dict(row) | {"kind": Kind(row["kind"])})
