"""The attribution service on a real database, behind a real port."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest_asyncio
from google.protobuf.message import Message

from kit import access
from kit.inbox import Event, Inbox
from kit.postgres import Database
from kit.rpc.server import Server
from kit.settings import read
from kit.tokens import TokenVerifier
from omo.attribution.v1 import attribution_service_pb2_grpc as rpc
from omo.audit.v1 import audit_service_pb2 as audit_pb
from omo.audit.v1 import audit_service_pb2_grpc
from omo.member.v1 import access_pb2, member_events_pb2
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import channel_pb2
from services.attribution.main import Attribution
from services.attribution.permissions import PERMISSIONS
from services.attribution.settings import Settings
from tests.harness.databases import Databases
from tests.harness.proving import Proving
from tests.unit.kit_rpc.issuer import ISSUER, Issuer

START = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)


@dataclass(slots=True)
class Moving:
    """A clock that stands still until a test moves it."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass(slots=True)
class Rig:
    """The running service, and events as other services would send them."""

    db: Database
    clock: Moving
    attribution: Attribution
    issuer: Issuer
    channel: grpc.aio.Channel
    bindings: Any = field(init=False)
    credits: Any = field(init=False)
    panorama: Any = field(init=False)
    facts: Any = field(init=False)
    audit: Any = field(init=False)
    proving: Proving = field(init=False)

    def __post_init__(self) -> None:
        self.bindings = rpc.BindingServiceStub(self.channel)
        self.credits = rpc.CreditServiceStub(self.channel)
        self.panorama = rpc.PanoramaServiceStub(self.channel)
        self.facts = rpc.AttributionFactServiceStub(self.channel)
        self.audit = audit_service_pb2_grpc.AuditServiceStub(self.channel)
        self.proving = Proving(self.drifts)

    async def call(self, method: Any, request: Message, **claims: Any) -> Any:
        """One call as the principal that the claims make."""
        metadata = (("authorization", f"Bearer {self.issuer.token(**claims)}"),)
        return await method(request, metadata=metadata, timeout=15)

    async def hear(self, *events: Any) -> None:
        """Takes events as the consumer would: one batch, one transaction."""
        inbox = Inbox("attribution", self.attribution.ears())
        for event in events:
            event.meta.event_id = event.meta.event_id or str(uuid.uuid4())
        read_events = [Event(e.meta.event_id, e.DESCRIPTOR.full_name, e) for e in events]
        async with self.db.transaction() as tx:
            with access.acting_as(access.service("attribution")):
                await inbox.take(tx, read_events)

    async def drifts(self) -> list[str]:
        """What does not add up, by the service's own proof."""
        reply = await self.call(self.audit.Prove, audit_pb.ProveRequest(), audience="service", sub="operator")
        return [drift.subject for check in reply.checks for drift in check.drifts]

    async def proved(self) -> None:
        """Fails if any invariant does not hold."""
        assert await self.drifts() == []


def confirmed(order_id: str, member_id: str, at: datetime = START, **facts: Any) -> order_events_pb2.OrderConfirmed:
    """An online order of one line of 2,480, collected in TPE01."""
    line = order_facts_pb2.LineFacts(line_no=1, sku="TROUSERS-NAVY-32", quantity=1, net_total=2480)
    given = {"channel_kind": 1, "channel_id": "app", "currency_code": "TWD", "lines": [line], **facts}
    event = order_events_pb2.OrderConfirmed(
        facts=order_facts_pb2.OrderFacts(order_id=order_id, member_id=member_id, **given)
    )
    event.facts.business_time.FromDatetime(at)
    event.meta.aggregate_id = order_id
    return event


def sold(order_id: str, member_id: str, seller: str = "", at: datetime = START) -> order_events_pb2.SalesRecorded:
    """A store sale of three coats, 27,000, in TPE01."""
    line = order_facts_pb2.LineFacts(
        line_no=1, sku="COAT-CAMEL-M", quantity=3, net_total=27000, seller_staff_code=seller
    )
    facts = order_facts_pb2.OrderFacts(
        order_id=order_id,
        member_id=member_id,
        channel_kind=channel_pb2.CHANNEL_KIND_STORE,
        location_id="TPE01",
        currency_code="TWD",
        lines=[line],
    )
    facts.business_time.FromDatetime(at)
    event = order_events_pb2.SalesRecorded(sales=[facts])
    event.meta.aggregate_id = "terminal"
    return event


def cancelled(order_id: str) -> order_events_pb2.OrderCancelled:
    """A confirmed order that ended."""
    event = order_events_pb2.OrderCancelled(order_id=order_id, was_confirmed=True)
    event.meta.aggregate_id = order_id
    return event


def enrolled(member_id: str, staff: str, at: datetime = START) -> member_events_pb2.MemberEnrolled:
    """A member whom a staff member of TPE01 enrolled."""
    event = member_events_pb2.MemberEnrolled(
        member_id=member_id, enrolled_location_id="TPE01", enrolled_staff_code=staff
    )
    event.meta.business_time.FromDatetime(at)
    event.meta.aggregate_id = member_id
    return event


def merged(absorbed_id: str, member_id: str) -> member_events_pb2.MemberMerged:
    """A till's id that turned out to mean somebody known."""
    event = member_events_pb2.MemberMerged(member_id=member_id, absorbed_member_id=absorbed_id)
    event.meta.aggregate_id = member_id
    return event


def staff_changed(staff_code: str, *, active: bool = True, version: int = 1) -> member_events_pb2.StaffChanged:
    """A staff member of TPE01."""
    staff = access_pb2.Staff(
        staff_code=staff_code, display_name="林佳怡", home_location_id="TPE01", active=active, version=version
    )
    event = member_events_pb2.StaffChanged(staff=staff)
    event.meta.aggregate_id = staff_code
    return event


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    """The service, freshly migrated and listening."""
    db = await databases.open("attribution")
    settings = read(Settings, {"OMO_ENV": "test"})
    clock = Moving()
    issuer = Issuer()
    attribution = Attribution(settings, db, clock)
    server = Server("attribution", settings, TokenVerifier(issuer.jwks, ISSUER), PERMISSIONS)
    attribution.serve_on(server, _nothing_pending)
    channel = grpc.aio.insecure_channel(await server.start())
    yield Rig(db, clock, attribution, issuer, channel)
    await channel.close()
    await server.stop(grace=1)


async def _nothing_pending() -> int:
    return 0


@pytest_asyncio.fixture
async def proved_at_last(rig: Rig) -> AsyncIterator[None]:
    """For many examples: when all are played, everything adds up."""
    yield
    await rig.proving.all()
