"""The invoices' parts, put together."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.order.v1 import order_pb2
from omo.order.v1.invoice_service_pb2_grpc import add_InvoiceServiceServicer_to_server
from services.order.invoices import store_proof
from services.order.invoices.board import InvoiceBoard
from services.order.invoices.domain import Buyer
from services.order.invoices.provider import Provider
from services.order.invoices.seals import Seals
from services.order.invoices.servicer import InvoiceServicer
from services.order.invoices.simulator import Simulator
from services.order.invoices.terms import Held
from services.order.invoices.usecases_book import Book, Shows
from services.order.invoices.usecases_desk import Desk
from services.order.invoices.usecases_keep import Keeping
from services.order.invoices.usecases_settle import SETTLE, UPLOAD, Settlements
from services.order.invoices.usecases_sold import SoldInvoices
from services.order.invoices.usecases_spoil import Spoils
from services.order.invoices.usecases_upload import Uploads
from services.order.returns.boards import Boards
from services.order.settings import Settings

CHECKS = store_proof.CHECKS


class InvoiceRoom:
    """What the service's own composition asks for."""

    def __init__(self, settings: Settings, db: Database, clock: Clock, boards: Boards) -> None:
        zone = ZoneInfo(settings.time_zone)
        self.seals = Seals(settings.pin_key_bytes())
        self.keeping = Keeping(db, clock, self.seals)
        self.held = Held()
        self.sold = SoldInvoices(clock, zone, self.seals, self.held)
        self.provider: Provider | None = Simulator(settings.einvoice_url) if settings.einvoice_url else None
        board = InvoiceBoard(clock, boards)
        self._settlements = Settlements(clock, zone, board)
        self._uploads = Uploads(db, clock, self.seals, self.provider, board)
        self.book = Book(db, clock, zone, self.seals, settings.qr_key())
        desk = Desk(db, clock, zone, self.book, self.held, settings.page_key.encode())
        self._servicer = InvoiceServicer(self.book, desk, Spoils(db, clock, zone))

    async def keep(self, order_id: str, member_id: str | None, said: Buyer | None) -> None:
        """Keeps for whom the invoice of an order is that is about to begin."""
        await self.keeping.keep(order_id, member_id, said)

    async def beside(self, tx: Tx, orders: Sequence[order_pb2.Order]) -> None:
        """Adds their invoices to orders that are shown."""
        if (await self.held.now(tx)).version:
            await self.book.beside(tx, orders)

    def timers(self) -> dict[str, InTx | Leased]:
        """What falls due."""
        return {SETTLE: InTx(self._settlements.due), UPLOAD: Leased(self._uploads.due)}

    def serve_on(self, server: Server, orders: Shows) -> None:
        """What it answers; orders are shown on receipts as their own book shows them."""
        self.book.through(orders)
        server.add(add_InvoiceServiceServicer_to_server, self._servicer)

    async def end(self) -> None:
        """Closes the way to the provider."""
        if self.provider is not None:
            await self.provider.close()
