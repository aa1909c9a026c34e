"""Campaigns and messages on a real database, with channels that take down what is handed over and answer as told."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest_asyncio

from kit import access
from kit.clock import Clock
from kit.inbox import Event, Inbox
from kit.timers import Timers
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import channel_pb2
from services.member.campaigns.domain import Campaign, Goal, State, Trigger
from services.member.channels.contract import Letter, Sent
from services.member.engagement import outbound
from services.member.engagement.outbound import Outbound, Purpose
from services.member.engagement.room import EngagementRoom
from services.member.identity.domain import By, Identifier, Kind
from services.member.identity.domain import Member as Person
from services.member.messages.domain_templates import Template, Words
from services.member.privacy import consents
from services.member.privacy.domain import Choice, Said
from services.member.privacy.domain import Purpose as Use
from services.member.segments.domain import Condition, Operator
from tests.depth import PATIENCE
from tests.service.member.conftest import Member

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 12:00 in Taipei


_AGAIN = """
UPDATE timers SET next_time = due_time, last_error = NULL
 WHERE kind = ANY($1) AND last_error IS NOT NULL AND NOT needs_attention AND lease_until IS NULL
"""
_DUE = "SELECT count(*) FROM timers WHERE kind = ANY($1) AND NOT needs_attention AND next_time <= $2"


@dataclass(slots=True)
class Wire:
    """A channel; `answers` are what it says next, each once: an exception is raised."""

    kind: str
    recognises_retries: bool = False
    letters: list[Letter] = field(default_factory=list)
    answers: list[Exception] = field(default_factory=list)

    async def send(self, letter: Letter) -> Sent:
        self.letters.append(letter)
        if self.answers:
            raise self.answers.pop(0)
        return Sent(f"{self.kind}-{letter.message_id}")

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class Desk:
    """Whoever runs campaigns."""

    member: Member
    room: EngagementRoom
    clock: Clock
    wires: dict[str, Wire]

    @property
    def db(self) -> Any:
        return self.member.db

    def advance(self, **by: float) -> None:
        self.member.clock.advance(**by)

    async def quiet(self) -> None:
        """Runs the timers until nothing is due."""
        timers = Timers(self.db, self.clock, self.room.alarms())
        running = asyncio.create_task(timers.run())
        try:
            async with asyncio.timeout(PATIENCE):
                while await self._due():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        finally:
            timers.stop()
            with suppress(asyncio.CancelledError):
                await running

    async def _due(self) -> int:
        """How many of our own timers are due; one that failed on a busy machine is due again, though no time passes."""
        async with self.db.transaction() as tx:
            kinds = list(self.room.alarms())
            await tx.execute(_AGAIN, kinds)
            return int(await tx.fetchval(_DUE, kinds, self.clock()))

    async def person(self, phone: str = "", email: str = "", name: str = "陳小明") -> str:
        """A member who has proved what he can be reached by."""
        given = [(By.PHONE, phone), (By.EMAIL, email)]
        identifiers = tuple(Identifier(kind, value, "app", self.clock()) for kind, value in given if value)
        member_id = str(uuid.uuid4())
        who = Person(member_id, Kind.MEMBER, name, identifiers, self.clock(), "", "", "app", self.clock())
        async with self.db.transaction() as tx:
            with access.acting_as(access.service("member")):
                await self.member.parts.ground.register.make(tx, [who], self.clock())
            await self.room.facts.refresh(tx, [member_id])
        return member_id

    async def consent(
        self, member_id: str, *channels: str, choice: Choice = Choice.GRANTED, use: str = "MARKETING"
    ) -> None:
        said = [Said(Use(use), channel, choice) for channel in channels]
        async with self.db.transaction() as tx:
            await consents.record(tx, member_id, said, "app", "v1", self.clock())

    async def template(
        self, text: str = "哈囉 {member_name}", purpose: Purpose = Purpose.MARKETING, **more: Any
    ) -> None:
        """The template `hello`; marketing says how to be left alone, on a line of its own."""
        if purpose is Purpose.MARKETING and "{unsubscribe_link}" not in text:
            text += "\n{unsubscribe_link}"
        words = Words("zh-TW", "你好", text, more.get("html", ""))
        made = Template("hello", 0, "問候", purpose, more.get("params", ()), (words,), more.get("link", ""))
        async with self.db.transaction() as tx:
            await self.room.messages.put_template(tx, made)

    async def enqueue(self, member_id: str, purpose: Purpose = Purpose.MARKETING, key: str = "", **more: Any) -> str:
        """A message; its id."""
        key = key or str(uuid.uuid4())
        message = Outbound(key, member_id, purpose, "hello", more.pop("not_before", self.clock()), **more)
        async with self.db.transaction() as tx:
            await outbound.enqueue(tx, [message])
            return str(await tx.fetchval("SELECT message_id FROM messages WHERE message_key = $1", key))

    async def state(self, message_id: str) -> tuple[str, str]:
        """How far a message is, and why."""
        async with self.db.read() as tx:
            row = await tx.fetchrow("SELECT state, cause FROM messages WHERE message_id = $1", message_id)
        names = ("", "WAITING", "HANDED_OVER", "SENT", "UNKNOWN", "REFUSED", "WITHHELD")
        return names[row["state"]], row["cause"]

    async def events(self, name: str) -> list[Any]:
        """Events of a type that were recorded, oldest first."""
        from omo.member.v1 import engagement_events_pb2  # noqa: PLC0415

        kind = getattr(engagement_events_pb2, name)
        async with self.db.read() as tx:
            rows = await tx.fetch(
                "SELECT payload FROM outbox WHERE subject LIKE $1 ORDER BY record_time, event_id",
                f"{kind.DESCRIPTOR.full_name}.%",
            )
        return [kind.FromString(row["payload"]) for row in rows]

    async def hear(self, *events: Any, before: Sequence[Any] = ()) -> None:
        """Events as they come in; the ears of other rooms hear them before ours do."""
        for event in events:
            event.meta.event_id = str(uuid.uuid4())
        inbox = Inbox("member", [*before, *self.room.ears()])
        async with self.db.transaction() as tx:
            await inbox.take(tx, [Event(e.meta.event_id, e.DESCRIPTOR.full_name, e) for e in events])

    async def segment(self, segment_id: str = "all", field: str = "orders", operator: Operator = Operator.AT_LEAST,
                      *values: str) -> None:  # fmt: skip
        async with self.db.transaction() as tx:
            await self.room.segments.put(tx, segment_id, segment_id, Condition(field, operator, values or ("0",)))

    async def campaign(self, campaign_id: str = "c1", **more: Any) -> None:
        """A campaign that is started at once."""
        made = Campaign(campaign_id, "試驗", "hello", **more)
        async with self.db.transaction() as tx:
            await self.room.campaigns.put(tx, made)
            await self.room.campaigns.start(tx, campaign_id)

    async def standing(self, campaign_id: str = "c1") -> State:
        async with self.db.read() as tx:
            return State(await tx.fetchval("SELECT state FROM campaigns WHERE campaign_id = $1", campaign_id))

    async def results(self, campaign_id: str = "c1") -> Any:
        async with self.db.read() as tx:
            return await self.room.campaigns.results(tx, campaign_id)

    async def points(self, member_id: str) -> int:
        async with self.db.read() as tx:
            found = await tx.fetchval("SELECT active FROM points_balances WHERE member_id = $1", member_id)
        return int(found or 0)

    def letters(self, channel: str = "sms") -> list[Letter]:
        return self.wires[channel].letters


def sale(
    member_id: str, order_id: str = "", *, at: datetime = NOON, net: int = 1000, staff_code: str = "A102"
) -> order_events_pb2.SalesRecorded:
    """A sale in a store."""
    event = order_events_pb2.SalesRecorded(sales=[_facts(member_id, order_id, at, net, store=True)])
    event.sales[0].lines[0].seller_staff_code = staff_code
    event.meta.aggregate_id = "T1"
    return event


def order(
    member_id: str, order_id: str = "", *, at: datetime = NOON, net: int = 1000
) -> order_events_pb2.OrderConfirmed:
    """An order online."""
    event = order_events_pb2.OrderConfirmed(facts=_facts(member_id, order_id, at, net, store=False))
    event.meta.aggregate_id = event.facts.order_id
    return event


def cancelled(member_id: str, order_id: str, at: datetime) -> order_events_pb2.OrderCancelled:
    """All of an order is undone."""
    event = order_events_pb2.OrderCancelled(order_id=order_id, member_id=member_id, was_confirmed=True)
    event.meta.aggregate_id = order_id
    event.meta.business_time.FromDatetime(at)
    return event


def _facts(member_id: str, order_id: str, at: datetime, net: int, *, store: bool) -> order_facts_pb2.OrderFacts:
    line = order_facts_pb2.LineFacts(line_no=1, sku="S", quantity=1, net_total=net, earn_base=net)
    kind = channel_pb2.CHANNEL_KIND_STORE if store else channel_pb2.CHANNEL_KIND_ONLINE
    found = order_facts_pb2.OrderFacts(
        order_id=order_id or str(uuid.uuid4()), member_id=member_id, channel_kind=kind, lines=[line],
        location_id="TPE01" if store else "", currency_code="TWD",
    )  # fmt: skip
    found.business_time.FromDatetime(at)
    return found


def mission(kind: Any, **more: Any) -> Goal:
    """A goal within thirty days."""
    return Goal(kind, 30, **more)


__all__ = ["NOON", "Desk", "Purpose", "Trigger", "Wire", "cancelled", "desk", "mission", "order", "sale"]

HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def desk(member: Member) -> AsyncIterator[Desk]:
    """At noon, with e-mail and text messages."""
    member.clock.at = NOON
    wires = {"email": Wire("email"), "sms": Wire("sms", recognises_retries=True)}
    parts = member.parts
    room = EngagementRoom(parts.ground, wires, parts.conversation.book, parts.points.points.adjust)
    with access.acting_as(access.service("member")):
        yield Desk(member, room, member.clock, wires)
