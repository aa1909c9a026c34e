"""People who order without an account."""

from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.member.v1 import guest_service_pb2_grpc as rpc
from services.member.contacts.usecases import Contacts
from services.member.ground import Ground, Room
from services.member.guests.servicer import GuestServicer
from services.member.guests.usecases import SWEEP, Guests
from services.member.identity.room import IdentityRoom


class GuestRoom(Room):
    """Somebody to be reached, until he proves who he is."""

    def __init__(self, g: Ground, identity: IdentityRoom, contacts: Contacts) -> None:
        self._g = g
        self.guests = Guests(g, identity.rulebook, contacts)

    def alarms(self) -> dict[str, InTx | Leased]:
        """Guests whom nobody claimed are forgotten."""
        return {SWEEP: InTx(self.guests.sweep)}

    def serve_on(self, server: Server) -> None:
        """Adds the guest service."""
        server.add(rpc.add_GuestServiceServicer_to_server, GuestServicer(self._g.vault, self.guests))

    async def start(self) -> None:
        """Sets the clock going."""
        await self.guests.begin_sweeping()
