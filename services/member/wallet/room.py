"""What a member can spend, held and committed by one contract."""

from kit.rpc.server import Server
from omo.member.v1 import points_service_pb2_grpc as rpc
from services.member.ground import Ground, Room
from services.member.wallet import store
from services.member.wallet.servicer import WalletServicer
from services.member.wallet.usecases import Wallet


class WalletRoom(Room):
    """Holds for orders."""

    checks = store.CHECKS

    def __init__(self, g: Ground) -> None:
        self._g = g
        self.wallet = Wallet(g.clock, g.zone)

    def serve_on(self, server: Server) -> None:
        """Adds the wallet service."""
        server.add(rpc.add_WalletServiceServicer_to_server, WalletServicer(self._g.db, self.wallet))
