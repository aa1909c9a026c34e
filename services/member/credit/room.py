"""Shopping credit, put together."""

from kit.rpc.server import Server
from omo.member.v1 import credit_service_pb2_grpc as rpc
from services.member.credit.servicer import CreditServicer
from services.member.credit.usecases import Credit
from services.member.ground import Ground, Room


class CreditRoom(Room):
    """Given and taken by hand."""

    def __init__(self, g: Ground) -> None:
        self._g = g
        self.credit = Credit(g.clock)

    def serve_on(self, server: Server) -> None:
        """Adds the credit service."""
        g = self._g
        server.add(rpc.add_CreditServiceServicer_to_server, CreditServicer(g.db, g.clock, self.credit))
