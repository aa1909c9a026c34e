"""Points and wallet on a real database, and the events that move them."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest_asyncio

from kit import access, audit
from kit.consumer import On
from kit.inbox import Event, Inbox
from kit.postgres import Database
from omo.audit.v1 import audit_service_pb2
from omo.member.v1 import member_pb2
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import channel_pb2, trade_pb2
from services.member.merging.parts import Merge
from services.member.points import store, store_lots, store_returns, store_units
from services.member.points.joining import PointsPart
from services.member.points.reactions import PointsReactions
from services.member.points.usecases import Points
from services.member.program import wire as program_wire
from services.member.program.domain import NO_PROGRAM, Program
from services.member.tiers import store as tiers_store
from services.member.tiers.usecases import Tiers
from services.member.wallet import store as wallet_store
from services.member.wallet.usecases import Wallet
from tests.depth import PATIENCE
from tests.service.member.conftest import Place

NOW = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Taipei")
CARRY, COLLECT = trade_pb2.FULFILMENT_METHOD_CARRY_OUT, trade_pb2.FULFILMENT_METHOD_COLLECT


@dataclass(slots=True)
class Book:
    """Points and wallet on one database, with a clock that tests move."""

    db: Database
    now: datetime
    points: Any = None
    wallet: Any = None

    def clock(self) -> datetime:
        return self.now

    async def hear(self, *events: Any) -> None:
        heard = PointsReactions(self.points, self.wallet)
        inbox = Inbox(
            "member",
            [
                On.many(order_events_pb2.OrderConfirmed, heard.on_orders_confirmed),
                On.many(order_events_pb2.SalesRecorded, heard.on_sales_recorded),
                On.many(order_events_pb2.SaleClaimed, heard.on_sales_claimed),
                On.many(order_events_pb2.UnitsHandedOver, heard.on_units_handed_over),
                On.many(order_events_pb2.UnitsCancelled, heard.on_units_cancelled),
                On.many(order_events_pb2.UnitsReturned, heard.on_units_returned),
                On.many(order_events_pb2.OrderCancelled, heard.on_orders_cancelled),
            ],
        )
        for event in events:
            event.meta.event_id = str(uuid.uuid4())
        async with self.db.transaction() as tx:
            await inbox.take(tx, [Event(e.meta.event_id, e.DESCRIPTOR.full_name, e) for e in events])

    async def sweep(self) -> None:
        async with self.db.transaction() as tx:
            await self.points.sweep(tx, [])
        async with self.db.transaction() as tx:
            await Tiers(self.clock, ZONE).sweep(tx, [])

    async def publish(self, program: Program) -> None:
        """Puts a program in force."""
        async with self.db.transaction() as tx:
            await store.put_program(tx, program, access.Actor(access.Kind.HQ, "u1"))

    async def program(self, **changed: Any) -> Program:
        """The program in force with changes, as its next version."""
        async with self.db.read() as tx:
            present = await store.program(tx)
        new_one = replace(present, version=present.version + 1, **changed)
        await self.publish(new_one)
        return new_one

    async def tier(self, member_id: str) -> str:
        async with self.db.read() as tx:
            return (await store.balance(tx, member_id)).tier

    async def balance(self, member_id: str) -> tuple[int, int, int, int, int]:
        async with self.db.read() as tx:
            b = await store.balance(tx, member_id)
        return b.pending, b.active, b.held, b.spent, b.debt

    async def spend(self, member_id: str) -> int:
        """What counts toward the member's tier."""
        async with self.db.read() as tx:
            return int(
                await tx.fetchval(
                    "SELECT coalesce(sum(amount), 0) FROM qualifying_spend WHERE member_id = $1", member_id
                )
            )

    async def proved(self) -> None:
        books = (store, store_lots, store_units, store_returns, tiers_store, wallet_store)
        checks = [check for one in books for check in one.CHECKS]

        async def nothing() -> int:
            return 0

        proof = audit.AuditServicer(self.db, self.clock, checks, nothing)
        reply = await proof.Prove(audit_service_pb2.ProveRequest(), None)
        assert [drift for check in reply.checks for drift in check.drifts] == []


@pytest_asyncio.fixture
async def book(place: Place) -> AsyncIterator[Book]:
    """An empty database with the demo brand's program: 1 point for 10, active after 7 days, tiers to gold."""
    await place.empty()
    made = Book(place.db, NOW)
    made.wallet = Wallet(made.clock, ZONE)
    made.points = Points(made.clock, ZONE)
    tiers = [
        member_pb2.Tier(tier=name, min_spend=floor, valid_days=365, earn_multiplier_bp=10_000)
        for name, floor in (("basic", 0), ("silver", 10_000), ("gold", 30_000))
    ]
    asked = member_pb2.Program(
        amount_per_point=10, point_value=1, pending_days=7, expire_days=365, qualifying_days=365, tiers=tiers
    )
    await made.publish(program_wire.asked(asked, 1, NO_PROGRAM))
    yield made


