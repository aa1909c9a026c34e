"""Wallet and ledger of value on a real database, and the events that move them."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest_asyncio

from kit import access, audit
from kit.access import Actor
from kit.consumer import On
from kit.ids import uuid7
from kit.inbox import Event, Inbox
from kit.leases import Due
from kit.postgres import Database
from kit.settings import read
from omo.audit.v1 import audit_service_pb2
from omo.member.v1 import member_events_pb2 as members
from omo.order.v1 import order_events_pb2 as events
from services.member.benefits import store as benefits_store
from services.member.benefits.reactions import BenefitReactions
from services.member.benefits.usecases import Benefits
from services.member.cards import store as cards_store
from services.member.cards.reactions import CardReactions
from services.member.cards.selling import Selling
from services.member.cards.usecases import Cards
from services.member.coupons import store as coupons_store
from services.member.coupons.usecases import Coupons
from services.member.points import store as points_store
from services.member.points.domain import Program
from services.member.points.reactions import PointsReactions
from services.member.points.usecases import Points
from services.member.prepaid import store as prepaid_store
from services.member.prepaid import store_lines, store_refunds
from services.member.prepaid.reactions import PrepaidReactions
from services.member.prepaid.selling import Selling as PackSelling
from services.member.prepaid.usecases import Prepaid
from services.member.settings import Settings
from services.member.value import posting, store
from services.member.value.domain import NO_SOURCE, Kind, Terms, Use
from services.member.value.ledger import Why
from services.member.value.posting import SWEEP
from services.member.value.usecases import Endings
from services.member.vault import Vault
from services.member.vouchers import store as vouchers_store
from services.member.vouchers.reactions import VoucherReactions
from services.member.vouchers.usecases import Vouchers
from services.member.wallet import store as wallet_store
from services.member.wallet import store_parts
from services.member.wallet.domain import NOBODY
from services.member.wallet.reactions import WalletReactions
from services.member.wallet.usecases import Wallet
from tests.service.member.conftest import Place
from tests.service.member.value_facts import NOW, cancelled, confirmed, pays, returned, sold

__all__ = ["NOW", "Purse", "cancelled", "confirmed", "new", "pays", "purse", "returned", "sold"]

ZONE = ZoneInfo("Asia/Taipei")
CREDIT, GIFT_CARD, COUPON = Kind.CREDIT, Kind.GIFT_CARD, Kind.COUPON
PREPAID, BENEFIT = Kind.PREPAID, Kind.BENEFIT
_AGAIN = f"DELETE FROM timers WHERE kind = '{SWEEP}' AND key = $1 RETURNING key, payload"

_BOOKS = (
    store, wallet_store, store_parts, points_store, coupons_store, cards_store, prepaid_store, benefits_store,
    vouchers_store, store_refunds, store_lines,
)  # fmt: skip


def new() -> str:
    return str(uuid.uuid4())


@dataclass(slots=True)
class Purse:
    """Everything that members can spend on one database, with a clock that tests move."""

    db: Database
    now: datetime = NOW
    wallet: Any = None
    points: Any = None
    endings: Any = None
    vault: Any = None
    coupons: Any = None
    cards: Any = None
    prepaid: Any = None
    benefits: Any = None
    vouchers: Any = None
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(6))

    def clock(self) -> datetime:
        return self.now

    async def member(self) -> str:
        """Somebody, whom the register knows."""
        member_id = new()
        async with self.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO members (member_id, kind, source, join_time, version, actor_kind, actor_id)"
                " VALUES ($1, 'MEMBER', 'test', $2, 1, 'hq', 'u1')",
                member_id,
                self.now,
            )
        return member_id

    async def credit(self, member_id: str, amount: int, days: int | None = None) -> str:
        ends = self.now + timedelta(days=days) if days else None
        async with self.acting() as tx:
            return (await posting.credit(tx, member_id, amount, ends, Why(new(), self.now, "TEST"))).lot_id

    async def lot(self, member_id: str | None, kind: Kind, amount: int = 1, days: int = 30, **terms: Any) -> str:
        """A coupon, card, pack or benefit."""
        made = posting.new(
            uuid7(), member_id, kind, NO_SOURCE, self.now, self.now + timedelta(days=days), Terms(**terms)
        )
        async with self.acting() as tx:
            await posting.issue(tx, [(made, amount)], Why(new(), self.now))
        return made.lot_id

    async def hold(self, order_id: str, member_id: str | None, *uses: Use, points: int = 0, till: str = "") -> Any:
        async with self.acting() as tx:
            return await self.wallet.hold(tx, order_id, member_id or NOBODY, points, uses, till)

    async def release(self, order_id: str, member_id: str | None) -> Any:
        async with self.acting() as tx:
            return await self.wallet.release(tx, order_id, member_id or NOBODY, "TEST")

    def ears(self) -> list[On[Any]]:
        """Who hears what, in the order in which the service tells it."""
        wallet, points = WalletReactions(), PointsReactions(self.points, self.wallet)
        gifts, out = BenefitReactions(self.benefits), VoucherReactions(self.vouchers)
        cards, packs = CardReactions(Selling(self.cards, self.clock)), PrepaidReactions(PackSelling(self.prepaid))
        return [
            On.many(events.SalesRecorded, out.on_sales_recorded),
            On.many(events.OrderConfirmed, gifts.on_orders_confirmed),
            On.many(events.SalesRecorded, gifts.on_sales_recorded),
            On.many(events.SaleClaimed, gifts.on_sales_claimed),
            On.many(events.OrderCancelled, gifts.on_orders_cancelled),
            On.many(events.UnitsCancelled, gifts.on_units_cancelled),
            On.many(events.UnitsReturned, gifts.on_units_returned),
            On(members.MemberClaimed, gifts.on_member_claimed),
            On(members.MemberStandingChanged, gifts.on_standing_changed),
            On.many(events.OrderConfirmed, wallet.on_orders_confirmed),
            On.many(events.OrderConfirmed, points.on_orders_confirmed),
            On.many(events.SalesRecorded, wallet.on_sales_recorded),
            On.many(events.SalesRecorded, points.on_sales_recorded),
            On.many(events.OrderCancelled, wallet.on_orders_cancelled),
            On.many(events.OrderCancelled, points.on_orders_cancelled),
            On.many(events.UnitsCancelled, wallet.on_units_cancelled),
            On.many(events.UnitsReturned, wallet.on_units_returned),
            On.many(events.UnitsHandedOver, points.on_units_handed_over),
            On.many(events.OrderConfirmed, cards.on_orders_confirmed),
            On.many(events.SalesRecorded, cards.on_sales_recorded),
            On.many(events.OrderCancelled, cards.on_orders_cancelled),
            On.many(events.UnitsReturned, cards.on_units_returned),
            On.many(events.OrderConfirmed, packs.on_orders_confirmed),
            On.many(events.SalesRecorded, packs.on_sales_recorded),
            On.many(events.SaleClaimed, packs.on_sales_claimed),
            On.many(events.OrderCancelled, packs.on_orders_cancelled),
            On.many(events.UnitsCancelled, packs.on_units_cancelled),
            On.many(events.UnitsReturned, packs.on_units_returned),
        ]

    async def hear(self, *heard: Any) -> list[Any]:
        """Takes events together, as one batch; gives what was announced for them."""
        inbox = Inbox("member", self.ears())
        for event in heard:
            event.meta.event_id = str(uuid.uuid4())
        async with self.db.transaction() as tx:
            before = await tx.fetchval("SELECT coalesce(max(event_id::text), '') FROM outbox")
            await inbox.take(tx, [Event(e.meta.event_id, e.DESCRIPTOR.full_name, e) for e in heard])
            return list(await tx.fetch("SELECT subject, payload FROM outbox WHERE event_id::text > $1", before))

    async def sweep(self) -> None:
        """In as many rounds as it takes: thousands of examples leave more behind than one ends."""
        dues: list[Due] | None = []
        while dues is not None:
            async with self.acting() as tx:
                await self.endings.sweep(tx, dues)
                again = await tx.fetchrow(_AGAIN, f"{self.now.isoformat()}+")
            dues = None if again is None else [Due(SWEEP, again["key"], again["payload"])]

    async def lots(self, member_id: str) -> list[Any]:
        async with self.db.read() as tx:
            return await store.of_member(tx, member_id, datetime(1970, 1, 1, tzinfo=UTC))

    async def one(self, lot_id: str) -> Any:
        async with self.db.transaction() as tx:
            return (await store.lock(tx, [lot_id]))[lot_id]

    async def sums(self, member_id: str, kind: Kind = CREDIT) -> tuple[int, int, int, int]:
        """Active, held, spent, owed."""
        own = [lot for lot in await self.lots(member_id) if lot.kind is kind]
        return tuple(sum(getattr(lot, name) for lot in own) for name in ("active", "held", "spent", "owed"))

    async def proved(self) -> None:
        checks = [check for module in _BOOKS for check in module.CHECKS]

        async def nothing() -> int:
            return 0

        proof = audit.AuditServicer(self.db, self.clock, checks, nothing)
        reply = await proof.Prove(audit_service_pb2.ProveRequest(), None)
        assert [drift for check in reply.checks for drift in check.drifts] == []

    @asynccontextmanager
    async def acting(self) -> AsyncIterator[Any]:
        """A transaction in the name of a service, as a handler has it; as many at once as there are connections."""
        async with self.room, self.db.transaction() as tx:
            with access.acting_as(access.service("member", Actor(access.Kind.SERVICE, "test"))):
                yield tx


@pytest_asyncio.fixture
async def purse(place: Place) -> AsyncIterator[Purse]:
    """The module's database, empty but for a program of points."""
    await place.empty()
    made = Purse(place.db)
    made.wallet, made.points = Wallet(made.clock, ZONE), Points(made.clock, ZONE)
    made.endings = Endings(made.clock)
    settings = read(Settings, {"OMO_ENV": "test"})
    made.vault = Vault(settings.wrapping_keys(), settings.hashing_key())
    made.coupons, made.cards = Coupons(made.clock), Cards(made.vault, made.clock)
    made.prepaid, made.benefits = Prepaid(made.clock), Benefits(made.vault, made.clock, ZONE)
    made.vouchers = Vouchers(made.clock, made.wallet)
    made.endings.by(PREPAID, made.prepaid.end)
    async with made.acting() as tx:
        await points_store.put_program(tx, Program(1, 10, 1, 0, 0, 365, ()), Actor(access.Kind.HQ, "u1"))
    yield made
