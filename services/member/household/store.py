"""Households in the database."""

from collections.abc import Sequence
from datetime import datetime

from kit.audit import Check
from kit.postgres import Tx
from services.member.household.domain import Household

# The household's row is the lock under which people come and go.
_OF_MEMBER = """
SELECT h.household_id, h.owner_id FROM households AS h JOIN household_members AS m USING (household_id)
 WHERE m.member_id = $1 AND m.leave_time IS NULL AND h.end_time IS NULL FOR UPDATE OF h
"""

_WHO = """
SELECT member_id FROM household_members WHERE household_id = $1 AND leave_time IS NULL ORDER BY join_time, member_id
"""

_INSERT = "INSERT INTO households (household_id, owner_id, create_time) VALUES ($1, $2, $3)"

_JOIN = """
INSERT INTO household_members (household_id, member_id, join_time) VALUES ($1, $2, $3)
    ON CONFLICT (member_id) WHERE leave_time IS NULL DO NOTHING RETURNING true
"""

_LEAVE = """
UPDATE household_members SET leave_time = $3 WHERE household_id = $1 AND member_id = $2 AND leave_time IS NULL
"""

_END = """
WITH gone AS (
    UPDATE household_members SET leave_time = $2 WHERE household_id = $1 AND leave_time IS NULL
)
UPDATE households SET end_time = $2 WHERE household_id = $1
"""

_INVITE = "INSERT INTO household_invitations (code_hash, household_id, expire_time) VALUES ($1, $2, $3)"

_TAKE_CODE = """
UPDATE household_invitations AS i SET used_time = $2
  FROM households AS h
 WHERE i.code_hash = $1 AND i.used_time IS NULL AND i.expire_time > $2
   AND h.household_id = i.household_id AND h.end_time IS NULL
RETURNING h.household_id
"""

_LOCK = "SELECT household_id, owner_id FROM households WHERE household_id = $1 AND end_time IS NULL FOR UPDATE"

# Whose points go into which pot: asked for every batch of sales, and most members share no card.
_POTS = """
SELECT m.member_id, m.household_id, m.join_time
  FROM household_members AS m JOIN households AS h USING (household_id)
 WHERE m.leave_time IS NULL AND h.end_time IS NULL AND m.member_id = ANY($1::uuid[])
 ORDER BY m.household_id, m.member_id FOR SHARE OF h
"""

# What was earned before he came in is his own, also when it is told again.
_LOTS = """
SELECT lot_id, pending, active FROM points_lots
 WHERE member_id = $1 AND order_id = ANY($2::uuid[]) AND earn_time >= $3 AND held = 0 AND pending + active > 0
 ORDER BY lot_id FOR UPDATE
"""

_GIVE = "UPDATE points_lots SET member_id = $2 WHERE member_id = $1 AND lot_id = ANY($3::uuid[])"

_POT_LOTS = "SELECT lot_id, pending, active, held FROM points_lots WHERE member_id = $1 ORDER BY lot_id FOR UPDATE"

_REPLACE = """
UPDATE household_members SET member_id = $2 WHERE member_id = $1 AND leave_time IS NULL RETURNING household_id
"""

_OWN = "UPDATE households SET owner_id = $2 WHERE owner_id = $1 AND end_time IS NULL"

_STAYS = """
SELECT join_time, leave_time FROM household_members WHERE member_id = ANY($1::uuid[]) ORDER BY join_time
"""

_OWNED = "SELECT household_id FROM households WHERE owner_id = ANY($1::uuid[]) AND end_time IS NULL"

_FORGET = """
UPDATE household_members SET leave_time = $2 WHERE member_id = ANY($1::uuid[]) AND leave_time IS NULL RETURNING true
"""

_OWNERLESS = """
SELECT format('household=%s', h.household_id) AS subject, h.owner_id::text AS expected, 'not in it' AS found,
       '' AS repair
  FROM households AS h
 WHERE h.end_time IS NULL AND NOT EXISTS (SELECT FROM household_members AS m WHERE m.household_id = h.household_id
                                             AND m.member_id = h.owner_id AND m.leave_time IS NULL)
 ORDER BY h.household_id LIMIT 100
"""

_ENDED = """
SELECT format('household=%s', h.household_id) AS subject, '0' AS expected, (b.pending + b.active)::text AS found,
       '' AS repair
  FROM households AS h JOIN points_balances AS b ON b.member_id = h.household_id
 WHERE h.end_time IS NOT NULL AND b.pending + b.active > 0
 ORDER BY h.household_id LIMIT 100
"""

