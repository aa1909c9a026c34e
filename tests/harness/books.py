"""What every owner has written down, read from outside at one quiet moment: the evidence that invariants judge."""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from cli.fleet import proof
from cli.fleet.proof import Proved
from cli.stack.databases import SERVICES
from tests.harness.fleet import TestFleet

_ORDERS = """
SELECT order_id::text, state, channel_kind, coalesce(member_id::text, '') AS member_id, points_spent, grand_total,
       -- a request is forgotten by the order that trouble undid: the next one with its key is another's
       CASE WHEN cause ->> 'reason' = 'CHECKOUT_UNDONE' THEN '' ELSE coalesce(request_id, '') END AS tag,
       coalesce(step, '') AS step,
       (SELECT sum(earn_base) FROM order_lines WHERE order_lines.order_id = orders.order_id) AS earn_base
  FROM orders LEFT JOIN checkouts USING (order_id)
"""
_LINES = "SELECT order_id::text, line_no, sku, quantity, method FROM order_lines"
_TIMERS = """
SELECT kind, key, next_time, lease_until > clock_timestamp() AS leased, needs_attention AS stuck, last_error FROM timers
"""
_HOLDS = "SELECT hold_id, order_id, state FROM holds WHERE order_id <> ''"
_ALLOCATIONS = """
SELECT order_id, line_no, coalesce(sum(quantity), 0)::bigint AS quantity, sum(handed_over)::bigint AS handed_over,
       bool_or(cancelled) AS cancelled
  FROM allocations GROUP BY order_id, line_no
"""
_POINTS_HOLDS = "SELECT hold_id::text, state FROM points_holds"
_EARNED = "SELECT order_id::text, count(*) FROM points_transfers WHERE kind = 1 AND order_id IS NOT NULL GROUP BY 1"
_HELD_POINTS = "SELECT member_id::text, held FROM points_balances WHERE held <> 0"
_OUTBOX = "SELECT event_id::text, aggregate_id, subject, published_time IS NOT NULL AS published FROM outbox"
_INBOX = "SELECT event_id::text FROM inbox WHERE consumer = $1"
_DEAD = "SELECT event_id::text, subject, error FROM dead_letters WHERE replayed_time IS NULL"
_PAYMENTS = """
SELECT key, state, (SELECT coalesce(sum(amount), 0) FROM parts
                     WHERE parts.key = payments.key AND kind = 'capture' AND refused = '') AS captured,
       (SELECT coalesce(sum(amount), 0) FROM parts
         WHERE parts.key = payments.key AND kind = 'refund' AND refused = '') AS refunded
  FROM payments
"""

_REFUNDS = """
SELECT refund_id::text, order_id::text, state,
       (SELECT coalesce(string_agg(kind || ' ' || ref || ' ' || row.state, ', '), '') FROM reversals AS row
         WHERE row.refund_id = refunds.refund_id AND row.state IN ('PENDING', 'REFUSED')) AS open,
       (SELECT coalesce(sum(amount), 0)::bigint FROM refund_tenders AS part
         WHERE part.refund_id = refunds.refund_id AND kind = 'PROVIDER' AND NOT as_credit
           AND code <> 'AT_TILL') AS moved
  FROM refunds
"""
_CAME_BACK = """
SELECT unit.order_id::text, line_no, sum(quantity)::bigint
  FROM return_units AS unit JOIN returns USING (return_id)
 WHERE returns.state IN ('RECEIVED', 'INSPECTED', 'CLOSED') AND disposition <> 'missing'
   AND NOT 'UNKNOWN_ORDER' = ANY(flags)
 GROUP BY 1, 2
"""
_TAKEN_IN = "SELECT source_id, line_no, sum(quantity)::bigint FROM movements WHERE kind = 'RETURN' GROUP BY 1, 2"
_REVERSED = "SELECT refund_id FROM points_returns WHERE settle_time IS NOT NULL"

# kit's numbers of a points hold's state, as member's contract has them
ACTIVE_POINTS, COMMITTED_POINTS = 1, 2


@dataclass(frozen=True, slots=True)
class Order:
    """What order says of one order."""

    order_id: str
    state: str
    channel_kind: str
    member_id: str = ""
    points_spent: int = 0
    grand_total: int = 0
    tag: str = ""
    step: str = ""
    earn_base: int = 0

    @property
    def ended(self) -> bool:
        """Nobody has anything left to do for its checkout."""
        return self.state in ("CONFIRMED", "CANCELLED") and self.step in ("", "DONE")


@dataclass(frozen=True, slots=True)
class Timer:
    """One timer of order."""

    kind: str
    key: str
    next_time: datetime
    leased: bool | None
    stuck: bool
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Payment:
    """What the provider has under an order's key."""

    state: str
    captured: int = 0
    refunded: int = 0


