"""The parts of changing orders, put together."""

from typing import TYPE_CHECKING

from kit.clock import Clock
from kit.postgres import Database
from kit.rpc.server import Server
from kit.timers import Leased
from omo.inventory.v1.sourcing_service_pb2_grpc import SourcingServiceStub
from omo.order.v1.order_edit_service_pb2_grpc import add_OrderEditServiceServicer_to_server
from services.order.checkout.contacts import ContactIds
from services.order.checkout.fulfilling import Fulfilling
from services.order.checkout.usecases import Orders
from services.order.checkout.usecases_cancel import Cancellations
from services.order.checkout.usecases_reads import OrderBook
from services.order.edits import store_proof
from services.order.edits.applying import Applying
from services.order.edits.elsewhere import Elsewhere
from services.order.edits.moving import KIND as MOVE
from services.order.edits.moving import MovingSaga
from services.order.edits.saga import KIND, AddingSaga
from services.order.edits.servicer import OrderEditServicer
from services.order.edits.usecases import Edits
from services.order.fulfilment.pins import Pins
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.invoices.usecases_keep import Keeping
from services.order.settings import Settings

if TYPE_CHECKING:
    import grpc

Tasks = tuple[Undelivered, Fulfilling, Pins]
"""What ends units, shows tasks, and makes PINs."""
CHECKS = store_proof.CHECKS


class EditRoom:
    """What the service's own composition asks for."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        clock: Clock,
        to_inventory: "grpc.aio.Channel",
        orders: Orders,
        cancellations: Cancellations,
        tasks: Tasks,
        keeping: Keeping,
    ) -> None:
        undelivered, fulfilling, pins = tasks
        methods = dict(settings.shipping())
        applying = Applying(clock, undelivered, methods, keeping)
        elsewhere = Elsewhere(clock, pins, methods)
        self._moving = MovingSaga(db, clock, SourcingServiceStub(to_inventory), applying, elsewhere)
        self._saga = AddingSaga(db, clock, orders, cancellations, applying)
        book = OrderBook(db, fulfilling, settings.page_key.encode())
        contacts = ContactIds(db, settings.service_secret)
        edits = Edits(db, clock, orders, book, contacts, applying, self._saga, self._moving)
        self._servicer = OrderEditServicer(db, clock, edits)

    def timers(self) -> dict[str, Leased]:
        """What falls due."""
        return {KIND: Leased(self._saga.resume), MOVE: Leased(self._moving.resume)}

    def serve_on(self, server: Server) -> None:
        """What it answers."""
        server.add(add_OrderEditServiceServicer_to_server, self._servicer)
