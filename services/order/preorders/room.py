"""The parts of ordering ahead, put together."""

from datetime import timedelta

import grpc

from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.rpc.server import Server
from kit.timers import Leased
from omo.inventory.v1.supply_service_pb2_grpc import SupplyServiceStub
from omo.order.v1.preorder_service_pb2_grpc import add_PreorderServiceServicer_to_server
from services.order.checkout.usecases import Orders
from services.order.fulfilment.usecases import RELEASE
from services.order.preorders import store
from services.order.preorders.release import Releases
from services.order.preorders.servicer import PreorderServicer
from services.order.preorders.usecases import Preorders
from services.order.reference.usecases import Reference
from services.order.settings import Settings

CHECKS = store.CHECKS


class PreorderRoom:
    """What the service's own composition asks for."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        clock: Clock,
        inventory: grpc.aio.Channel,
        reference: Reference,
        orders: Orders,
    ) -> None:
        preorders = Preorders(db, clock, reference, orders.openings, settings.page_key.encode())
        self._servicer = PreorderServicer(preorders)
        self.releases = Releases(db, clock, SupplyServiceStub(inventory))

    def timers(self) -> dict[str, Leased]:
        """What falls due."""
        return {RELEASE: Leased(self.releases.due)}

    async def sweep(self, tx: Tx, older: timedelta) -> None:
        """Gives back what was reserved for orders that never came."""
        await store.sweep(tx, older)

    def serve_on(self, server: Server) -> None:
        """What it answers."""
        server.add(add_PreorderServiceServicer_to_server, self._servicer)
