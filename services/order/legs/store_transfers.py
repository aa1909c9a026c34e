"""What stores asked other places to send."""

from collections.abc import Sequence
from typing import Any

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.order.fulfilment import store_reads
from services.order.fulfilment.domain import Fulfilment
from services.order.legs.domain_transfers import State, Transfer

_COLUMNS = """transfer_id, fulfilment_id, order_id, location_id, line_nos, quantities, reason, state, update_time,
       promise_time, sent_fulfilment_ids, event_id"""
_INSERT = """
INSERT INTO pickup_transfers (transfer_id, fulfilment_id, order_id, location_id, line_nos, quantities, reason, state,
    business_time, update_time, actor_kind, actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12)
"""
_PUT = """
UPDATE pickup_transfers
   SET state = $2, update_time = $3, promise_time = $4, sent_fulfilment_ids = $5, event_id = $6
 WHERE transfer_id = $1
"""
_FIND = f"SELECT {_COLUMNS} FROM pickup_transfers WHERE transfer_id = $1"
_LOCK = f"{_FIND} FOR UPDATE"
_OF_TASK = f"""
SELECT {_COLUMNS} FROM pickup_transfers WHERE fulfilment_id = $1 ORDER BY business_time DESC, transfer_id DESC LIMIT 1
"""
# the second condition lets the index of open tasks be used
_IN_STATES = f"""
SELECT {store_reads.COLUMNS} FROM fulfilments
 WHERE location_id = $1 AND state = ANY($2::text[])
   AND state NOT IN ('HANDED_OVER', 'REJECTED', 'CANCELLED', 'SHIPPED', 'DELIVERED', 'UNDELIVERED')
   AND method = 'COLLECT' AND version > $3
 ORDER BY version LIMIT $4
"""
_HANDED_OVER = f"""
SELECT {store_reads.COLUMNS} FROM fulfilments
 WHERE location_id = $1 AND method = 'COLLECT' AND state = 'HANDED_OVER' AND version < $2
 ORDER BY version DESC LIMIT $3
"""

CHECKS = (
    Check(
        "transfers.requests_end",
        "SELECT count(*) FROM pickup_transfers",
        # who waits for inventory's answer has a timer that asks for it, and nobody else waits
        """
        SELECT 'transfer=' || asked.transfer_id AS subject, 'a task that waits, and a timer' AS expected,
               asked.state || ' ' || task.state AS found, '' AS repair
          FROM pickup_transfers AS asked JOIN fulfilments AS task USING (fulfilment_id)
         WHERE asked.state = 'ASKED' AND NOT EXISTS (
               SELECT FROM timers WHERE key = asked.transfer_id::text AND kind = 'transfers.ask')
         UNION ALL
        SELECT 'fulfilment=' || task.fulfilment_id, 'a request', task.state || ' ' || task.reason, ''
          FROM fulfilments AS task
         WHERE task.state = 'ON_HOLD' AND task.reason = 'SENT_FOR' AND NOT EXISTS (
               SELECT FROM pickup_transfers AS asked
                WHERE asked.fulfilment_id = task.fulfilment_id AND asked.state = 'ASKED')
         LIMIT 100
        """,
    ),
    Check(
        "transfers.what_is_sent_is_on_its_way",
        "SELECT count(*) FROM pickup_transfers WHERE state = 'SENT'",
        """
        SELECT 'transfer=' || asked.transfer_id || ' task=' || sent.fulfilment_id AS subject,
               'a way to ' || asked.location_id AS expected, coalesce(leg.to_location_id, 'none') AS found, '' AS repair
          FROM pickup_transfers AS asked CROSS JOIN unnest(asked.sent_fulfilment_ids) AS sent (fulfilment_id)
          LEFT JOIN pickup_legs AS leg ON leg.fulfilment_id = sent.fulfilment_id AND leg.order_id = asked.order_id
         WHERE asked.state = 'SENT' AND leg.to_location_id IS DISTINCT FROM asked.location_id LIMIT 100
        """,
    ),
    Check(
        "transfers.shoppers_are_told",
        "SELECT count(*) FROM pickup_transfers WHERE state = 'SENT'",
        # the outbox keeps a week
        """
        SELECT 'transfer=' || asked.transfer_id AS subject, 'its TransferRequested' AS expected, 'none' AS found,
               '' AS repair
          FROM pickup_transfers AS asked
         WHERE asked.state = 'SENT' AND asked.record_time > now() - interval '6 days'
           AND NOT EXISTS (SELECT FROM outbox WHERE outbox.event_id = asked.event_id) LIMIT 100
        """,
    ),
)


async def insert(tx: Tx, given: Transfer, actor: Actor) -> None:
    what = (given.transfer_id, given.fulfilment_id, given.order_id, given.location_id)
    units = (list(given.line_nos), list(given.quantities), given.reason, given.state, given.update_time)
    await tx.execute(_INSERT, *what, *units, actor.kind, actor.id, actor.terminal_id)


async def put(tx: Tx, given: Transfer) -> None:
    """Writes what became of it."""
    told = (given.promise_time, list(given.sent_ids), given.event_id)
    await tx.execute(_PUT, given.transfer_id, given.state, given.update_time, *told)


async def find(tx: Tx, transfer_id: str, *, lock: bool = False) -> Transfer | None:
    row = await tx.fetchrow(_LOCK if lock else _FIND, transfer_id)
    return _transfer(row) if row else None


async def of_task(tx: Tx, fulfilment_id: str) -> Transfer | None:
    """The newest one of a store's task."""
    row = await tx.fetchrow(_OF_TASK, fulfilment_id)
    return _transfer(row) if row else None


async def in_states(tx: Tx, location_id: str, states: Sequence[str], after: int, size: int) -> list[Fulfilment]:
    """A store's pickups in these states, by version; none of them ended."""
    rows = await tx.fetch(_IN_STATES, location_id, list(states), after, size)
    return [store_reads.fulfilment(row) for row in rows]


async def handed_over(tx: Tx, location_id: str, before: int, size: int) -> list[Fulfilment]:
    """A store's pickups that were handed over, the latest first."""
    return [store_reads.fulfilment(row) for row in await tx.fetch(_HANDED_OVER, location_id, before, size)]


def _transfer(row: Any) -> Transfer:
    transfer_id, fulfilment_id, order_id, place, line_nos, quantities, reason, state, at, promise, sent, event = row
    return Transfer(
        transfer_id, fulfilment_id, order_id, place, tuple(line_nos), tuple(quantities), reason, State(state), at,
        promise, tuple(sent), event,
    )  # fmt: skip
