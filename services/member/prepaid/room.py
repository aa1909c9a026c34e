"""Prepaid goods, put together."""

from kit.rpc.server import Server
from omo.member.v1 import prepaid_service_pb2_grpc as rpc
from services.member.ground import Ground, Room
from services.member.prepaid import store, store_refunds
from services.member.prepaid.servicer import PrepaidServicer
from services.member.prepaid.usecases import Prepaid
from services.member.value.domain import Kind
from services.member.value.usecases import Endings


class PrepaidRoom(Room):
    """Packs; the wallet holds and spends their units, and the ledger's sweep ends them by their own rule."""

    checks = (*store.CHECKS, *store_refunds.CHECKS)

    def __init__(self, g: Ground, endings: Endings) -> None:
        self._g = g
        self.prepaid = Prepaid(g.clock)
        endings.by(Kind.PREPAID, self.prepaid.end)

    def serve_on(self, server: Server) -> None:
        """Adds the prepaid service."""
        g = self._g
        server.add(rpc.add_PrepaidServiceServicer_to_server, PrepaidServicer(g.db, g.clock, self.prepaid, g.page_key))
