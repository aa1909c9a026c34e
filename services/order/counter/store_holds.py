"""Every SQL statement about whose till had goods held for a sale that is not closed."""

from datetime import datetime

from kit.access import Actor
from kit.postgres import Tx
from services.order.counter.domain import Promised

_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('counter hold:' || $1::text, 0))"
_FIND = "SELECT sale_id, location_id, terminal_id, expire_time FROM counter_holds WHERE sale_id = $1"
_FORGET = "DELETE FROM counter_holds WHERE terminal_id = $1 AND expire_time < $2"
_COUNT_OPEN = """
SELECT count(*) FROM counter_holds
 WHERE terminal_id = $1 AND expire_time > $2 AND NOT EXISTS (SELECT FROM orders WHERE order_id = sale_id)
"""
_KEEP = """
INSERT INTO counter_holds (sale_id, location_id, terminal_id, expire_time, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (sale_id) DO UPDATE SET terminal_id = excluded.terminal_id, expire_time = excluded.expire_time,
       actor_kind = excluded.actor_kind, actor_id = excluded.actor_id
 WHERE counter_holds.location_id = excluded.location_id
RETURNING true
"""
_END = "UPDATE counter_holds SET expire_time = $2 WHERE sale_id = $1 AND expire_time > $2"


async def find(tx: Tx, sale_id: str) -> Promised | None:
    row = await tx.fetchrow(_FIND, sale_id)
    return Promised(**dict(row)) if row else None


async def alone(tx: Tx, terminal_id: str) -> None:
    """From here on nothing else is held for this till until the transaction ends."""
    await tx.execute(_ALONE, terminal_id)


async def count_open(tx: Tx, terminal_id: str, now: datetime) -> int:
    """For how many sales that have not come yet it has goods held."""
    return int(await tx.fetchval(_COUNT_OPEN, terminal_id, now))


async def keep(tx: Tx, given: Promised, actor: Actor) -> bool:
    """Writes down whose it is; False where another store was first."""
    who = (given.terminal_id, given.expire_time, actor.kind, actor.id)
    return bool(await tx.fetchval(_KEEP, given.sale_id, given.location_id, *who))


async def end(tx: Tx, sale_id: str, now: datetime) -> None:
    """It is open no more; whose it was stays known."""
    await tx.execute(_END, sale_id, now)


async def forget(tx: Tx, terminal_id: str, before: datetime) -> None:
    """Drops what this till had held long ago."""
    await tx.execute(_FORGET, terminal_id, before)
