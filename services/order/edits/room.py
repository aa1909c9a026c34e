"""The parts of changing orders, put together."""

from kit.clock import Clock
from kit.postgres import Database
from kit.rpc.server import Server
from kit.timers import Leased
from omo.order.v1.order_edit_service_pb2_grpc import add_OrderEditServiceServicer_to_server
from services.order.checkout.contacts import ContactIds
from services.order.checkout.fulfilling import Fulfilling
from services.order.checkout.usecases import Orders
from services.order.checkout.usecases_cancel import Cancellations
from services.order.checkout.usecases_reads import OrderBook
from services.order.edits import store
from services.order.edits.applying import Applying
from services.order.edits.saga import KIND, AddingSaga
from services.order.edits.servicer import OrderEditServicer
from services.order.edits.usecases import Edits
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.settings import Settings

CHECKS = store.CHECKS


class EditRoom:
    """What the service's own composition asks for."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        clock: Clock,
        orders: Orders,
        cancellations: Cancellations,
        undelivered: Undelivered,
        fulfilling: Fulfilling,
    ) -> None:
        applying = Applying(clock, undelivered, dict(settings.shipping()))
        self._saga = AddingSaga(db, clock, orders, cancellations, applying)
        book = OrderBook(db, fulfilling, settings.page_key.encode())
        contacts = ContactIds(db, settings.service_secret)
        self._servicer = OrderEditServicer(db, clock, Edits(db, clock, orders, book, contacts, applying, self._saga))

    def timers(self) -> dict[str, Leased]:
        """What falls due."""
        return {KIND: Leased(self._saga.resume)}

    def serve_on(self, server: Server) -> None:
        """What it answers."""
        server.add(add_OrderEditServiceServicer_to_server, self._servicer)
