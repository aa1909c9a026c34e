"""Who collects for shoppers, what was handed over to whom, and what was not there."""

from collections.abc import Sequence
from typing import Any

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.order.pickups.domain import Choice, Collector, Handover, Proof, Proxy, ProxyState, Shortage

_PROXY = "proxy_id, fulfilment_id, masked_name, state, create_time, pin_hash, pin_sealed, end_time"
_ADD_PROXY = f"INSERT INTO pickup_proxies ({_PROXY}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
_PROXIES = f"SELECT {_PROXY} FROM pickup_proxies WHERE fulfilment_id = $1 ORDER BY create_time, proxy_id"
# whoever was named for what the store then lacked; what comes instead is another task
_OF_LACKED = f"""
SELECT {_PROXY} FROM pickup_proxies
 WHERE state = 'ACTIVE' AND fulfilment_id IN (
       SELECT fulfilment_id FROM fulfilments
        WHERE order_id = $1 AND location_id = $2 AND method = 'COLLECT' AND state = 'CANCELLED' AND reason = 'SENT_FOR')
 ORDER BY create_time, proxy_id
"""
_LOCK_PROXY = f"SELECT {_PROXY} FROM pickup_proxies WHERE proxy_id = $1 FOR UPDATE"
_BY_PIN = """
SELECT proxy_id FROM pickup_proxies WHERE fulfilment_id = $1 AND pin_hash = $2 AND state <> 'REVOKED' LIMIT 1
"""
_END_PROXY = "UPDATE pickup_proxies SET state = $2, pin_hash = $3, pin_sealed = NULL, end_time = $4 WHERE proxy_id = $1"
_MOVE_PROXY = """
UPDATE pickup_proxies SET fulfilment_id = $2, pin_hash = $3, pin_sealed = $4 WHERE proxy_id = $1 AND state = 'ACTIVE'
"""
_ADD_HANDOVER = """
INSERT INTO pickup_handovers (fulfilment_id, order_id, proof, proxy_id, rest_fulfilment_id, business_time, actor_kind,
    actor_id, actor_terminal_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_HANDOVER = """
SELECT fulfilment_id, order_id, proof, proxy_id, business_time, rest_fulfilment_id FROM pickup_handovers
 WHERE fulfilment_id = $1
"""
_ADD_SHORTAGES = """
INSERT INTO pickup_shortages (fulfilment_id, order_id, line_no, first_unit, last_unit, sku, quantity, reason, choice,
    event_id, business_time)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[],
                     $8::text[], $9::text[], $10::uuid[], $11::timestamptz[])
"""
_SHORTAGES = """
SELECT fulfilment_id, order_id, line_no, first_unit, last_unit, sku, quantity, reason, choice, event_id, business_time
  FROM pickup_shortages WHERE fulfilment_id = $1 ORDER BY line_no, first_unit
