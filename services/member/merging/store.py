"""Merges, aliases and locks in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.member.merging.domain import Done, Origin

_LOCK = "SELECT member_id FROM members WHERE member_id = ANY($1::uuid[]) ORDER BY member_id FOR UPDATE"

_ALIASES = "SELECT alias_id, member_id FROM member_aliases WHERE alias_id = ANY($1::uuid[])"

# Who was forgotten is nobody any more.
_PEOPLE = """
SELECT member_id, kind = 'guest' AS guest, claim_time, join_time FROM members AS one
 WHERE member_id = ANY($1::uuid[])
   AND NOT EXISTS (SELECT FROM member_tombstones AS gone WHERE gone.member_id = one.member_id)
"""

# Whatever meant the absorbed one means the survivor: an alias never points at an alias.
_ABSORB = """
WITH moved AS (
    UPDATE member_aliases SET member_id = $2 WHERE member_id = $1 RETURNING alias_id
), added AS (
    INSERT INTO member_aliases (alias_id, member_id, reason) VALUES ($1, $2, $3)
)
SELECT alias_id FROM moved ORDER BY alias_id
"""

_RESTORE = """
WITH gone AS (
    DELETE FROM member_aliases WHERE alias_id = $1
)
UPDATE member_aliases SET member_id = $1 WHERE alias_id = ANY($2::uuid[])
"""

_INSERT = """
INSERT INTO merges (merge_id, survivor_id, absorbed_id, origin, proof, reason, business_time, undo_until_time,
                    actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""

_COLUMNS = """
merge_id, survivor_id, absorbed_id, origin, proof, reason, business_time, undo_until_time, undo_time, undo_reason
"""

_GET = f"SELECT {_COLUMNS} FROM merges WHERE merge_id = $1"

_OF_MEMBER = f"""
SELECT {_COLUMNS} FROM merges WHERE survivor_id = $1
 UNION ALL
SELECT {_COLUMNS} FROM merges WHERE absorbed_id = $1
 ORDER BY business_time DESC, merge_id DESC LIMIT 100
"""

_UNDO = """
UPDATE merges SET undo_time = $2, undo_reason = $3, undo_actor_kind = $4, undo_actor_id = $5
 WHERE merge_id = $1 AND undo_time IS NULL
"""

_NAMED = "SELECT order_id FROM alias_orders WHERE named_id = ANY($1::uuid[]) ORDER BY order_id"

_ORDERS_OF = """
SELECT DISTINCT order_id FROM points_transfers WHERE order_id = ANY($1::uuid[]) AND member_id = $2
"""

# A person has said whose they are: that goes on to hold.
_ASSIGN = """
INSERT INTO alias_orders (order_id, named_id) SELECT order_id, $2 FROM unnest($1::uuid[]) AS order_id
    ON CONFLICT (order_id) DO UPDATE SET named_id = excluded.named_id
"""

_TOUCH = "UPDATE members SET version = version + 1 WHERE member_id = $1 RETURNING version"


async def lock(tx: Tx, member_ids: Sequence[str]) -> None:
    """Nobody else merges or changes these members until the transaction ends; in key order."""
    await tx.execute(_LOCK, sorted(member_ids))


async def aliases(tx: Tx, member_ids: Sequence[str]) -> dict[str, str]:
    """Which of these ids mean somebody else, and whom."""
    return {row["alias_id"]: row["member_id"] for row in await tx.fetch(_ALIASES, list(member_ids))}


async def people(tx: Tx, member_ids: Sequence[str]) -> dict[str, Any]:
    """What the register says of these members, as far as it decides who stays."""
    return {row["member_id"]: row for row in await tx.fetch(_PEOPLE, list(member_ids))}


async def absorb(tx: Tx, absorbed_id: str, survivor_id: str, reason: str) -> list[str]:
    """The absorbed id means the survivor from now on, and so do those that meant the absorbed one; gives these."""
    return [row["alias_id"] for row in await tx.fetch(_ABSORB, absorbed_id, survivor_id, reason)]


async def restore(tx: Tx, absorbed_id: str, alias_ids: Sequence[str]) -> None:
    """The absorbed id means itself again, and so do those that meant it."""
    await tx.execute(_RESTORE, absorbed_id, list(alias_ids))


async def insert(tx: Tx, done: Done, actor: Actor) -> None:
    """Keeps a merge."""
    head = (done.merge_id, done.survivor_id, done.absorbed_id, done.origin.value, done.proof, done.reason)
    times = (done.business_time, done.undo_until_time)
    await tx.execute(_INSERT, *head, *times, actor.kind.value, actor.id, actor.terminal_id)


async def get(tx: Tx, merge_id: str) -> Done | None:
    """One merge."""
    row = await tx.fetchrow(_GET, merge_id)
    return _done(row) if row else None


async def of_member(tx: Tx, member_id: str) -> list[Done]:
    """Merges in which an id stayed or was absorbed, the latest first."""
    return [_done(row) for row in await tx.fetch(_OF_MEMBER, member_id)]


async def undo(tx: Tx, merge_id: str, moment: datetime, reason: str, actor: Actor) -> None:
    """Keeps that it was undone."""
    await tx.execute(_UNDO, merge_id, moment, reason, actor.kind.value, actor.id)


async def named(tx: Tx, member_ids: Sequence[str]) -> list[str]:
    """Orders that named one of these ids while it meant somebody else."""
    return [row["order_id"] for row in await tx.fetch(_NAMED, list(member_ids))]


async def orders_of(tx: Tx, order_ids: Sequence[str], member_id: str) -> set[str]:
    """Which of these orders came while they were this member's: each is posted, also one that earns nothing."""
    return {row["order_id"] for row in await tx.fetch(_ORDERS_OF, list(order_ids), member_id)}


async def assign(tx: Tx, order_ids: Sequence[str], member_id: str) -> None:
    """Keeps that orders are a member's, whatever they named."""
    if order_ids:
        await tx.execute(_ASSIGN, list(order_ids), member_id)


async def touch(tx: Tx, member_id: str) -> int:
    """The member's next version."""
    return int(await tx.fetchval(_TOUCH, member_id) or 1)


def _done(row: Any) -> Done:
    values = dict(row)
    return Done(**{**values, "origin": Origin(values["origin"])})
