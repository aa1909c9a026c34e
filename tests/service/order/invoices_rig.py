"""A brand in Taiwan: its terms, its numbers, and a provider that can be made to fail."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from omo.order.v1 import invoice_pb2, order_pb2
from omo.order.v1 import invoice_service_pb2 as pb
from omo.order.v1 import invoice_service_pb2_grpc as rpc
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import invoice_pb2 as buyers
from services.order.invoices import domain_numbers
from simulators.einvoice.behaviour import Desk, Fault
from simulators.einvoice.store import Book
from simulators.einvoice.web import Door
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.returns_rig import Counter
from tests.service.order.rig import Rig, eventually
from tests.service.order.sales_rig import TILL, frame, sale
from tests.service.order.sales_rig import line as sold_line

ISSUED, VOIDED = invoice_pb2.INVOICE_STATE_ISSUED, invoice_pb2.INVOICE_STATE_VOIDED
DONE, REFUSED = invoice_pb2.INVOICE_UPLOAD_STATE_DONE, invoice_pb2.INVOICE_UPLOAD_STATE_REFUSED
HANDOVER, CONFIRMATION = invoice_pb2.INVOICE_MOMENT_HANDOVER, invoice_pb2.INVOICE_MOMENT_CONFIRMATION
SELLER = "04595257"
PRICES = {"COAT": 3000, "SCARF": 990}
# in another period
LATER = {"days": 70}
_TABLES = ("invoice_terms", "invoice_blocks", "invoice_orders", "invoices", "invoice_allowances", "invoice_uploads",
           "invoice_misfits", "invoice_spoiled")  # fmt: skip
MOBILE = buyers.InvoiceBuyer(carrier_kind=buyers.CARRIER_KIND_MOBILE_BARCODE, carrier="/ABC+123")
BUSINESS = buyers.InvoiceBuyer(tax_id="10458575")


@dataclass(slots=True)
class Taiwan(Counter):
    """The brand's headquarters, stores and shoppers, and the provider's desk."""

    door: Any = None
    book: Any = None
    invoices: Any = None
    sent: int = 0
    """What the till in TPE01 has sent, over all tests of a file."""

    def __post_init__(self) -> None:
        Counter.__post_init__(self)
        self.invoices = rpc.InvoiceServiceStub(self.rig.channel)

    @property
    def period(self) -> int:
        return domain_numbers.period_of(self.rig.clock(), ZoneInfo("Asia/Taipei"))

    async def desk(self, verb: str, token: str = "", **fields: Any) -> Any:
        """One call of the invoices' own service, as headquarters unless another token is given."""
        request = getattr(pb, f"{verb}Request")(**fields)
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:
            request.request_id = str(uuid.uuid4())
        return await self.rig.call(getattr(self.invoices, verb), request, token or self.rig.hq())

    async def begin(self, moment: int = HANDOVER, numbers: int = 100, **terms: Any) -> None:
        """From now on the brand issues invoices; the period does not end under way."""
        if domain_numbers.period_of(self.rig.clock() + timedelta(days=1), ZoneInfo("Asia/Taipei")) != self.period:
            self.rig.clock.advance(days=1)
        given = {"enabled": True, "seller_tax_id": SELLER, "seller_name": "和光", "upload_hours": 48, **terms}
        await self.desk("PutInvoiceTerms", terms=invoice_pb2.InvoiceTerms(moment=moment, **given))  # type: ignore[arg-type]
        if numbers:
            await self.allot(last_number=numbers - 1)

    async def allot(self, **block: Any) -> invoice_pb2.InvoiceBlock:
        given = {"period": self.period, "track": "AB", "first_number": 0, "last_number": 99, **block}
        return (await self.desk("AllotNumbers", block=invoice_pb2.InvoiceBlock(**given))).block  # type: ignore[no-any-return]

    async def of(self, order: order_pb2.Order, token: str = "") -> list[invoice_pb2.Invoice]:
        found = await self.desk("ListInvoices", token, order_id=order.order_id)
        return list(found.invoices)

    async def issued(self, order: order_pb2.Order, many: int = 1) -> list[invoice_pb2.Invoice]:
        """The order's invoices once there are so many, and everything of them has arrived."""

        self.rig.clock.advance(seconds=4)  # an order that begins is looked at a moment later

        async def there() -> list[invoice_pb2.Invoice]:
            found = await self.of(order)
            less = [each.upload for one in found for each in one.allowances]
            arrived = all(each.state == DONE for each in (*(one.upload for one in found), *less))
            return found if len(found) >= many and arrived else []

        return await eventually(there)  # type: ignore[no-any-return]

    async def rest(self) -> None:
        """Nothing of any invoice is under way."""

        async def quiet() -> bool:
            return not await self.rig.rows("SELECT FROM timers WHERE kind LIKE 'invoices.%' AND next_time <= $1",
                                           self.rig.clock())  # fmt: skip

        await eventually(quiet)

    async def anew(self) -> None:
        """As if the brand had never issued any invoice."""
        for table in _TABLES:
            await self.rig.rows(f"DELETE FROM {table}")
        await self.rig.rows("DELETE FROM timers WHERE kind LIKE 'invoices.%'")
        await self.rig.rows("UPDATE reference_head SET head = head + 1")
        self.rig.parts.invoices.held.forget()
        self.book = Book(None)
        self.door.desk = Desk(self.book)

    async def sell(self, *facts: facts_pb2.SaleFact) -> None:
        """A frame of the till in TPE01, as the store door hands it on."""
        first, self.sent = self.sent + 1, self.sent + len(facts)
        token = self.rig.issuer.token("device", TILL, terminal=TILL, locations=["TPE01"])
        stub: Any = sales_rpc.SalesServiceStub(self.rig.channel)
        answer = (await self.rig.call(stub.RecordSales, frame(*facts, first=first), token)).answer
        assert answer.durable_ack == self.sent

    def sold(self, number: str = "", buyer: buyers.InvoiceBuyer | None = None, **more: Any) -> facts_pb2.SaleFact:
        """A coat and a scarf, with what the till says of their invoice."""
        goods = enumerate(PRICES.items(), 1)
        lines = [sold_line(no, sku, 1, listed, tax_total=listed * 5 // 105) for no, (sku, listed) in goods]
        fact = sale(*lines, member_id=more.pop("member_id", ""), receipt_no=f"R-{uuid.uuid4().hex[:8]}", **more)
        fact.business_time.FromDatetime(self.rig.clock())
        fact.invoice.number, fact.invoice.random_code = number, "1234" if number else ""
        if buyer is not None:
            fact.invoice.buyer.CopyFrom(buyer)
        return fact

    async def order_of(self, fact: facts_pb2.SaleFact) -> order_pb2.Order:
        return await self.rig.get(fact.sale_id)

    def fail(self, mode: str, count: int) -> None:
        """What the provider's next documents meet."""
        self.door.desk.fault = Fault(mode, count)


@asynccontextmanager
async def taiwan(databases: Databases) -> AsyncIterator[Taiwan]:
    """The service beside a provider."""
    book = Book(None)
    door = Door("127.0.0.1:0", book)
    address = await door.start()
    try:
        async with rigs.running(databases, more={"OMO_EINVOICE_URL": f"http://{address}"}) as rig:
            yield Taiwan(rig, door=door, book=book)
    finally:
        await door.stop()
        book.close()


def numbers(given: list[invoice_pb2.Invoice], state: int = ISSUED) -> list[str]:
    """In the order in which they were issued."""
    return [one.number for one in reversed(given) if one.state == state]


__all__ = ["BUSINESS", "CONFIRMATION", "HANDOVER", "MOBILE", "TILL", "Rig", "Taiwan", "numbers", "taiwan"]
