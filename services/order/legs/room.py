"""What stores lack and other places send there, put together."""

import grpc

from kit.clock import Clock
from kit.postgres import Database
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.inventory.v1.sourcing_service_pb2_grpc import SourcingServiceStub
from omo.order.v1.transfer_service_pb2_grpc import add_TransferServiceServicer_to_server
from services.order.fulfilment.usecases_reject import Rejections
from services.order.legs.calling_off import CallingOff
from services.order.legs.listing import Listing
from services.order.legs.servicer_transfers import TransferServicer
from services.order.legs.settling import Settling
from services.order.legs.usecases_transfers import ASK, Transfers
from services.order.settings import Settings


class TransferRoom:
    """What the service's own composition asks for."""

    def __init__(
        self, settings: Settings, db: Database, clock: Clock, to_inventory: grpc.aio.Channel, rejections: Rejections
    ) -> None:
        settling = Settling(clock, rejections)
        self._transfers = Transfers(db, clock, SourcingServiceStub(to_inventory), settling)
        self._calling_off = CallingOff(db, clock)
        self._listing = Listing(db, settings.page_key.encode())

    def timers(self) -> dict[str, InTx | Leased]:
        """What falls due."""
        return {ASK: Leased(self._transfers.due)}

    def serve_on(self, server: Server) -> None:
        """What it answers."""
        servicer = TransferServicer(self._transfers, self._calling_off, self._listing)
        server.add(add_TransferServiceServicer_to_server, servicer)
