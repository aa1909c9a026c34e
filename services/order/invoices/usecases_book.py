"""Shows invoices and receipts to those who may see them."""

from collections.abc import Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from kit import access
from kit.access import Kind, NotYours
from kit.clock import Clock
from kit.postgres import Database, Tx
from omo.order.v1 import invoice_pb2, order_pb2, receipt_pb2
from services.order.checkout import store_reads as orders
from services.order.checkout.domain import Order
from services.order.documents import receipt_pdf
from services.order.invoices import seals as codes
from services.order.invoices import store, store_reads, store_uploads, wire, wire_receipt
from services.order.invoices.domain import Kept
from services.order.invoices.seals import Seals
from services.order.invoices.wire import Beside
from services.order.returns import finding

_COUNTER = (Kind.STAFF, Kind.DEVICE, Kind.SERVICE, Kind.HQ)


class Shows(Protocol):
    """Whoever shows orders whole."""

    async def shown(self, tx: Tx, order_ids: Sequence[str]) -> Sequence[order_pb2.Order]:
        """These orders as the API shows them."""


class Book:
    """Receipts are of every sale; invoices of those of a brand that issues them."""

    def __init__(
        self, db: Database, clock: Clock, zone: ZoneInfo, seals: Seals, qr_key: bytes | None, book: Shows | None = None
    ) -> None:
        self._db = db
        self._clock = clock
        self._zone = zone
        self._seals = seals
        self._qr_key = qr_key
        self._orders = book

    def through(self, book: Shows) -> None:
        """By whom orders are shown on receipts."""
        self._orders = book

    async def of_order(self, name: str) -> list[invoice_pb2.Invoice]:
        """An order's, newest first."""
        async with self._db.read() as tx:
            order = await self._find(tx, name, "")
            return await self.shown(tx, [order.order_id])

    async def shown(self, tx: Tx, order_ids: Sequence[str], *, lines: bool = True) -> list[invoice_pb2.Invoice]:
        """The invoices of these orders; who may see them is the caller's to ask."""
        found = await store_reads.of_orders(tx, order_ids)
        if not found:
            return []
        wanted = [order_id for order_id in order_ids if order_id in found]
        kept, handed = await store_reads.buyers(tx, wanted), await store_uploads.of_orders(tx, wanted)
        terms, now = await store.terms(tx), self._clock()
        currencies = await store_reads.currencies(tx, wanted)
        shown = []
        for order_id in wanted:
            buyer = kept.get(order_id, Kept(order_id))
            tax_id = self._seals.open(buyer).tax_id
            beside = Beside(buyer, handed, terms, tax_id, self._zone, self._qr_key, now, currencies[order_id], lines)
            shown += [wire.invoice(one, beside) for one in found[order_id]]
        return shown

    async def beside(self, tx: Tx, given: Sequence[order_pb2.Order]) -> None:
        """Adds their invoices to orders that are shown, without what stands on them."""
        by_order: dict[str, order_pb2.Order] = {one.order_id: one for one in given}
        for invoice in await self.shown(tx, list(by_order), lines=False):
            by_order[invoice.order_id].invoices.append(invoice)

    async def receipt(self, name: str, code: str) -> receipt_pb2.Receipt:
        """What a shopper got for his money."""
        async with self._db.read() as tx:
            order = await self._find(tx, name, code)
            assert self._orders is not None, "composed with the book of orders"
            (shown,) = await self._orders.shown(tx, [order.order_id])
            classes = await store_reads.rates(tx, [line.sku for line in order.lines])
            rates = {sku: rate for sku, (rate, _) in classes.items()}
            terms, place = await store.terms(tx), await store_reads.place(tx, order.location_id)
            invoices = await self.shown(tx, [order.order_id])
        signed = self._seals.code(order.order_id)
        return wire_receipt.receipt(order, shown, rates, terms, place, invoices, signed)

    async def print(self, name: str, code: str) -> bytes:
        """The same as a PDF, made outside of any transaction."""
        return await receipt_pdf.drawn(await self.receipt(name, code), self._zone)

    async def _find(self, tx: Tx, name: str, code: str) -> Order:
        """By the code on it, whoever works for the brand; by its number or id whoever may see the order."""
        if codes.is_code(code or name):
            order_id = self._seals.read(code or name)
            if access.current().kind not in _COUNTER and not await orders.visible(tx, order_id, access.current()):
                raise NotYours("no such order", field="code")
            found = await orders.orders(tx, [order_id])
            if found:
                return found[0]
            raise NotYours("no such order", field="code")
        given = code or name
        order = await finding.order(tx, given)
        if not await orders.visible(tx, order.order_id, access.current()):
            raise NotYours("no such order", field="order_id", order_id=name)
        return order
