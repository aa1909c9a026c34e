"""The order service on a real database behind a real port, with a real payment simulator and switchable neighbours."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from kit.errors import Fault
from kit.postgres import Database
from kit.rpc import client
from kit.rpc.server import Server
from kit.settings import read
from kit.timers import Timers
from kit.tokens import TokenVerifier
from omo.audit.v1 import audit_service_pb2 as audit_pb
from omo.audit.v1 import audit_service_pb2_grpc as audit_rpc
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.order.v1 import order_service_pb2_grpc as order_rpc
from omo.order.v1 import payment_service_pb2 as payment_pb
from omo.order.v1 import payment_service_pb2_grpc as payment_rpc
from omo.order.v1 import promotion_service_pb2_grpc as promotion_rpc
from services.order import main
from services.order.permissions import PERMISSIONS
from services.order.settings import Settings
from simulators.payment.notices import Teller
from simulators.payment.store import Book
from simulators.payment.web import Door
from tests.harness.databases import Databases
from tests.service.order import brand
from tests.service.order.brand import COLLECT, MEMBER, OTHER, SHIP, line
from tests.service.order.neighbours import Neighbours
from tests.unit.kit_rpc.issuer import Issuer

__all__ = ["COLLECT", "MEMBER", "OTHER", "SHIP", "Rig", "eventually", "line", "running"]

SECRET = "a secret of two parties"
SERVICE_SECRET = "a secret of order and member"
CONFIRMED, CANCELLED = order_pb2.ORDER_STATE_CONFIRMED, order_pb2.ORDER_STATE_CANCELLED
PENDING_PAYMENT = order_pb2.ORDER_STATE_PENDING_PAYMENT


@dataclass(slots=True)
class Moving:
    """The machine's clock, and what a test added to it."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@dataclass(slots=True)
class Rig:
    """The running service and everybody around it."""

    db: Database
    clock: Moving
    parts: main.Order
    world: Neighbours
    issuer: Issuer
    book: Book
    teller: Teller
    orders: order_rpc.OrderServiceStub
    payments: payment_rpc.PaymentServiceStub
    promotions: promotion_rpc.PromotionServiceStub
    audit: audit_rpc.AuditServiceStub
    heard: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    deaf: bool = False
    """While set, the shop does not answer the provider's notifications."""
    channel: Any = None

    def member(self, member_id: str = MEMBER) -> str:
        return self.issuer.token("shop", member_id)

    def hq(self) -> str:
        return self.issuer.token("hq", "u1", roles=["admin"])

    def staff(self, *locations: str) -> str:
        return self.issuer.token("staff", "A102", roles=["manager"], locations=list(locations), staff_code="A102")

    async def call(self, method: Any, request: Any, token: str | None = None, timeout: float = 15) -> Any:
        """One call; what fails is raised as the Fault that a service of ours would see."""
        given = self.member() if token is None else token
        metadata = (("authorization", f"Bearer {given}"),) if given else ()
        return await method(request, metadata=metadata, timeout=timeout)

    async def place(self, token: str | None = None, **changed: Any) -> order_pb2.Order:
        reply = await self.call(self.orders.PlaceOrder, brand.wish(**changed), token)
        return reply.order  # type: ignore[no-any-return]

    async def get(self, order_id: str) -> order_pb2.Order:
        reply = await self.call(self.orders.GetOrder, pb.GetOrderRequest(order_id=order_id), self.hq())
        return reply.order  # type: ignore[no-any-return]

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        async with self.db.read() as tx:
            return list(await tx.fetch(query, *arguments))

    async def events(self) -> list[str]:
        """The short names of the events about orders and rules recorded so far, oldest first."""
        found = await self.rows("SELECT subject FROM outbox ORDER BY record_time, event_id")
        names = [row["subject"].split(".")[3] for row in found]
        return [name for name in names if name != "FulfilmentChanged"]

    async def ended(self, order_id: str) -> order_pb2.Order:
        """The order once its saga has ended."""

        async def done() -> bool:
            rows = await self.rows("SELECT step FROM checkouts WHERE order_id = $1", order_id)
            return bool(rows) and rows[0]["step"] == "DONE"

        await eventually(done)
        return await self.get(order_id)

    async def lapse(self) -> None:
        """Whoever had a checkout in hand is taken for dead: the next may have it."""
        await self.rows("UPDATE timers SET lease_until = NULL WHERE kind = 'checkout'")

    async def proofs(self) -> dict[str, list[str]]:
        """What the service's own audit finds wrong, by check."""
        token = self.issuer.token("service", "operator")
        reply = await self.call(self.audit.Prove, audit_pb.ProveRequest(), token)
        assert all(check.name for check in reply.checks)
        return {check.name: [drift.subject for drift in check.drifts] for check in reply.checks if check.drifts}

    async def settled(self) -> None:
        """Every checker: nothing drifts, nothing is open, nothing is held without a confirmed order (I4)."""
        assert (found := await self.proofs()) == {}, found
        open_ = await self.rows("SELECT order_id FROM orders WHERE state IN ('PENDING', 'PENDING_PAYMENT')")
        confirmed = {
            row["order_id"] for row in await self.rows("SELECT order_id FROM orders WHERE state = 'CONFIRMED'")
        }
        assert open_ == []
        assert self.world.active() <= confirmed
        assert {order for order, state in self.world.stock_holds.items() if state == "active"} == confirmed

    async def fault(self, awaitable: Awaitable[Any]) -> Fault:
        """The Fault that a call ends with."""
        try:
            await awaitable
        except Fault as fault:
            return fault
        raise AssertionError("was not refused")