def facts(
    order_id: str, member_id: str, *lines: tuple[int, int], spent: int = 0, at: datetime = NOW
) -> order_facts_pb2.OrderFacts:
    found = order_facts_pb2.OrderFacts(
        order_id=order_id,
        member_id=member_id,
        channel_kind=channel_pb2.CHANNEL_KIND_ONLINE,
        currency_code="TWD",
        points_spent=spent,
        lines=[
            order_facts_pb2.LineFacts(
                line_no=index,
                sku="S",
                quantity=1,
                net_total=net,
                earn_base=net,
                method=method,  # type: ignore[arg-type]
            )
            for index, (net, method) in enumerate(lines, 1)
        ],
    )
    found.business_time.FromDatetime(at)
    return found


def confirmed(order_id: str, member_id: str, net: int = 2480, spent: int = 0) -> order_events_pb2.OrderConfirmed:
    event = order_events_pb2.OrderConfirmed(facts=facts(order_id, member_id, (net, COLLECT), spent=spent))
    event.meta.aggregate_id = order_id
    return event


def sold(order_id: str, member_id: str, net: int = 27_000, at: datetime = NOW) -> order_events_pb2.SalesRecorded:
    event = order_events_pb2.SalesRecorded(sales=[facts(order_id, member_id, (net, CARRY), at=at)])
    event.meta.aggregate_id = "T1"
    return event


def handed(order_id: str, at: datetime = NOW) -> order_events_pb2.UnitsHandedOver:
    event = order_events_pb2.UnitsHandedOver(order_id=order_id)
    line = event.lines.add(sku="S", quantity=1)
    line.unit.order_id, line.unit.line_no = order_id, 1
    event.meta.aggregate_id = order_id
    event.meta.business_time.FromDatetime(at)
    return event


def returned(
    order_id: str,
    member_id: str,
    *runs: tuple[int, int, int, int],
    refund_id: str = "",
    spent: int = 0,
    at: datetime = NOW,
) -> order_events_pb2.UnitsReturned:
    """Units (line, first, last, net) that came back; what was spent on them goes with the first run."""
    event = order_events_pb2.UnitsReturned(refund_id=refund_id or new(), order_id=order_id, member_id=member_id)
    for index, (line_no, first, last, net) in enumerate(runs):
        line = event.lines.add(sku="S", quantity=last - first + 1, net_total=net, earn_base=net)
        line.unit.order_id, line.unit.line_no, line.unit.first, line.unit.last = order_id, line_no, first, last
        line.points_returned = 0 if index else spent
    event.meta.aggregate_id = order_id
    event.meta.business_time.FromDatetime(at)
    return event


def cancelled(order_id: str, member_id: str = "") -> order_events_pb2.OrderCancelled:
    event = order_events_pb2.OrderCancelled(order_id=order_id, member_id=member_id, was_confirmed=True)
    event.meta.aggregate_id = order_id
    event.meta.business_time.FromDatetime(NOW)
    return event


def new() -> str:
    return str(uuid.uuid4())


async def rich(book: Book, points: int = 1000) -> str:
    shopper = new()
    async with book.db.transaction() as tx:
        with access.acting_as(access.Principal(access.Kind.HQ, "u1")):
            await book.points.adjust(tx, shopper, points, "goodwill", new())
    return shopper


async def hold(book: Book, order_id: str, shopper: str, points: int) -> None:
    async with book.db.transaction() as tx:
        await book.wallet.hold(tx, order_id, shopper, points)


async def merge(
    book: Book, absorbed_id: str, member_id: str, before_end: Callable[[], Awaitable[None]] | None = None
) -> None:
    """As member does when a till's id turns out to mean somebody known; `before_end` runs before it commits."""
    async with book.db.transaction() as tx:
        with access.acting_as(access.service("member")):
            await tx.execute("INSERT INTO member_aliases VALUES ($1, $2, 'enrolled again')", absorbed_id, member_id)
            joined = Merge(new(), member_id, absorbed_id, book.now)
            await PointsPart(book.clock, ZONE).join(tx, joined)
        if before_end is not None:
            await before_end()


async def release(book: Book, order_id: str, shopper: str) -> int:
    async with book.db.transaction() as tx:
        return int(await book.wallet.release(tx, order_id, shopper, "undo"))


async def waiting(book: Book, task: asyncio.Task[None]) -> None:
    """Until it waits for a lock of somebody else, or is done."""
    waits = "SELECT true FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(PATIENCE), book.db.read() as tx:
        while not task.done() and not await tx.fetchval(waits):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
