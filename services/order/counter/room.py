"""What counters do beyond plain sales and returns, put together: visits, deliveries, rejected pickups, reservations."""

from typing import TYPE_CHECKING

from kit.clock import Clock
from kit.postgres import Database
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.inventory.v1.sourcing_service_pb2_grpc import SourcingServiceStub
from omo.inventory.v1.stock_service_pb2_grpc import StockServiceStub
from omo.order.v1.counter_service_pb2_grpc import add_CounterServiceServicer_to_server
from omo.order.v1.rerouting_service_pb2_grpc import add_ReroutingServiceServicer_to_server
from omo.order.v1.tryout_service_pb2_grpc import add_TryoutServiceServicer_to_server
from services.order.checkout.contacts import ContactIds
from services.order.checkout.fulfilling import Fulfilling
from services.order.checkout.usecases import Orders
from services.order.counter import store
from services.order.counter.holding import Holding
from services.order.counter.leaving import Leaving
from services.order.counter.servicer import CounterServicer
from services.order.counter.usecases import Visits
from services.order.fulfilment.usecases_handover import Handovers
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.invoices.usecases_sold import SoldInvoices
from services.order.rerouting import store as rerouting_store
from services.order.rerouting.asking import DEADLINE, Asking
from services.order.rerouting.links import Links
from services.order.rerouting.moving import Moving
from services.order.rerouting.servicer import ReroutingServicer
from services.order.rerouting.usecases import MOVE, Rerouting
from services.order.returns.room import ReturnsRoom
from services.order.sales.usecases import Sales
from services.order.sales.usecases_later import Later
from services.order.settings import Settings
from services.order.tryouts import store as tryouts_store
from services.order.tryouts.servicer import TryoutServicer
from services.order.tryouts.usecases import END, Tryouts

if TYPE_CHECKING:
    import grpc

Hands = tuple[Fulfilling, Handovers, Undelivered]
"""What opens tasks, hands over, and ends what nobody gets."""
CHECKS = (*store.CHECKS, *rerouting_store.CHECKS, *tryouts_store.CHECKS)


class CounterRoom:
    """What the service's own composition asks for."""

    def __init__(
        self, settings: Settings, db: Database, clock: Clock, to_inventory: "grpc.aio.Channel", orders: Orders,
        hands: Hands, returns: ReturnsRoom, invoices: SoldInvoices,
    ) -> None:  # fmt: skip
        fulfilling, handovers, undelivered = hands
        stock, contacts = StockServiceStub(to_inventory), ContactIds(db, settings.service_secret)
        self._holding = Holding(db, clock, stock)
        self.asking = Asking(clock)
        self.tryouts = Tryouts(db, clock, stock, settings.page_key.encode())
        later = Later(clock, fulfilling, contacts, settings.shipping())
        self.sales = Sales(
            db, settings.currency, settings.earn_without_tax, clock, returns.at_tills, later, self.tryouts, invoices
        )
        links = Links(settings.service_secret.encode() or settings.pin_key_bytes())
        moving = Moving(clock, undelivered)
        self._rerouting = Rerouting(db, clock, links, SourcingServiceStub(to_inventory), moving, contacts)
        leaving = Leaving(clock, handovers, undelivered)
        self._visits = Visits(db, clock, orders, self.sales, returns.returns, leaving)

    def timers(self) -> dict[str, InTx | Leased]:
        """What falls due."""
        return {
            DEADLINE: InTx(self._rerouting.deadline),
            MOVE: Leased(self._rerouting.move_due),
            END: Leased(self.tryouts.end),
        }

    def serve_on(self, server: Server) -> None:
        """What it answers."""
        server.add(add_CounterServiceServicer_to_server, CounterServicer(self._visits, self._holding))
        server.add(add_ReroutingServiceServicer_to_server, ReroutingServicer(self._rerouting))
        server.add(add_TryoutServiceServicer_to_server, TryoutServicer(self.tryouts))
