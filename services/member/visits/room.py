"""What was looked at before anybody signed in, composed."""

from kit.rpc.server import Server
from omo.member.v1 import visits_service_pb2_grpc as rpc
from services.member.ground import Ground, Room
from services.member.identity.room import IdentityRoom
from services.member.visits.servicer import VisitServicer
from services.member.visits.usecases import Visits


class VisitRoom(Room):
    """Anonymous history, until somebody signs in."""

    def __init__(self, g: Ground, identity: IdentityRoom) -> None:
        self._visits = Visits(g.db, g.vault, g.register, g.clock, g.settings.anonymous_days)
        identity.arrivals.on_arrival(self._visits.join)

    def serve_on(self, server: Server) -> None:
        """Adds the visit service."""
        server.add(rpc.add_VisitServiceServicer_to_server, VisitServicer(self._visits))
