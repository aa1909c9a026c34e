"""Every SQL statement that keeps campaigns."""

import json
from collections.abc import Sequence
from datetime import datetime

from asyncpg import Record

from kit.access import Actor
from kit.postgres import Tx
from services.member.campaigns.domain import Campaign, Goal, GoalKind, State, Trigger

_COLUMNS = """
campaign_id, name, template_id, segment_id, trigger, start_time, end_time, every_days, days, hour, params, channels,
hold_out_bp, goal_kind, goal_days, reward_points, hold_days, staff_bonus, state, halt_reason, version, run, cursor,
as_of, segment_version, update_time
"""

_ONE = f"SELECT {_COLUMNS} FROM campaigns WHERE campaign_id = $1"
_LOCK = f"SELECT {_COLUMNS} FROM campaigns WHERE campaign_id = $1 FOR UPDATE"
_PAGE = f"SELECT {_COLUMNS} FROM campaigns WHERE campaign_id > $1 ORDER BY campaign_id LIMIT $2"
_TRIGGERED = f"""
SELECT {_COLUMNS} FROM campaigns
 WHERE trigger = ANY($1::smallint[]) AND trigger > 0 AND state = 2
   AND (start_time IS NULL OR start_time <= $2) AND (end_time IS NULL OR end_time > $2)
 ORDER BY campaign_id
"""
_PUT = f"""
INSERT INTO campaigns (campaign_id, name, template_id, segment_id, trigger, start_time, end_time, every_days, days,
                       hour, params, channels, hold_out_bp, goal_kind, goal_days, reward_points, hold_days, staff_bonus,
                       state, halt_reason, version, run, actor_kind, actor_id, update_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
        $24, $25)
    ON CONFLICT (campaign_id) DO UPDATE
   SET name = excluded.name, template_id = excluded.template_id, segment_id = excluded.segment_id,
       trigger = excluded.trigger, start_time = excluded.start_time, end_time = excluded.end_time,
       every_days = excluded.every_days, days = excluded.days, hour = excluded.hour, params = excluded.params,
       channels = excluded.channels, hold_out_bp = excluded.hold_out_bp, goal_kind = excluded.goal_kind,
       goal_days = excluded.goal_days, reward_points = excluded.reward_points, hold_days = excluded.hold_days,
       staff_bonus = excluded.staff_bonus, state = excluded.state, halt_reason = excluded.halt_reason,
       version = excluded.version, actor_kind = excluded.actor_kind, actor_id = excluded.actor_id,
       update_time = excluded.update_time
RETURNING {_COLUMNS}
"""
_BEGIN = """
UPDATE campaigns SET state = 3, run = run + 1, cursor = $2, as_of = $3, segment_version = $4, version = version + 1,
       update_time = $3
 WHERE campaign_id = $1
"""
_STEP = "UPDATE campaigns SET cursor = $2 WHERE campaign_id = $1"
_END = """
UPDATE campaigns SET state = $2, cursor = NULL, version = version + 1, update_time = $3 WHERE campaign_id = $1
"""
_HALT = """
UPDATE campaigns SET state = 5, halt_reason = $2, version = version + 1, update_time = $3
 WHERE campaign_id = $1 AND state IN (2, 3, 6)
RETURNING true
"""
_RULE = "SELECT segment_id, version, name, rule, record_time FROM segments WHERE segment_id = $1 AND version = $2"


async def one(tx: Tx, campaign_id: str) -> Record | None:
    """A campaign."""
    row: Record | None = await tx.fetchrow(_ONE, campaign_id)
    return row


async def lock(tx: Tx, campaign_id: str) -> Record | None:
    """A campaign, with nobody else moving it."""
    row: Record | None = await tx.fetchrow(_LOCK, campaign_id)
    return row


async def page(tx: Tx, after: str, limit: int) -> list[Campaign]:
    """Campaigns in the order of their ids."""
    return [campaign(row) for row in await tx.fetch(_PAGE, after, limit)]


async def triggered(tx: Tx, triggers: Sequence[Trigger], now: datetime) -> list[Campaign]:
    """Campaigns that wait for one of these occasions."""
    return [campaign(row) for row in await tx.fetch(_TRIGGERED, [int(one) for one in triggers], now)]


async def put(tx: Tx, c: Campaign, actor: Actor, now: datetime) -> Record | None:
    """Writes a campaign whole."""
    head = (c.campaign_id, c.name, c.template_id, c.segment_id, int(c.trigger), c.start_time, c.end_time)
    params = json.dumps(dict(c.params), ensure_ascii=False)
    how = (c.every_days, c.days, c.hour, params, list(c.channels), c.hold_out_bp)
    goal = (int(c.goal.kind), c.goal.within_days, c.goal.reward_points, c.goal.hold_days, c.goal.staff_bonus)
    stand = (int(c.state), c.halt_reason, c.version, c.run, actor.kind, actor.id, now)
    row: Record | None = await tx.fetchrow(_PUT, *head, *how, *goal, *stand)
    return row


def campaign(row: Record) -> Campaign:
    """A campaign as it was kept."""
    return Campaign(
        row["campaign_id"],
        row["name"],
        row["template_id"],
        row["segment_id"],
        Trigger(row["trigger"]),
        row["start_time"],
        row["end_time"],
        row["every_days"],
        row["days"],
        row["hour"],
        json.loads(row["params"]),
        tuple(row["channels"]),
        row["hold_out_bp"],
        Goal(GoalKind(row["goal_kind"]), row["goal_days"], row["reward_points"], row["hold_days"], row["staff_bonus"]),
        State(row["state"]),
        row["halt_reason"],
        row["version"],
        row["run"],
        row["update_time"],
    )


async def begin(tx: Tx, campaign_id: str, first: str, now: datetime, segment_version: int) -> None:
    """A run begins: everybody is looked at as of this moment."""
    await tx.execute(_BEGIN, campaign_id, first, now, segment_version)


async def step(tx: Tx, campaign_id: str, cursor: str) -> None:
    """Everybody up to this key has been looked at."""
    await tx.execute(_STEP, campaign_id, cursor)


async def end(tx: Tx, campaign_id: str, state: State, now: datetime) -> None:
    """The run is over."""
    await tx.execute(_END, campaign_id, int(state), now)


async def halt(tx: Tx, campaign_id: str, reason: str, now: datetime) -> bool:
    """The campaign stops; False if it stood still already."""
    return bool(await tx.fetchval(_HALT, campaign_id, reason, now))


async def rule(tx: Tx, segment_id: str, version: int) -> Record | None:
    """The segment as it was when the run began."""
    row: Record | None = await tx.fetchrow(_RULE, segment_id, version)
    return row
