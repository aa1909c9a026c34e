"""Orders that are sourced, their assignments, and every decision with its trace."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.sourcing.domain import Assignment
from services.inventory.sourcing.domain_records import Decided, Sourced

_COLUMNS = (
    "order_id, state, wanted, channel_id, order_time, attempts, queue, auto_cancel_time, version, pickup_rejected"
)
_HEARD = """
INSERT INTO sourcing_orders (order_id, state, wanted, channel_id, order_time)
SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::text[], $5::timestamptz[]) AS heard (order_id)
 ORDER BY order_id
ON CONFLICT (order_id) DO UPDATE SET wanted = excluded.wanted, channel_id = excluded.channel_id,
    order_time = excluded.order_time
 WHERE sourcing_orders.wanted = '{}'
RETURNING order_id, state
"""
_CANCELLED = """
INSERT INTO sourcing_orders (order_id, state, order_time)
SELECT order_id, 'CANCELLED', $2 FROM unnest($1::text[]) AS order_id ORDER BY order_id
ON CONFLICT (order_id) DO UPDATE SET state = 'CANCELLED', pickup_rejected = '{}', version = sourcing_orders.version + 1
"""
_ORDERS = f"SELECT {_COLUMNS} FROM sourcing_orders WHERE order_id = ANY($1::text[]) ORDER BY order_id"
_LOCK = f"{_ORDERS} FOR UPDATE"
_ASSIGNED = """
SELECT order_id, line_no, sku, location_id, quantity, decision_id FROM sourcing_assignments
 WHERE order_id = ANY($1::text[]) ORDER BY order_id, line_no, location_id, decision_id
"""
_ASSIGN = """
INSERT INTO sourcing_assignments (order_id, line_no, sku, location_id, quantity, decision_id)
SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::text[])
ON CONFLICT (order_id, line_no, location_id, decision_id) DO NOTHING
"""
_UNASSIGN = """
WITH less AS (
    SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::bigint[])
        AS r (order_id, line_no, location_id, decision_id, quantity)
), gone AS (
    DELETE FROM sourcing_assignments AS a USING less
     WHERE a.order_id = less.order_id AND a.line_no = less.line_no AND a.location_id = less.location_id
       AND a.decision_id = less.decision_id AND a.quantity <= less.quantity
)
UPDATE sourcing_assignments AS a SET quantity = a.quantity - less.quantity FROM less
 WHERE a.order_id = less.order_id AND a.line_no = less.line_no AND a.location_id = less.location_id
   AND a.decision_id = less.decision_id AND a.quantity > less.quantity
"""
_WANT = "UPDATE sourcing_orders SET wanted = $2::jsonb WHERE order_id = $1"
_MOVE = """
WITH known AS (
    SELECT order_id FROM sourcing_orders WHERE order_id = ANY($1::text[]) ORDER BY order_id FOR UPDATE
)
UPDATE sourcing_orders AS o SET state = m.state, attempts = m.attempts, queue = m.queue,
    auto_cancel_time = m.auto_cancel_time, pickup_rejected = string_to_array(m.pickup_rejected, ',')::int[],
    version = o.version + 1
  FROM known, unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[], $7::text[])
       AS m (order_id, version, state, attempts, queue, auto_cancel_time, pickup_rejected)
 WHERE known.order_id = m.order_id AND o.order_id = m.order_id AND o.version = m.version
"""
_DECIDED = """
INSERT INTO sourcing_decisions (order_id, decision_id, mode, business_time, rule_set_id, rule_version, fallback, queue,
    auto_cancel_time, trace, actor_kind, actor_id, actor_terminal_id)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::bigint[],
    $7::text[], $8::text[], $9::timestamptz[], $10::jsonb[], $11::text[], $12::text[], $13::text[])
"""
_DECISIONS = """
SELECT order_id, decision_id, mode, business_time, rule_set_id, rule_version, fallback, queue, auto_cancel_time, trace
  FROM sourcing_decisions WHERE order_id = $1 ORDER BY record_time, decision_id LIMIT 100
"""
_WAITING = f"""
SELECT {_COLUMNS} FROM sourcing_orders
 WHERE (state = 'UNPLACED' OR pickup_rejected <> '{{}}')
   AND ($1 = '' OR (state = 'UNPLACED' AND queue = $1) OR ($1 = 'pickup_rejected' AND pickup_rejected <> '{{}}'))
   AND (order_time, order_id) > ($2, $3)
 ORDER BY order_time, order_id LIMIT $4
