"""The order service on a real database behind a real port, with stores that sell."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from google.protobuf.message import Message

from kit import access
from kit.inbox import Event, Inbox
from kit.postgres import Database
from kit.rpc import faults
from omo.audit.v1 import audit_service_pb2 as audit_pb
from omo.audit.v1 import audit_service_pb2_grpc
from omo.order.v1 import fulfilment_service_pb2_grpc as fulfilment_rpc
from omo.order.v1 import order_service_pb2_grpc as order_rpc
from omo.order.v1 import sales_service_pb2 as sales_pb
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
from omo.storefacts.v1 import facts_pb2
from services.order.main import Order
from tests.unit.kit_rpc.issuer import Issuer

START = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
TILL, STORE, MEMBER = "01930000-0000-7000-8000-00000000aaaa", "TPE01", "01930000-0000-7000-8000-00000000bbbb"
_REFERENCE = """
INSERT INTO variants (sku, product_id, version, name, scale, by_measure, tax_class, brand, categories, tags, active,
    placeholder, head)
SELECT sku, sku, 1, 'the ' || sku, 1, false, 'standard', '', '', '', true, false, 1
  FROM unnest(ARRAY['COAT-CAMEL-M', 'TROUSERS-NAVY-32', 'TEA']) AS sku
"""
_PLACES = "INSERT INTO locations VALUES ('TPE01', 'STORE', 'Xinyi', true, false, true, 1)"
_CHANNELS = "INSERT INTO channels VALUES ('stores', 'STORE', 1)"
_STAFF = "INSERT INTO staff_codes VALUES ('A102', 'TPE01', true, 1), ('A205', 'TPE01', true, 1)"
KNOWN = (_REFERENCE, _PLACES, _CHANNELS, _STAFF)
_MEMBERS = "INSERT INTO member_tiers VALUES ($1, 'basic', 1)"


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
    """The running service, and calls as tills, staff, shoppers and headquarters make them."""

    db: Database
    clock: Moving
    parts: Order
    issuer: Issuer
    channel: grpc.aio.Channel
    sales: Any = field(init=False)
    orders: Any = field(init=False)
    fulfilments: Any = field(init=False)
    audit: Any = field(init=False)

    def __post_init__(self) -> None:
        self.sales = sales_rpc.SalesServiceStub(self.channel)
        self.orders = order_rpc.OrderServiceStub(self.channel)
        self.fulfilments = fulfilment_rpc.FulfilmentServiceStub(self.channel)
        self.audit = audit_service_pb2_grpc.AuditServiceStub(self.channel)

    async def call(self, method: Any, request: Message, **claims: Any) -> Any:
        """One call as the principal that the claims make."""
        metadata = (("authorization", f"Bearer {self.issuer.token(**claims)}"),)
        return await method(request, metadata=metadata, timeout=15)

    async def refused(self, method: Any, request: Message, **claims: Any) -> Any:
        """The refusal of a call that must be refused."""
        try:
            await self.call(method, request, **claims)
        except grpc.aio.AioRpcError as error:
            return faults.from_rpc(error, "")
        raise AssertionError("it was not refused")

    async def send(
        self, *facts: facts_pb2.SaleFact, first: int = 1, till: str = TILL, store: str = STORE
    ) -> facts_pb2.LaneAnswer:
        """A frame as the store door hands it on."""
        reply = await self.call(
            self.sales.RecordSales, frame(*facts, first=first, till=till, store=store), **device(till, store)
        )
        return reply.answer  # type: ignore[no-any-return]

    async def events(self, name: str, message_type: Any) -> list[Any]:
        """The outbox's events of a type, oldest first."""
        async with self.db.read() as tx:
            rows = await tx.fetch(
                "SELECT payload FROM outbox WHERE subject LIKE $1 ORDER BY record_time, sequence, event_id",
                f"omo.order.v1.{name}.%",
            )
        return [message_type.FromString(row[0]) for row in rows]

    async def drifts(self) -> dict[str, str]:
        """What does not add up, by the service's own proof."""
        reply = await self.call(self.audit.Prove, audit_pb.ProveRequest(), audience="service", sub="operator")
        return {check.name: drift.subject for check in reply.checks for drift in check.drifts}

    async def hear(self, *events: Any) -> None:
        """Takes events as the consumer would: one batch, one transaction."""
        inbox = Inbox("order", self.parts.ears())
        for event in events:
            event.meta.event_id = event.meta.event_id or str(uuid.uuid4())
        read = [Event(event.meta.event_id, event.DESCRIPTOR.full_name, event) for event in events]
        async with self.db.transaction() as tx:
            with access.acting_as(access.service("order")):
                await inbox.take(tx, read)

    async def know(self) -> None:
        """What other services would have told."""
        async with self.db.transaction() as tx:
            for statement in KNOWN:
                await tx.execute(statement)
            await tx.execute(_MEMBERS, MEMBER)


def device(till: str = TILL, store: str = STORE) -> dict[str, Any]:
    """A terminal's claims."""
    return {"audience": "device", "sub": till, "terminal": till, "locations": [store]}


def staff(code: str = "A102", store: str = STORE, *roles: str) -> dict[str, Any]:
    """A staff member's claims."""
    return {"audience": "staff", "sub": f"staff-{code}", "staff_code": code, "locations": [store], "terminal": TILL,
            "roles": list(roles or ("adviser",))}  # fmt: skip


def frame(
    *facts: facts_pb2.SaleFact, first: int = 1, till: str = TILL, store: str = STORE
) -> sales_pb.RecordSalesRequest:
    given = facts_pb2.SalesFrame(first_sequence=first, facts=facts)
    return sales_pb.RecordSalesRequest(terminal_id=till, location_id=store, frame=given)


def line(number: int = 1, sku: str = "COAT-CAMEL-M", quantity: int = 3, listed: int = 27_000, **more: Any) -> Any:
    """A line; `discounts` as amounts."""
    amounts: Sequence[int] = more.pop("discounts", ())
    given = {"line_no": number, "sku": sku, "quantity": quantity, "list_total": listed}
    made = facts_pb2.SaleLine(**{**given, "net_total": listed - sum(amounts), **more})
    for amount in amounts:
        made.discounts.add(rule_id="loyalty-card", rule_version="x", stage="line", amount=amount)
    return made


def sale(*lines: facts_pb2.SaleLine, **more: Any) -> facts_pb2.SaleFact:
    """A sale, paid in cash unless tenders are given."""
    given = {
        "sale_id": str(uuid.uuid4()), "receipt_no": "R-1", "channel_id": "stores", "currency_code": "TWD",
        "tax_included": True, "member_id": MEMBER, "cashier_staff_code": "A102",
    }  # fmt: skip
    fact = facts_pb2.SaleFact(**{**given, **more}, lines=lines or (line(),))
    if "tenders" not in more:
        fact.tenders.add(kind=1, amount=sum(each.net_total for each in fact.lines))
    if not fact.HasField("business_time"):
        fact.business_time.FromDatetime(START)
    return fact
