"""Every SQL statement about who brought whom."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from kit.access import Actor
from kit.postgres import Tx
from services.member.referrals.domain import Rules

_IDS = "array(SELECT alias_id FROM member_aliases AS a WHERE a.member_id = $1) || $1"

_CODE = "SELECT code FROM referral_codes WHERE member_id = $1"
_PUT_CODE = """
INSERT INTO referral_codes (member_id, code) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING code
"""
_OWNER = "SELECT resolve_member(member_id) FROM referral_codes WHERE code = $1"

_FRIEND = f"""
SELECT m.join_time, EXISTS (SELECT FROM fact_orders AS o WHERE o.member_id = ANY({_IDS})) AS has_bought
  FROM members AS m WHERE m.member_id = $1 FOR UPDATE
"""
_BROUGHT = """
SELECT referral_id, friend_id, advocate_id, resolve_member(advocate_id) AS advocate,
       resolve_member(friend_id) AS friend, state, bind_time, order_id, points, reward_time
  FROM referrals WHERE friend_id = $1
"""
_LOCKED = f"{_BROUGHT} FOR UPDATE"
_BIND = """
INSERT INTO referrals (friend_id, referral_id, advocate_id, state, bind_time) VALUES ($1, $2, $3, 1, $4)
    ON CONFLICT (friend_id) DO NOTHING
"""
_OF_ADVOCATE = f"""
SELECT referral_id, advocate_id, resolve_member(advocate_id) AS advocate, state, bind_time, reward_time, points
  FROM referrals WHERE advocate_id = ANY({_IDS}) ORDER BY bind_time DESC, referral_id LIMIT 200
"""
_WAITING = """
SELECT friend_id FROM referrals
 WHERE state = 1 AND friend_id IN (SELECT unnest($1::uuid[])
                                    UNION SELECT alias_id FROM member_aliases WHERE member_id = ANY($1::uuid[]))
"""
# The friend's first order that stands and earned points, whether these still wait, and when he first bought anything.
_FIRST = f"""
WITH standing AS (
    SELECT o.order_id, o.business_time FROM fact_orders AS o
     WHERE o.member_id = ANY({_IDS})
       AND NOT EXISTS (SELECT FROM fact_takings AS t WHERE t.order_id = o.order_id AND t.source = 'order')
       AND (o.amount = 0 OR o.amount > (SELECT coalesce(sum(t.amount), 0) FROM fact_takings AS t
                                         WHERE t.order_id = o.order_id))
)
SELECT s.order_id, (SELECT min(business_time) FROM standing) AS began,
       l.earned IS NOT NULL AS earned, coalesce(l.pending, 0) > 0 AS pending
  FROM standing AS s
  LEFT JOIN LATERAL (SELECT sum(points) AS earned, sum(pending) AS pending FROM points_lots AS l
                      WHERE l.order_id = s.order_id) AS l ON true
 ORDER BY l.earned IS NULL, s.business_time, s.order_id LIMIT 1
"""
_REWARDED = f"""
SELECT count(*) FROM referrals WHERE advocate_id = ANY({_IDS}) AND state = 2 AND reward_time > $2
"""
_LOCK_ADVOCATE = "SELECT member_id FROM members WHERE member_id = $1 FOR UPDATE"
_TURN = """
UPDATE referrals SET state = $2, order_id = $3, points = $4, reward_time = $5 WHERE friend_id = $1
"""
_RULES = """
SELECT version, active, bind_days, advocate_points, friend_points, limit_per_year
  FROM referral_rules ORDER BY version DESC LIMIT 1
"""
_PUT_RULES = """
INSERT INTO referral_rules (version, active, bind_days, advocate_points, friend_points, limit_per_year, actor_kind,
                            actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (version) DO NOTHING RETURNING true
"""


@dataclass(frozen=True, slots=True)
class First:
    """A friend's first order that stands, one that earned points if there is one."""

    order_id: str
    # when he first bought anything
    began: datetime
    earned: bool
    pending: bool


async def code(tx: Tx, member_id: str) -> str | None:
    """The code that a member has."""
    found: str | None = await tx.fetchval(_CODE, member_id)
    return found


async def put_code(tx: Tx, member_id: str, text: str) -> str | None:
    """Gives a member a code; None if he has one, or somebody else has this one."""
    found: str | None = await tx.fetchval(_PUT_CODE, member_id, text)
    return found


async def owner(tx: Tx, text: str) -> str | None:
    """Whose code it is."""
    found: str | None = await tx.fetchval(_OWNER, text)
    return found


async def friend(tx: Tx, member_id: str) -> Record | None:
    """A member who may have been brought, locked."""
    row: Record | None = await tx.fetchrow(_FRIEND, member_id)
    return row


async def brought(tx: Tx, friend_id: str, *, lock: bool = False) -> Record | None:
    """By whom somebody was brought."""
    row: Record | None = await tx.fetchrow(_LOCKED if lock else _BROUGHT, friend_id)
    return row


async def bind(tx: Tx, friend_id: str, referral_id: str, advocate_id: str, now: datetime) -> None:
    """Notes who brought whom; the first word stays."""
    await tx.execute(_BIND, friend_id, referral_id, advocate_id, now)


async def of_advocate(tx: Tx, member_id: str) -> list[Record]:
    """Whom a member brought, newest first."""
    return list(await tx.fetch(_OF_ADVOCATE, member_id))


async def waiting(tx: Tx, member_ids: list[str]) -> list[str]:
    """Which of these were brought and have not been paid for."""
    return [row["friend_id"] for row in await tx.fetch(_WAITING, member_ids)]


async def first(tx: Tx, member_id: str) -> First | None:
    """A member's first order that stands."""
    row = await tx.fetchrow(_FIRST, member_id)
    return First(*row) if row else None


async def rewarded(tx: Tx, advocate_id: str, since: datetime) -> int:
    """How many rewards an advocate has had, with nobody else counting."""
    await tx.execute(_LOCK_ADVOCATE, advocate_id)
    return int(await tx.fetchval(_REWARDED, advocate_id, since))


async def turn(
    tx: Tx, friend_id: str, state: int, order_id: str | None, points: int, reward_time: datetime | None
) -> None:
    """The referral is at another state."""
    await tx.execute(_TURN, friend_id, state, order_id, points, reward_time)


async def rules(tx: Tx) -> Rules:
    """The rules in force."""
    row = await tx.fetchrow(_RULES)
    return Rules(**dict(row)) if row else Rules()


async def put_rules(tx: Tx, one: Rules, actor: Actor) -> bool:
    """Keeps this version; False if somebody else has put it first."""
    limits = (one.bind_days, one.advocate_points, one.friend_points, one.limit_per_year)
    return bool(await tx.fetchval(_PUT_RULES, one.version, one.active, *limits, actor.kind, actor.id))
