"""Every SQL statement about who entered a campaign, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from kit.postgres import Tx

_ENTER = """
INSERT INTO campaign_members (campaign_id, member_id, held_out, enter_time, goal_kind, goal_end_time, state)
SELECT $1, e.member_id, e.held_out, e.enter_time, $5, e.enter_time + make_interval(days => $6),
       CASE WHEN $5::smallint > 0 THEN 1 ELSE 0 END
  FROM unnest($2::uuid[], $3::boolean[], $4::timestamptz[]) AS e (member_id, held_out, enter_time)
 ORDER BY e.member_id
    ON CONFLICT (campaign_id, member_id) DO NOTHING
"""

_MEANT = "SELECT alias_id, member_id FROM member_aliases WHERE alias_id = ANY($1::uuid[])"
_ENTERED = """
SELECT a.member_id, cm.held_out
  FROM member_aliases AS a JOIN campaign_members AS cm ON cm.campaign_id = $1 AND cm.member_id = a.alias_id
 WHERE a.member_id = ANY($2::uuid[]) AND cm.void_merge_id IS NULL
"""

# The first thing that a member did after entering and that was asked for: told in whatever order, it is the same.
_REACH = """
WITH meant AS (
    SELECT one AS person_id, one AS member_id FROM unnest($1::uuid[]) AS one
     UNION ALL
    SELECT member_id, alias_id FROM member_aliases WHERE member_id = ANY($1::uuid[])
), reached AS (
    SELECT cm.campaign_id, cm.member_id, d.business_time, d.order_id
      FROM campaign_members AS cm JOIN meant ON meant.member_id = cm.member_id
      JOIN LATERAL (
          SELECT o.business_time, o.order_id
            FROM fact_orders AS o
           WHERE o.member_id = ANY(array(SELECT x.member_id FROM meant AS x WHERE x.person_id = meant.person_id))
             AND o.business_time > cm.enter_time AND o.business_time <= cm.goal_end_time
             AND (cm.goal_kind = 4 OR cm.goal_kind = CASE WHEN o.in_store THEN 3 ELSE 2 END)
             AND NOT EXISTS (SELECT FROM fact_takings AS t WHERE t.order_id = o.order_id AND t.source = 'order')
             AND (o.amount = 0 OR o.amount > (SELECT coalesce(sum(t.amount), 0) FROM fact_takings AS t
                                               WHERE t.order_id = o.order_id))
           UNION ALL
          SELECT l.last_time, NULL
            FROM fact_logins AS l
           WHERE cm.goal_kind = 1
             AND l.member_id = ANY(array(SELECT x.member_id FROM meant AS x WHERE x.person_id = meant.person_id))
             AND l.last_time > cm.enter_time AND l.last_time <= cm.goal_end_time
           ORDER BY 1, 2 LIMIT 1) AS d ON true
     WHERE cm.member_id = ANY(array(SELECT x.member_id FROM meant AS x)) AND cm.state = 1
)
UPDATE campaign_members AS cm SET state = 2, done_time = reached.business_time, order_id = reached.order_id
  FROM reached
 WHERE cm.campaign_id = reached.campaign_id AND cm.member_id = reached.member_id AND cm.state = 1
RETURNING cm.campaign_id, cm.member_id, cm.held_out, cm.done_time, cm.order_id
"""

_LOCK = """
SELECT campaign_id, member_id, resolve_member(member_id) AS person, held_out, enter_time, state, done_time, order_id
  FROM campaign_members WHERE campaign_id = $1 AND member_id = $2 FOR UPDATE
"""
_STANDS = """
SELECT NOT EXISTS (SELECT FROM fact_takings AS t WHERE t.order_id = o.order_id AND t.source = 'order')
       AND (o.amount = 0 OR o.amount > (SELECT coalesce(sum(t.amount), 0) FROM fact_takings AS t
                                         WHERE t.order_id = o.order_id))
  FROM fact_orders AS o WHERE o.order_id = $1
"""
_TURN = """
UPDATE campaign_members
   SET state = $3::smallint, reward_time = $4, done_time = CASE WHEN $3::smallint = 1 THEN NULL ELSE done_time END,
       order_id = CASE WHEN $3::smallint = 1 THEN NULL ELSE order_id END
 WHERE campaign_id = $1 AND member_id = $2
"""
_SELLER = """
SELECT staff_code FROM fact_orders
 WHERE member_id = ANY(array(SELECT alias_id FROM member_aliases AS a WHERE a.member_id = $1) || $1)
   AND in_store AND staff_code <> '' AND business_time <= $2
 ORDER BY business_time DESC, order_id LIMIT 1
