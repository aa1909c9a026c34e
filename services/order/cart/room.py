"""The cart's parts, put together."""

from datetime import timedelta

import grpc

from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.rpc.server import Server
from kit.timers import InTx
from omo.inventory.v1.availability_service_pb2_grpc import AvailabilityServiceStub
from omo.order.v1.cart_service_pb2_grpc import add_CartServiceServicer_to_server
from services.order.cart.codes import Codes
from services.order.cart.servicer import CartServicer
from services.order.cart.stock import Shelves
from services.order.cart.usecases import Carts
from services.order.cart.usecases_checkout import CartCheckout
from services.order.cart.usecases_merge import HandOffs
from services.order.cart.usecases_pricing import CartPrices
from services.order.cart.usecases_sweep import SWEEP, Sweeping
from services.order.checkout.contacts import ContactIds
from services.order.checkout.usecases import Orders
from services.order.settings import Settings


class CartRoom:
    """What the service's own composition asks for."""

    def __init__(
        self, settings: Settings, db: Database, clock: Clock, inventory: grpc.aio.Channel, orders: Orders
    ) -> None:
        shelves = Shelves(AvailabilityServiceStub(inventory))
        prices = CartPrices(orders.openings, orders.pricing, shelves, clock, dict(settings.shipping()))
        carts = Carts(db, clock, prices, timedelta(minutes=settings.cart_freeze_minutes))
        self._sweeping = Sweeping(clock, timedelta(days=settings.cart_idle_days))
        self._servicer = CartServicer(
            carts,
            HandOffs(db, clock, carts, Codes(settings.pin_key_bytes())),
            CartCheckout(db, clock, carts, orders),
            ContactIds(db, settings.service_secret),
            clock,
            settings.currency,
        )

    def timers(self) -> dict[str, InTx]:
        """What falls due."""
        return {SWEEP: InTx(self._sweeping.sweep)}

    async def begin(self, tx: Tx) -> None:
        """Sees to it that what nobody comes back to ends."""
        await self._sweeping.begin(tx)

    def serve_on(self, server: Server) -> None:
        """What it answers."""
        server.add(add_CartServiceServicer_to_server, self._servicer)
