"""Orders that are sourced, their assignments, and every decision with its trace."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.inventory.sourcing.domain import Assignment
from services.inventory.sourcing.domain_records import Decided, Sourced

_COLUMNS = "order_id, state, wanted, channel_id, order_time, attempts, queue, auto_cancel_time, version"
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
ON CONFLICT (order_id) DO UPDATE SET state = 'CANCELLED', version = sourcing_orders.version + 1
RETURNING new.order_id, old.state AS before
"""
_ORDERS = f"SELECT {_COLUMNS} FROM sourcing_orders WHERE order_id = ANY($1::text[]) ORDER BY order_id"
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
DELETE FROM sourcing_assignments AS a USING unnest($2::int[], $3::text[]) AS r (line_no, decision_id)
 WHERE order_id = $1 AND a.line_no = r.line_no AND a.decision_id = r.decision_id AND location_id = $4
"""
_MOVE = """
UPDATE sourcing_orders AS o SET state = m.state, attempts = m.attempts, queue = m.queue,
    auto_cancel_time = m.auto_cancel_time, version = o.version + 1
  FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[])
       AS m (order_id, version, state, attempts, queue, auto_cancel_time)
 WHERE o.order_id = m.order_id AND o.version = m.version
"""
_DECIDED = """
INSERT INTO sourcing_decisions (order_id, decision_id, mode, business_time, rule_set_id, rule_version, fallback, queue,
    auto_cancel_time, trace, actor_kind, actor_id, actor_terminal_id)
SELECT d.*, $11, $12, $13 FROM unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::bigint[],
    $7::text[], $8::text[], $9::timestamptz[], $10::jsonb[]) AS d
"""
_DECISIONS = """
SELECT order_id, decision_id, mode, business_time, rule_set_id, rule_version, fallback, queue, auto_cancel_time, trace
  FROM sourcing_decisions WHERE order_id = $1 ORDER BY record_time, decision_id LIMIT 100
"""
_WAITING = f"""
SELECT {_COLUMNS} FROM sourcing_orders
 WHERE state IN ('UNPLACED', 'PICKUP_REJECTED') AND ($1 = '' OR queue = $1) AND (order_time, order_id) > ($2, $3)
 ORDER BY order_time, order_id LIMIT $4
"""
_RECENT = f"""
SELECT {_COLUMNS} FROM sourcing_orders WHERE state IN ('SOURCED', 'UNPLACED') AND order_time >= $1
 ORDER BY order_time DESC, order_id LIMIT $2
"""


async def heard(tx: Tx, given: Sequence[tuple[str, str, str, str, datetime]]) -> set[str]:
    """Keeps confirmed orders (id, state, wanted, channel, time); gives those that are new and wait for a decision."""
    if not given:
        return set()
    rows = await tx.fetch(_HEARD, *map(list, zip(*given, strict=True)))
    return {row["order_id"] for row in rows if row["state"] == "PENDING"}


async def cancelled(tx: Tx, order_ids: Iterable[str], now: datetime) -> dict[str, str | None]:
    """Ends orders, known or not; gives the state that each had."""
    rows = await tx.fetch(_CANCELLED, sorted(set(order_ids)), now)
    return {row["order_id"]: row["before"] for row in rows}


async def orders(tx: Tx, order_ids: Iterable[str]) -> list[Sourced]:
    """These orders, in the order of their ids."""
    return [_sourced(row) for row in await tx.fetch(_ORDERS, sorted(set(order_ids)))]


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


async def unassign(tx: Tx, order_id: str, given: Sequence[Assignment], location_id: str) -> None:
    """Forgets what a place was asked for."""
    await tx.execute(
        _UNASSIGN, order_id, [one.line_no for one in given], [one.decision_id for one in given], location_id
    )


async def move(tx: Tx, given: Sequence[Sourced]) -> bool:
    """Writes orders that have the version that was read; False if one has not."""
    rows = [(o.order_id, o.version, o.state, o.attempts, o.queue, o.auto_cancel_time) for o in given]
    if not rows:
        return True
    written = await tx.execute(_MOVE, *map(list, zip(*rows, strict=True)))
    return int(written.rpartition(" ")[2]) == len(rows)


async def decided(tx: Tx, given: Sequence[Decided], actor: Actor) -> None:
    """Adds decisions for good."""
    rows = [tuple(getattr(one, name) for name in Decided.__slots__) for one in given]
    if rows:
        who = (actor.kind.value, actor.id, actor.terminal_id)
        await tx.execute(_DECIDED, *map(list, zip(*rows, strict=True)), *who)


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
    return Sourced(**dict(row))
