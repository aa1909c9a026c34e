"""When the brand answers, in the database."""

from asyncpg import Record

from kit.access import Actor
from kit.postgres import Tx
from services.member.conversation.domain_hours import Hours, Window

_HOURS = """
SELECT version, answer_minutes, weekdays, starts, ends, closed_days FROM conversation_hours
 ORDER BY version DESC LIMIT 1
"""
_PUT = """
INSERT INTO conversation_hours (version, answer_minutes, weekdays, starts, ends, closed_days, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (version) DO NOTHING RETURNING true
"""


async def hours(tx: Tx) -> Hours | None:
    """The hours in force; None while nobody has put any."""
    row: Record | None = await tx.fetchrow(_HOURS)
    if row is None:
        return None
    windows = zip(row["weekdays"], row["starts"], row["ends"], strict=True)
    closed = frozenset(row["closed_days"])
    return Hours(row["version"], row["answer_minutes"], tuple(Window(*one) for one in windows), closed)


async def put(tx: Tx, one: Hours, actor: Actor) -> bool:
    """Keeps this version; False if somebody else has put it first."""
    columns = [[getattr(window, name) for window in one.windows] for name in ("weekday", "start", "end")]
    told = (one.version, one.minutes, *columns, sorted(one.closed), actor.kind.value, actor.id)
    return bool(await tx.fetchval(_PUT, *told))