@dataclass(frozen=True, slots=True)
class Refund:
    """What order says of one return's refund."""

    refund_id: str
    order_id: str
    state: str
    # what the provider was to give back
    moved: int
    # what is not at its end, but for invoices: no world has anybody whom they could be handed in to
    open: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One row of an outbox."""

    event_id: str
    aggregate_id: str
    name: str
    published: bool = True


@dataclass(slots=True)
class Books:
    """All of it, joined by nobody yet."""

    now: datetime
    orders: dict[str, Order] = field(default_factory=dict)
    lines: dict[tuple[str, int], tuple[str, int, str]] = field(default_factory=dict)
    timers: list[Timer] = field(default_factory=list)
    # hold id -> (order id, state)
    stock_holds: dict[str, tuple[str, str]] = field(default_factory=dict)
    # (order id, line) -> (quantity, handed over, cancelled)
    allocations: dict[tuple[str, int], tuple[int, int, bool]] = field(default_factory=dict)
    points_holds: dict[str, int] = field(default_factory=dict)
    # order id -> how often points were earned for it
    earned: Counter[str] = field(default_factory=Counter)
    held_points: dict[str, int] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    # (order id, line) -> what came back, as order says; and what stock took in of it
    came_back: dict[tuple[str, int], int] = field(default_factory=dict)
    taken_in: dict[tuple[str, int], int] = field(default_factory=dict)
    # refunds of which the member's part is settled
    reversed: set[str] = field(default_factory=set)
    # publisher -> its outbox; consumer -> how often it took each event; consumer -> what it could not take
    told: dict[str, list[Event]] = field(default_factory=dict)
    taken: dict[str, Counter[str]] = field(default_factory=dict)
    dead: dict[str, list[str]] = field(default_factory=dict)
    # consumer -> publisher -> event names, as the broker knows it
    hearers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    # service -> what its own proof says
    proved: dict[str, list[Proved]] = field(default_factory=dict)


async def read(fleet: TestFleet) -> Books:
    """Reads every owner's book; call it when the fleet is quiet."""
    books = Books(await fleet.clock.now())
    for service in SERVICES:
        connection = await asyncpg.connect(fleet.database(service).owner_dsn)
        try:
            await connection.execute("SET default_transaction_read_only = on")
            await _events(connection, service, books)
            await _READERS.get(service, _nothing)(connection, books)
        finally:
            await connection.close()
    _provider(fleet.fleet.plan.home.root / "payment" / "book", books)
    async with proof.prover({name: fleet.target(name) for name in SERVICES}, fleet.operator_secret()) as asked:
        books.proved = {service: await asked.own(service) for service in SERVICES}
    books.hearers = await fleet.hearers()
    return books


async def _events(connection: asyncpg.Connection, service: str, books: Books) -> None:
    rows = await connection.fetch(_OUTBOX)
    books.told[service] = [
        Event(row["event_id"], row["aggregate_id"], row["subject"].rpartition(".")[0], row["published"]) for row in rows
    ]
    books.taken[service] = Counter(row["event_id"] for row in await connection.fetch(_INBOX, service))
    dead = await connection.fetch(_DEAD)
    books.dead[service] = [f"{row['subject']} {row['event_id']}: {row['error']}" for row in dead]


async def _order(connection: asyncpg.Connection, books: Books) -> None:
    found = (Order(**{**dict(row), "earn_base": int(row["earn_base"] or 0)}) for row in await connection.fetch(_ORDERS))
    books.orders = {order.order_id: order for order in found}
    books.lines = {(row[0], row[1]): (row[2], row[3], row[4]) for row in await connection.fetch(_LINES)}
    books.timers = [Timer(**dict(row)) for row in await connection.fetch(_TIMERS)]
    books.refunds = {row["refund_id"]: Refund(**dict(row)) for row in await connection.fetch(_REFUNDS)}
    books.came_back = {(row[0], row[1]): row[2] for row in await connection.fetch(_CAME_BACK)}


async def _inventory(connection: asyncpg.Connection, books: Books) -> None:
    books.stock_holds = {row[0]: (row[1], row[2]) for row in await connection.fetch(_HOLDS)}
    books.allocations = {(row[0], row[1]): (row[2], row[3], row[4]) for row in await connection.fetch(_ALLOCATIONS)}
    books.taken_in = {(row[0], row[1]): row[2] for row in await connection.fetch(_TAKEN_IN)}


async def _member(connection: asyncpg.Connection, books: Books) -> None:
    books.points_holds = {row[0]: row[1] for row in await connection.fetch(_POINTS_HOLDS)}
    books.earned = Counter({row[0]: row[1] for row in await connection.fetch(_EARNED)})
    books.held_points = {row[0]: row[1] for row in await connection.fetch(_HELD_POINTS)}
    books.reversed = {row[0] for row in await connection.fetch(_REVERSED)}


async def _nothing(_connection: asyncpg.Connection, _books: Books) -> None:
    """Its own proof says enough."""


def _provider(book: Path, books: Books) -> None:
    """The payment simulator's file, opened for reading only."""
    connection = sqlite3.connect(f"file:{book}?mode=ro", uri=True)
    try:
        rows = connection.execute(_PAYMENTS).fetchall()
    finally:
        connection.close()
    books.payments = {key: Payment(state, captured, refunded) for key, state, captured, refunded in rows}


_READERS = {"order": _order, "inventory": _inventory, "member": _member}
