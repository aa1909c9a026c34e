"""How far goods are on their way to the stores where they are collected."""

from collections.abc import Sequence
from typing import Any

from kit.audit import Check
from kit.postgres import Tx
from services.order.fulfilment import store_reads
from services.order.fulfilment.domain import Fulfilment
from services.order.legs.domain import Leg, State

_LEG = """fulfilment_id, order_id, from_location_id, to_location_id, state, left_time, arrive_time, left_event_id,
    arrive_event_id, arrived_fulfilment_id"""
_LOCK = f"SELECT {_LEG} FROM pickup_legs WHERE fulfilment_id = $1 FOR UPDATE"
_FIND = f"SELECT {_LEG} FROM pickup_legs WHERE fulfilment_id = $1"
_CHANGE = """
UPDATE pickup_legs
   SET state = $2, left_time = $3, arrive_time = $4, left_event_id = $5, arrive_event_id = $6,
       arrived_fulfilment_id = $7
 WHERE fulfilment_id = $1
"""
# not what the source rejected or lost to another place before it left
_INCOMING = f"""
SELECT {_LEG} FROM pickup_legs AS leg
 WHERE to_location_id = $1 AND leg.state IN ('OPEN', 'IN_TRANSIT') AND fulfilment_id > $2
   AND (leg.state = 'IN_TRANSIT' OR (
        SELECT task.state FROM fulfilments AS task WHERE task.fulfilment_id = leg.fulfilment_id)
        NOT IN ('REJECTED', 'CANCELLED'))
 ORDER BY fulfilment_id LIMIT $3
"""
_TASKS = f"SELECT {store_reads.COLUMNS} FROM fulfilments WHERE fulfilment_id = ANY($1::uuid[])"

CHECKS = (
    Check(
        "legs.goods_are_where_they_are_said_to_be",
        "SELECT count(*) FROM pickup_legs",
        # the source's task ends where the store's own begins; whoever waits no more ends it on the way
        """
        SELECT 'fulfilment=' || leg.fulfilment_id AS subject, leg.state AS expected, task.state AS found, '' AS repair
          FROM pickup_legs AS leg JOIN fulfilments AS task USING (fulfilment_id)
         WHERE (leg.state = 'ARRIVED' AND task.state <> 'CANCELLED')
            OR (leg.state = 'IN_TRANSIT' AND task.state NOT IN ('IN_TRANSIT', 'CANCELLED'))
            OR (leg.state = 'OPEN' AND task.state = 'IN_TRANSIT')
            OR (leg.arrived_fulfilment_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM fulfilments AS own
                 WHERE own.fulfilment_id = leg.arrived_fulfilment_id AND own.location_id = leg.to_location_id))
         LIMIT 100
        """,
    ),
    Check(
        "legs.moves_are_told",
        "SELECT count(*) FROM pickup_legs WHERE state <> 'OPEN'",
        # the outbox keeps a week
        """
        SELECT 'fulfilment=' || leg.fulfilment_id AS subject, 'its UnitsMoved' AS expected, 'none' AS found,
               '' AS repair
          FROM pickup_legs AS leg
         WHERE leg.state <> 'OPEN' AND leg.record_time > now() - interval '6 days'
           AND (NOT EXISTS (SELECT FROM outbox WHERE outbox.event_id = leg.left_event_id)
                OR (leg.state = 'ARRIVED'
                    AND NOT EXISTS (SELECT FROM outbox WHERE outbox.event_id = leg.arrive_event_id))) LIMIT 100
        """,
    ),
)


async def lock(tx: Tx, fulfilment_id: str) -> Leg | None:
    """One, locked; none where the task is sent to nobody's store."""
    row = await tx.fetchrow(_LOCK, fulfilment_id)
    return _leg(row) if row else None


async def find(tx: Tx, fulfilment_id: str) -> Leg | None:
    """One."""
    row = await tx.fetchrow(_FIND, fulfilment_id)
    return _leg(row) if row else None


async def change(tx: Tx, given: Leg) -> None:
    """How far it is now."""
    times = (given.left_time, given.arrive_time, given.left_event_id, given.arrive_event_id)
    await tx.execute(_CHANGE, given.fulfilment_id, given.state, *times, given.arrived_id)


async def incoming(tx: Tx, location_id: str, after: str, size: int) -> Sequence[Leg]:
    """What is on its way to a store, or will be."""
    return [_leg(row) for row in await tx.fetch(_INCOMING, location_id, after, size)]


async def tasks(tx: Tx, fulfilment_ids: Sequence[str]) -> dict[str, Fulfilment]:
    """The sources' tasks."""
    found = map(store_reads.fulfilment, await tx.fetch(_TASKS, fulfilment_ids))
    return {one.fulfilment_id: one for one in found}


def _leg(row: Any) -> Leg:
    fulfilment_id, order_id, source, target, state, *rest = row
    return Leg(fulfilment_id, order_id, source, target, State(state), *rest)
