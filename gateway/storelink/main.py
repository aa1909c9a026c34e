"""The store door, put together."""

import grpc

from gateway.storelink import owners, wire
from gateway.storelink.callers import Callers
from gateway.storelink.door import Door
from gateway.storelink.permissions import PERMISSIONS
from gateway.storelink.presence import Presence
from gateway.storelink.servicer import TillServicer
from gateway.storelink.session import Pace
from gateway.storelink.settings import Settings
from gateway.storelink.watch import Watch
from kit import process
from kit.process import Process
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.storelink.v1 import till_service_pb2_grpc as till_rpc


def credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """What the door shows to tills; nothing where a developer or a test turned TLS off."""
    if settings.tls == "off":
        return None
    pair = (settings.tls_key.encode(), settings.tls_certificate.encode())
    return grpc.ssl_server_credentials([pair])


async def serve(settings: Settings) -> None:
    """Serves until it is told to stop."""
    async with Process("storelink", settings) as p:
        member, order = p.connect(settings.member_target), p.connect(settings.order_target)
        inventory, attribution = p.connect(settings.inventory_target), p.connect(settings.attribution_target)
        presence = Presence(p.valkey())
        door = Door(
            owners.over(order, inventory, member, attribution),
            presence,
            Pace(heartbeat=settings.heartbeat_seconds, age=settings.session_minutes * 60),
        )
        p.loop(Watch(door, presence, access_rpc.AccessServiceStub(member), settings.recheck_seconds))
        server = p.grpc(PERMISSIONS, streaming=True, credentials=credentials(settings))
        server.add(wire.add_session, door)
        server.add(
            till_rpc.add_TillServiceServicer_to_server,
            TillServicer(Callers(p.verifier()), member, order, inventory),
        )
        server.on_drain(door.drain)
        await p.run()


if __name__ == "__main__":
    process.main(serve, Settings)