async def eventually(condition: Callable[[], Awaitable[Any]], within: float = 15.0) -> Any:
    """The condition's value once it is true; fails after the deadline."""
    deadline = time.monotonic() + within
    while True:
        if value := await condition():
            return value
        assert time.monotonic() < deadline, f"did not come true within {within} s"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def running(
    databases: Databases, lease: float = 15.0, slow: float = 3.0, more: Mapping[str, str] | None = None
) -> AsyncIterator[Rig]:
    """The service with all its loops but the broker's: `lease`, `slow` in seconds, others' places, `more` settings."""
    db, clock, world, issuer = await databases.open("order", 6), Moving(), Neighbours(), Issuer()
    await world.start()
    await brand.seed(db)
    shop = Shop()
    await shop.open()
    book = Book(None)
    teller = Teller(book, shop.url, SECRET)
    door = Door("127.0.0.1:0", "", slow, book, teller)
    simulator = await door.start()
    told = {"OMO_ENV": "test", "OMO_SIMULATOR_URL": f"http://{simulator}", "OMO_SIMULATOR_SECRET": SECRET,
            "OMO_SERVICE_SECRET": SERVICE_SECRET, **(more or {})}  # fmt: skip
    settings = read(Settings, told)
    neighbour = client.connect(world.address)
    parts = main.Order(settings, db, clock, neighbour, neighbour)
    parts.group.lease = timedelta(seconds=lease)
    server = Server("order", settings, TokenVerifier(issuer.jwks, "omo"), PERMISSIONS)
    parts.serve_on(server, _none_pending)
    channel = client.connect(await server.start("127.0.0.1:0"))
    loop = Timers(db, clock, parts.timers())
    rig = Rig(
        db, clock, parts, world, issuer, book, teller,
        order_rpc.OrderServiceStub(channel), payment_rpc.PaymentServiceStub(channel),
        promotion_rpc.PromotionServiceStub(channel), audit_rpc.AuditServiceStub(channel),
    )  # fmt: skip
    shop.rig, rig.channel = rig, channel
    tasks = [asyncio.create_task(loop.run()), asyncio.create_task(teller.run())]
    try:
        yield rig
    finally:
        loop.stop()
        teller.stop()
        await asyncio.gather(*tasks)
        await door.stop()
        await shop.close()
        await channel.close()
        await server.stop(grace=1)
        await parts.end()
        await neighbour.close()
        await world.stop()
        book.close()


async def _none_pending() -> int:
    return 0


@dataclass(slots=True)
class Shop:
    """The front door's webhook: hands the bytes and headers on, as the gateway does."""

    rig: Rig | None = None
    url: str = ""
    runner: web.AppRunner | None = None

    async def open(self) -> None:
        app = web.Application()
        app.router.add_post("/hook", self._hear)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        host, port = self.runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/hook"

    async def close(self) -> None:
        assert self.runner is not None
        await self.runner.cleanup()

    async def _hear(self, request: web.Request) -> web.Response:
        rig = self.rig
        if rig is None or rig.deaf:
            return web.Response(status=503)
        body, headers = await request.read(), {key.lower(): value for key, value in request.headers.items()}
        rig.heard.append((body, headers))
        told = payment_pb.RecordNotificationRequest(provider="simulator", body=body, headers=headers)
        await rig.call(rig.payments.RecordNotification, told, "")
        return web.Response(status=204)