"""

_RESULTS = """
SELECT count(*) AS entered, count(*) FILTER (WHERE held_out) AS held_out,
       count(*) FILTER (WHERE NOT held_out AND state IN (2, 3)) AS reached,
       count(*) FILTER (WHERE held_out AND state IN (2, 3)) AS reached_held_out
  FROM campaign_members WHERE campaign_id = $1 AND void_merge_id IS NULL
"""
_MESSAGES = """
SELECT count(*) FILTER (WHERE state IN (1, 2)) AS waiting, count(*) FILTER (WHERE state = 3) AS sent,
       count(*) FILTER (WHERE state = 4) AS unknown, count(*) FILTER (WHERE state = 5) AS refused,
       count(*) FILTER (WHERE state = 6) AS withheld, count(*) FILTER (WHERE deliver_time IS NOT NULL) AS delivered,
       count(*) FILTER (WHERE open_time IS NOT NULL) AS opened,
       count(*) FILTER (WHERE click_time IS NOT NULL) AS clicked,
       count(*) FILTER (WHERE block_time IS NOT NULL) AS blocked
  FROM messages WHERE campaign_id = $1 AND campaign_id <> ''
"""
_CAUSES = """
SELECT cause, count(*) AS times FROM messages WHERE campaign_id = $1 AND campaign_id <> '' AND state = 6 GROUP BY cause
"""
_MISSIONS = """
SELECT c.campaign_id, c.name, c.goal_kind, c.goal_days, c.reward_points, c.hold_days, cm.state, cm.goal_end_time
  FROM campaign_members AS cm JOIN campaigns AS c USING (campaign_id)
 WHERE cm.member_id = ANY(array(SELECT alias_id FROM member_aliases AS a WHERE a.member_id = $1) || $1)
   AND cm.state > 0 AND NOT cm.held_out AND cm.void_merge_id IS NULL AND c.reward_points > 0
 ORDER BY cm.enter_time DESC, c.campaign_id LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who enters."""

    member_id: str
    held_out: bool
    enter_time: datetime


async def enter(tx: Tx, campaign_id: str, entries: Sequence[Entry], goal_kind: int, goal_days: int) -> None:
    """Notes who entered; whoever has before stays as he entered first."""
    if entries:
        rows = [(one.member_id, one.held_out, one.enter_time) for one in entries]
        await tx.execute(_ENTER, campaign_id, *map(list, zip(*rows, strict=True)), goal_kind, goal_days)


async def meant(tx: Tx, member_ids: Sequence[str]) -> dict[str, str]:
    """Of these ids those that have become somebody else's, and whose."""
    return {row["alias_id"]: row["member_id"] for row in await tx.fetch(_MEANT, list(member_ids))}


async def entered(tx: Tx, campaign_id: str, member_ids: Sequence[str]) -> dict[str, bool]:
    """Which of these members entered under another id of theirs, and whether they were held out."""
    return {row["member_id"]: row["held_out"] for row in await tx.fetch(_ENTERED, campaign_id, list(member_ids))}


async def reach(tx: Tx, member_ids: Sequence[str]) -> list[Record]:
    """Whose open goals have been reached, by what is known now."""
    return list(await tx.fetch(_REACH, sorted(member_ids)))


async def lock(tx: Tx, campaign_id: str, member_id: str) -> Record | None:
    """One who entered."""
    row: Record | None = await tx.fetchrow(_LOCK, campaign_id, member_id)
    return row


async def stands(tx: Tx, order_id: str) -> bool:
    """Whether anything of an order was kept."""
    return bool(await tx.fetchval(_STANDS, order_id))


async def turn(tx: Tx, campaign_id: str, member_id: str, state: int, now: datetime | None) -> None:
    """His goal is at another state."""
    await tx.execute(_TURN, campaign_id, member_id, state, now)


async def seller(tx: Tx, member_id: str, until: datetime) -> str:
    """Who had sold to him last."""
    return await tx.fetchval(_SELLER, member_id, until) or ""


async def results(tx: Tx, campaign_id: str) -> tuple[Record, Record, list[Record]]:
    """What became of those who entered, of the messages, and why some were not sent."""
    entered, told = await tx.fetchrow(_RESULTS, campaign_id), await tx.fetchrow(_MESSAGES, campaign_id)
    assert entered is not None
    assert told is not None
    return entered, told, list(await tx.fetch(_CAUSES, campaign_id))


async def missions(tx: Tx, member_id: str) -> list[Record]:
    """The missions of a member."""
    return list(await tx.fetch(_MISSIONS, member_id))
