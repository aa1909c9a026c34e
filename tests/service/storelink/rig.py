"""The door on a real port, between real streams and owners on a real database."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from gateway.storelink import main
from gateway.storelink.permissions import PERMISSIONS
from gateway.storelink.settings import Settings
from kit.rpc.client import connect
from kit.rpc.server import Server
from kit.settings import ProcessSettings
from kit.tokens import ServiceTokens, TokenVerifier
from omo.attribution.v1 import attribution_service_pb2_grpc as attribution_rpc
from omo.inventory.v1 import catalogue_service_pb2_grpc as catalogue_rpc
from omo.inventory.v1 import stock_service_pb2_grpc as stock_rpc
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.member.v1 import conversation_service_pb2_grpc as conversation_rpc
from omo.member.v1 import gift_card_service_pb2_grpc as card_rpc
from omo.member.v1 import identity_service_pb2_grpc as identity_rpc
from omo.member.v1 import points_service_pb2_grpc as points_rpc
from omo.member.v1 import voucher_service_pb2_grpc as voucher_rpc
from omo.order.v1 import cart_service_pb2_grpc as cart_rpc
from omo.order.v1 import fulfilment_service_pb2_grpc as fulfilment_rpc
from omo.order.v1 import invoice_service_pb2_grpc as invoice_rpc
from omo.order.v1 import promotion_service_pb2_grpc as promotion_rpc
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
from omo.order.v1 import transfer_service_pb2_grpc as transfer_rpc
from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import storelink_service_pb2 as pb
from omo.storelink.v1 import storelink_service_pb2_grpc as rpc
from omo.storelink.v1 import till_service_pb2_grpc as till_rpc
from omo_storelink import Credential, Door, Hears, Pace, Till
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner
from tests.service.storelink import carts, counter, held, masters, owners, purse
from tests.unit.kit_rpc.issuer import ISSUER, Issuer

QUICK = Pace(shortest=0.05, longest=0.4)


@dataclass(slots=True)
class Rig:
    """A door, its owners, and tills that come to it."""

    issuer: Issuer
    lanes: owners.Lanes
    access: owners.Access
    fulfilment: owners.Fulfilment
    data: masters.Data
    storelink: main.Storelink
    verifier: TokenVerifier
    address: str
    owners: str
    _channels: list[Any] = field(default_factory=list)

    def channel(self) -> grpc.aio.Channel:
        opened = grpc.aio.insecure_channel(self.address)
        self._channels.append(opened)
        return opened

    def stream(self, terminal_id: str = "t1", location_id: str = "TPE01", token: str = "") -> "Stream":
        """A hand-driven session."""
        token = token or owners.device_token(self.issuer, terminal_id, location_id)
        stub = rpc.StoreLinkServiceStub(self.channel())
        return Stream(stub.Session(metadata=(("authorization", f"Bearer {token}"),)), self.channel(), token)

    def questions(self) -> Any:
        return till_rpc.TillServiceStub(self.channel())

    def till(self, folder: Path, terminal_id: str = "t1", address: str = "", hears: Hears | None = None) -> Till:
        """A till as a store embeds it."""
        door = Door(address or self.address, Credential(terminal_id, terminal_id), insecure=True)
        return Till(folder / terminal_id, door, hears=hears, facts_only=True, pace=QUICK)

    async def close(self) -> None:
        for channel in self._channels:
            await channel.close()


@dataclass(slots=True)
class Stream:
    """One session, said and heard message by message."""

    call: Any
    channel: Any
    token: str

    async def hello(self, **named: Any) -> Any:
        await self.say(pb.SessionRequest(hello=pb.Hello(**({"facts_only": True} | named))))
        return (await self.hear("welcome")).welcome

    async def say(self, message: pb.SessionRequest) -> None:
        await self.call.write(message)

    async def hear(self, kind: str, within: float = 10.0) -> Any:
        """The next message of a kind; others are passed over."""
        async with asyncio.timeout(within):
            while True:
                message: Any = await self.call.read()
                assert message is not grpc.aio.EOF, f"ended before {kind}: {await self.call.code()}"
                if message.WhichOneof("message") == kind:
                    return message

    async def sales(self, first: int, *facts_: facts.SaleFact) -> None:
        await self.say(pb.SessionRequest(sales=facts.SalesFrame(first_sequence=first, facts=facts_)))

    async def end(self, within: float = 10.0) -> tuple[grpc.StatusCode, str]:
        """How the stream ends."""
        async with asyncio.timeout(within):
            try:
                while await self.call.read() is not grpc.aio.EOF:
                    pass
            except grpc.aio.AioRpcError:
                pass
            return await self.call.code(), await self.call.details()


def sale(number: int = 0, note: str = "") -> facts.SaleFact:
    """A sale; the same number is the same sale."""
    made = facts.SaleFact(sale_id=str(uuid.UUID(int=number + (7 << 76))), receipt_no=f"R{number}{note}")
    made.business_time.FromSeconds(1_700_000_000 + number)
    made.lines.add(line_no=1, sku="COAT", quantity=1, list_total=100, net_total=100)
    return made


async def eventually(condition: Callable[[], Any], within: float = 15.0) -> None:
    """Returns once the condition holds; fails after the deadline."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return
        assert time.monotonic() < deadline, f"did not come true within {within} s"
        await asyncio.sleep(0.01)


