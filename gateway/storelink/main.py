"""The store door, put together."""

from dataclasses import dataclass
from typing import Any

import grpc

from gateway.storelink import owners, wire
from gateway.storelink.announcements import Announcements
from gateway.storelink.broker import Broker
from gateway.storelink.callers import Callers
from gateway.storelink.desk import CounterDesk, TransferDesk, TryoutDesk
from gateway.storelink.door import Door
from gateway.storelink.downlink import Downlink
from gateway.storelink.feeds import Feed
from gateway.storelink.permissions import PERMISSIONS
from gateway.storelink.presence import Presence
from gateway.storelink.publishers import Rules, publishers
from gateway.storelink.servicer import TillServicer
from gateway.storelink.session import Pace
from gateway.storelink.settings import Settings
from gateway.storelink.watch import Watch
from kit import process, streams
from kit.nats_client import Client
from kit.process import Process
from kit.rpc.server import Server
from kit.tokens import TokenVerifier
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.order.v1 import counter_service_pb2_grpc as counter_rpc
from omo.order.v1 import promotion_service_pb2_grpc as promotion_rpc
from omo.order.v1 import transfer_service_pb2_grpc as transfer_rpc
from omo.order.v1 import tryout_service_pb2_grpc as tryout_rpc
from omo.storelink.v1 import till_service_pb2_grpc as till_rpc


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Channels to the owners."""

    member: Any
    order: Any
    inventory: Any
    attribution: Any


@dataclass(frozen=True, slots=True)
class Storelink:
    """The door and who looks after it."""

    door: Door
    watch: Watch
    broker: Broker


def compose(settings: Settings, near: Neighbours, valkey: Any) -> Storelink:
    """Everything but the port."""
    presence = Presence(valkey)
    feeds = [Feed(each) for each in publishers(near.inventory, near.order, near.member)]
    announcements = Announcements()
    downlink = Downlink(feeds, announcements, Rules(promotion_rpc.PromotionServiceStub(near.order)))
    door = Door(
        owners.over(near.order, near.inventory, near.member, near.attribution),
        presence,
        Pace(heartbeat=settings.heartbeat_seconds, age=settings.session_minutes * 60),
        [downlink.speak],
    )
    watch = Watch(door, presence, access_rpc.AccessServiceStub(near.member), settings.recheck_seconds)

    async def connect() -> Client:
        return await streams.connect(settings.nats_url, "storelink", settings.nats_seed)

    return Storelink(door, watch, Broker(connect, feeds, announcements, door))


def serve_on(server: Server, storelink: Storelink, near: Neighbours, verifier: TokenVerifier) -> None:
    """Adds the door's own services to the port, and what order does at counters."""
    server.add(wire.add_session, storelink.door)
    callers = Callers(verifier)
    server.add(counter_rpc.add_CounterServiceServicer_to_server, CounterDesk(callers, near.order))
    server.add(transfer_rpc.add_TransferServiceServicer_to_server, TransferDesk(callers, near.order))
    server.add(tryout_rpc.add_TryoutServiceServicer_to_server, TryoutDesk(callers, near.order))
    server.add(
        till_rpc.add_TillServiceServicer_to_server,
        TillServicer(callers, near.member, near.order, near.inventory, near.attribution),
    )
    server.on_drain(storelink.door.drain)


def credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """What the door shows to tills; nothing where a developer or a test turned TLS off."""
    if settings.tls == "off":
        return None
    pair = (settings.tls_key.encode(), settings.tls_certificate.encode())
    return grpc.ssl_server_credentials([pair])


async def serve(settings: Settings) -> None:
    """Serves until it is told to stop."""
    async with Process("storelink", settings) as p:
        near = Neighbours(
            member=p.connect(settings.member_target),
            order=p.connect(settings.order_target),
            inventory=p.connect(settings.inventory_target),
            attribution=p.connect(settings.attribution_target),
        )
        storelink = compose(settings, near, p.valkey())
        p.loop(storelink.watch)
        p.loop(storelink.broker)
        server = p.grpc(PERMISSIONS, streaming=True, credentials=credentials(settings))
        serve_on(server, storelink, near, p.verifier())
        await p.run()


if __name__ == "__main__":
    process.main(serve, Settings)
