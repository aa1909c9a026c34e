"""What a member would like to have."""

from typing import Any

from kit.consumer import On
from kit.rpc.server import Server
from omo.inventory.v1 import catalogue_events_pb2
from omo.member.v1 import points_service_pb2_grpc as rpc
from services.member.ground import Ground, Room
from services.member.profile.joining import WishesPart
from services.member.profile.servicer import ProfileServicer, on_products_changed
from services.member.profile.usecases import Profile


class ProfileRoom(Room):
    """Wishes, and which SKUs there are to wish for."""

    def __init__(self, g: Ground) -> None:
        self._g = g
        self.profile = Profile(g.register, g.clock)
        self.parts = (WishesPart(self.profile),)

    def ears(self) -> list[On[Any]]:
        """Which SKUs exist."""
        return [On.many(catalogue_events_pb2.ProductChanged, on_products_changed)]

    def serve_on(self, server: Server) -> None:
        """Adds the profile service."""
        g = self._g
        server.add(rpc.add_ProfileServiceServicer_to_server, ProfileServicer(g.db, g.vault, self.profile))

    async def start(self) -> None:
        """Seals what was noted before notes were sealed."""
        await self.profile.seal_clear(self._g.db)