def settings(**named: Any) -> Settings:
    given: dict[str, Any] = {"env": "test", "tls": "off", "heartbeat_seconds": 20}
    return Settings(**(given | named))


def _owners(rig_data: tuple[Any, ...], verifier: TokenVerifier) -> Server:
    """Four owners in one server, because the door cannot tell."""
    lanes, access, data, fulfilment = rig_data
    back = Server("back", ProcessSettings(env="test", name="back"), verifier, owners.PERMISSIONS)
    back.add(sales_rpc.add_SalesServiceServicer_to_server, owners.Sales(lanes))  # type: ignore[abstract]
    back.add(stock_rpc.add_StockFactServiceServicer_to_server, owners.Stock(lanes))
    back.add(identity_rpc.add_PeopleFactServiceServicer_to_server, owners.People(lanes))
    back.add(attribution_rpc.add_AttributionFactServiceServicer_to_server, owners.Attribution(lanes))
    back.add(access_rpc.add_AccessServiceServicer_to_server, access)
    back.add(catalogue_rpc.add_CatalogueServiceServicer_to_server, masters.Catalogue(data))  # type: ignore[abstract]
    back.add(promotion_rpc.add_PromotionServiceServicer_to_server, masters.Rules(data))  # type: ignore[abstract]
    back.add(invoice_rpc.add_InvoiceServiceServicer_to_server, masters.Invoices(data))  # type: ignore[abstract]
    back.add(fulfilment_rpc.add_FulfilmentServiceServicer_to_server, fulfilment)
    back.add(points_rpc.add_WalletServiceServicer_to_server, purse.Wallet(fulfilment))  # type: ignore[abstract]
    back.add(voucher_rpc.add_VoucherServiceServicer_to_server, purse.Vouchers())  # type: ignore[abstract]
    back.add(card_rpc.add_GiftCardServiceServicer_to_server, purse.Cards())  # type: ignore[abstract]
    back.add(cart_rpc.add_CartServiceServicer_to_server, carts.Carts(fulfilment))  # type: ignore[abstract]
    back.add(stock_rpc.add_StockServiceServicer_to_server, held.Holds(fulfilment))  # type: ignore[abstract]
    talk = counter.Talk(fulfilment)  # type: ignore[abstract]
    back.add(conversation_rpc.add_ConversationServiceServicer_to_server, talk)
    back.add(transfer_rpc.add_TransferServiceServicer_to_server, counter.Lacking(fulfilment))
    return back


@asynccontextmanager
async def open_rig(
    databases: Databases, valkey: Any, nats: NatsCorner | None = None, **wishes: Any
) -> AsyncIterator[Rig]:
    """Everything started."""
    issuer, data = Issuer(), masters.Data()
    lanes = owners.Lanes(await databases.open("order"))
    access = owners.Access(issuer, data=data)  # type: ignore[abstract]
    fulfilment = owners.Fulfilment()  # type: ignore[abstract]
    verifier = TokenVerifier(issuer.jwks, ISSUER)
    back = _owners((lanes, access, data, fulfilment), verifier)
    await back.start("127.0.0.1:0")

    async def issue(name: str, secret: str) -> tuple[str, float]:
        return issuer.token("service", name), 600.0

    channel = connect(back.address, ServiceTokens(issue, "storelink", "x"))
    if nats is not None:
        wishes |= {"nats_url": nats.url, "nats_seed": nats.seed("gateway")}
    near, told = main.Neighbours(channel, channel, channel, channel), settings(**wishes)
    storelink = main.compose(told, near, valkey)
    door = Server("storelink", told, verifier, PERMISSIONS, streaming=True)
    main.serve_on(door, storelink, near, verifier)
    await door.start("127.0.0.1:0")
    rig = Rig(issuer, lanes, access, fulfilment, data, storelink, verifier, door.address, back.address)
    try:
        async with _looking_after(storelink, hears=bool(wishes.get("nats_url"))):
            if nats is not None:  # what is announced before the door listens reaches nobody
                await eventually(lambda: all(feed.epoch for feed in storelink.broker._feeds))
            yield rig
    finally:
        await rig.close()
        for session in storelink.door.sessions():
            session.end(None)
        await door.stop(0.5)
        await channel.close()
        await back.stop(0.5)


@asynccontextmanager
async def _looking_after(storelink: main.Storelink, *, hears: bool) -> AsyncIterator[None]:
    """The loops that the process would run."""
    loops: list[Any] = [storelink.watch, *([storelink.broker] if hears else [])]
    running = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        await asyncio.gather(*running)