"""
_RECENT = f"""
SELECT {_COLUMNS} FROM sourcing_orders WHERE state IN ('SOURCED', 'UNPLACED') AND order_time >= $1
 ORDER BY order_time DESC, order_id LIMIT $2
"""


async def heard(tx: Tx, given: Sequence[tuple[str, str, str, str, datetime]]) -> dict[str, str]:
    """Keeps confirmed orders (id, state, wanted, channel, time); gives those that are new, with their states."""
    if not given:
        return {}
    rows = await tx.fetch(_HEARD, *map(list, zip(*given, strict=True)))
    return {row["order_id"]: row["state"] for row in rows}


async def cancelled(tx: Tx, order_ids: Iterable[str], now: datetime) -> None:
    """Ends orders, known or not."""
    await tx.execute(_CANCELLED, sorted(set(order_ids)), now)


async def orders(tx: Tx, order_ids: Iterable[str], *, lock: bool = False) -> list[Sourced]:
    """These orders, in the order of their ids; locked in it, if asked."""
    return [_sourced(row) for row in await tx.fetch(_LOCK if lock else _ORDERS, sorted(set(order_ids)))]


async def assigned(tx: Tx, order_ids: Iterable[str]) -> dict[str, list[Assignment]]:
    """Where these orders' goods leave from."""
    found: dict[str, list[Assignment]] = {}
    for row in await tx.fetch(_ASSIGNED, list(order_ids)):
        one = Assignment(*(row[name] for name in Assignment.__slots__))
        found.setdefault(row["order_id"], []).append(one)
    return found


async def assign(tx: Tx, given: Sequence[tuple[str, Assignment]]) -> None:
    """Keeps where goods leave from: by a decision, or because the order says so. The same twice is once."""
    rows = [(order_id, a.line_no, a.sku, a.location_id, a.quantity, a.decision_id) for order_id, a in given]
    if rows:
        await tx.execute(_ASSIGN, *map(list, zip(*rows, strict=True)))


async def unassign(tx: Tx, given: Sequence[tuple[str, Assignment]]) -> None:
    """Forgets what places were asked for, or so many units of it."""
    rows = [(order_id, a.line_no, a.location_id, a.decision_id, a.quantity) for order_id, a in given]
    if rows:
        await tx.execute(_UNASSIGN, *map(list, zip(*rows, strict=True)))


async def want(tx: Tx, order_id: str, wanted: str) -> None:
    """Writes what an order wants, once its shopper wants it otherwise; the caller has locked it."""
    await tx.execute(_WANT, order_id, wanted)


async def move(tx: Tx, given: Sequence[Sourced]) -> bool:
    """Writes orders that have the version that was read; False if one has not."""
    rows = [
        (o.order_id, o.version, o.state, o.attempts, o.queue, o.auto_cancel_time, ",".join(map(str, o.pickup_rejected)))
        for o in given
    ]
    if not rows:
        return True
    written = await tx.execute(_MOVE, *map(list, zip(*rows, strict=True)))
    return int(written.rpartition(" ")[2]) == len(rows)


async def decided(tx: Tx, given: Sequence[tuple[Decided, Actor]]) -> None:
    """Adds decisions for good."""
    rows = [
        (*(getattr(one, name) for name in Decided.__slots__), who.kind.value, who.id, who.terminal_id)
        for one, who in given
    ]
    if rows:
        await tx.execute(_DECIDED, *map(list, zip(*rows, strict=True)))


async def decisions(tx: Tx, order_id: str) -> list[Decided]:
    """An order's decisions, oldest first."""
    return [Decided(**dict(row)) for row in await tx.fetch(_DECISIONS, order_id)]


async def waiting(tx: Tx, queue: str, after: tuple[datetime, str], size: int) -> list[Sourced]:
    """Orders without a place for everything, oldest first."""
    return [_sourced(row) for row in await tx.fetch(_WAITING, queue, *after, size)]


async def recent(tx: Tx, start: datetime, most: int) -> list[Sourced]:
    """Orders that were decided, newest first."""
    return [_sourced(row) for row in await tx.fetch(_RECENT, start, most)]


def _sourced(row: Any) -> Sourced:
    return Sourced(**dict(row) | {"pickup_rejected": tuple(row["pickup_rejected"])})