"""

CHECKS = (
    Check(
        "pickups.handovers_say_to_whom",
        "SELECT count(*) FROM fulfilments WHERE state = 'HANDED_OVER' AND method = 'COLLECT'",
        # those of before nobody asked
        """
        SELECT 'fulfilment=' || whole.fulfilment_id AS subject, 'handed over on a proof' AS expected,
               coalesce('proxy ' || proxy.state, whole.state) AS found, '' AS repair
          FROM pickup_handovers AS told JOIN fulfilments AS whole USING (fulfilment_id)
          LEFT JOIN pickup_proxies AS proxy ON proxy.proxy_id = told.proxy_id
         WHERE whole.state <> 'HANDED_OVER' OR (told.proxy_id IS NOT NULL AND proxy.state IS DISTINCT FROM 'USED')
         LIMIT 100
        """,
    ),
    Check(
        "pickups.missing_units_are_nobodys",
        "SELECT count(*) FROM pickup_shortages",
        # what was cancelled stays so; what the shopper was asked about may come from elsewhere
        """
        SELECT 'order=' || short.order_id || ' line=' || short.line_no || ' unit=' || short.first_unit AS subject,
               'cancelled' AS expected, 'not cancelled' AS found, '' AS repair
          FROM pickup_shortages AS short JOIN orders USING (order_id)
         WHERE short.choice = 'CANCEL' AND orders.state = 'CONFIRMED' AND NOT EXISTS (
               SELECT FROM cancelled_units AS gone
                WHERE gone.order_id = short.order_id AND gone.line_no = short.line_no
                  AND gone.first_unit <= short.first_unit AND gone.last_unit >= short.last_unit) LIMIT 100
        """,
    ),
    Check(
        "pickups.missing_units_are_told",
        "SELECT count(*) FROM pickup_shortages",
        # the outbox keeps a week
        """
        SELECT DISTINCT 'event=' || short.event_id AS subject, 'told' AS expected, 'not in the outbox' AS found,
               '' AS repair
          FROM pickup_shortages AS short
         WHERE short.record_time > now() - interval '6 days'
           AND NOT EXISTS (SELECT FROM outbox WHERE outbox.event_id = short.event_id) LIMIT 100
        """,
    ),
)


async def add_proxy(tx: Tx, given: Proxy) -> None:
    """Somebody more."""
    head = (given.proxy_id, given.fulfilment_id, given.masked_name, given.state, given.create_time)
    await tx.execute(_ADD_PROXY, *head, given.pin_hash, given.pin_sealed, given.end_time)


async def proxies(tx: Tx, fulfilment_id: str) -> list[Proxy]:
    """Everybody whom the shopper named for a task, the first first."""
    return [_proxy(row) for row in await tx.fetch(_PROXIES, fulfilment_id)]


async def of_lacked(tx: Tx, order_id: str, location_id: str) -> list[Proxy]:
    """Who was named for what a store of the order lacked, and collects it once it has come."""
    return [_proxy(row) for row in await tx.fetch(_OF_LACKED, order_id, location_id)]


async def lock_proxy(tx: Tx, proxy_id: str) -> Proxy | None:
    """One of them, locked."""
    row = await tx.fetchrow(_LOCK_PROXY, proxy_id)
    return _proxy(row) if row else None


async def by_pin(tx: Tx, fulfilment_id: str, pin_hash: bytes) -> str | None:
    """Who of them has this PIN."""
    found: str | None = await tx.fetchval(_BY_PIN, fulfilment_id, pin_hash)
    return found


async def end_proxy(tx: Tx, given: Proxy) -> None:
    """He has collected it, or does not any more."""
    await tx.execute(_END_PROXY, given.proxy_id, given.state, given.pin_hash, given.end_time)


async def move_proxy(tx: Tx, given: Proxy) -> None:
    """He collects something else now, unless he was told meanwhile not to."""
    await tx.execute(_MOVE_PROXY, given.proxy_id, given.fulfilment_id, given.pin_hash, given.pin_sealed)


async def add_handover(tx: Tx, given: Handover, actor: Actor) -> None:
    """What was handed over."""
    who = (given.collector.proof, given.collector.proxy_id, given.rest_id, given.business_time)
    await tx.execute(_ADD_HANDOVER, given.fulfilment_id, given.order_id, *who, actor.kind, actor.id, actor.terminal_id)


async def handover(tx: Tx, fulfilment_id: str) -> Handover | None:
    """What was handed over of a task."""
    row = await tx.fetchrow(_HANDOVER, fulfilment_id)
    if row is None:
        return None
    collector = Collector(Proof(row["proof"]), row["proxy_id"])
    return Handover(row["fulfilment_id"], row["order_id"], collector, row["business_time"], row["rest_fulfilment_id"])


async def add_shortages(tx: Tx, given: Sequence[Shortage]) -> None:
    """What was not there."""
    rows = [
        (one.fulfilment_id, one.order_id, one.line_no, one.first, one.last, one.sku, one.quantity, one.reason,
         one.choice, one.event_id, one.business_time)
        for one in given
    ]  # fmt: skip
    await tx.execute(_ADD_SHORTAGES, *map(list, zip(*rows, strict=True)))


async def shortages(tx: Tx, fulfilment_id: str) -> list[Shortage]:
    """What was not there of a task."""
    return [_shortage(row) for row in await tx.fetch(_SHORTAGES, fulfilment_id)]


def _proxy(row: Any) -> Proxy:
    return Proxy(**dict(row) | {"state": ProxyState(row["state"])})


def _shortage(row: Any) -> Shortage:
    fulfilment_id, order_id, line_no, first, last, sku, quantity, reason, choice, event_id, at = row
    head = (fulfilment_id, order_id, line_no, first, last, sku, quantity, reason)
    return Shortage(*head, Choice(choice), event_id, at)