CHECKS = (
    Check("household.the_owner_is_in_it", "SELECT count(*) FROM households", _OWNERLESS),
    Check("household.an_ended_pot_is_empty", "SELECT count(*) FROM households", _ENDED),
)


async def of_member(tx: Tx, member_id: str) -> Household | None:
    """The card that a member shares, locked."""
    row = await tx.fetchrow(_OF_MEMBER, member_id)
    return await _whole(tx, row["household_id"], row["owner_id"]) if row else None


async def lock(tx: Tx, household_id: str) -> Household | None:
    """A household that has not ended, locked."""
    row = await tx.fetchrow(_LOCK, household_id)
    return await _whole(tx, row["household_id"], row["owner_id"]) if row else None


async def insert(tx: Tx, household_id: str, owner_id: str, now: datetime) -> None:
    """Opens one."""
    await tx.execute(_INSERT, household_id, owner_id, now)


async def join(tx: Tx, household_id: str, member_id: str, now: datetime) -> bool:
    """Somebody comes in; False if he shares a card already."""
    return bool(await tx.fetchval(_JOIN, household_id, member_id, now))


async def leave(tx: Tx, household_id: str, member_id: str, now: datetime) -> None:
    """Somebody goes."""
    await tx.execute(_LEAVE, household_id, member_id, now)


async def end(tx: Tx, household_id: str, now: datetime) -> None:
    """All go."""
    await tx.execute(_END, household_id, now)


async def invite(tx: Tx, code_hash: bytes, household_id: str, expire_time: datetime) -> None:
    """Keeps a code by its keyed hash."""
    await tx.execute(_INVITE, code_hash, household_id, expire_time)


async def take_code(tx: Tx, code_hash: bytes, now: datetime) -> str | None:
    """The household that a code lets into, once."""
    found: str | None = await tx.fetchval(_TAKE_CODE, code_hash, now)
    return found


async def pots(tx: Tx, member_ids: Sequence[str]) -> list[tuple[str, str, datetime]]:
    """Who of these shares a card: (member, household, since when)."""
    rows = await tx.fetch(_POTS, list(member_ids))
    return [(row["member_id"], row["household_id"], row["join_time"]) for row in rows]


async def lots(tx: Tx, member_id: str, order_ids: Sequence[str], since: datetime) -> list[tuple[str, int, int]]:
    """What a member's lots of these orders hold, of which nothing is set aside: (lot, pending, active)."""
    rows = await tx.fetch(_LOTS, member_id, list(order_ids), since)
    return [(row["lot_id"], row["pending"], row["active"]) for row in rows]


async def pot_lots(tx: Tx, household_id: str) -> list[tuple[str, int, int]]:
    """What a pot's lots hold: (lot, pending, active)."""
    return [(row["lot_id"], row["pending"], row["active"]) for row in await tx.fetch(_POT_LOTS, household_id)]


async def give(tx: Tx, giver: str, taker: str, lot_ids: Sequence[str]) -> None:
    """Re-owns whole lots."""
    await tx.execute(_GIVE, giver, taker, list(lot_ids))


async def own(tx: Tx, old: str, new: str) -> None:
    """Another id owns in somebody's stead."""
    await tx.execute(_OWN, old, new)


async def replace(tx: Tx, old: str, new: str) -> str | None:
    """Another id shares in somebody's stead; the household, if he shared one."""
    await own(tx, old, new)
    found: str | None = await tx.fetchval(_REPLACE, old, new)
    return found


async def stays(tx: Tx, member_ids: Sequence[str]) -> list[tuple[datetime, datetime | None]]:
    """When somebody came and went."""
    return [(row["join_time"], row["leave_time"]) for row in await tx.fetch(_STAYS, list(member_ids))]


async def owned(tx: Tx, member_ids: Sequence[str]) -> list[str]:
    """Households that somebody owns."""
    return [row["household_id"] for row in await tx.fetch(_OWNED, list(member_ids))]


async def forget(tx: Tx, member_ids: Sequence[str], now: datetime) -> int:
    """Somebody shares no card any more."""
    return len(await tx.fetch(_FORGET, list(member_ids), now))


async def _whole(tx: Tx, household_id: str, owner_id: str) -> Household:
    who = [row["member_id"] for row in await tx.fetch(_WHO, household_id)]
    return Household(household_id, owner_id, who)
