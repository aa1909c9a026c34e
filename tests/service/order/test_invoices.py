"""Electronic invoices: issued, voided, lessened and handed in, whatever happens to the units or to the provider."""

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from omo.order.v1 import order_service_pb2 as orders_pb
from omo.type.v1 import invoice_pb2 as buyers
from tests.harness.databases import Databases
from tests.service.order import brand
from tests.service.order.fulfilment_rig import Store
from tests.service.order.invoices_rig import (
    BUSINESS,
    CONFIRMATION,
    DONE,
    ISSUED,
    LATER,
    MOBILE,
    VOIDED,
    Taiwan,
    numbers,
    taiwan,
)
from tests.service.order.returns_rig import units
from tests.service.order.rig import eventually, line


@pytest_asyncio.fixture(scope="module")
async def world(module_databases: Databases) -> AsyncIterator[Taiwan]:
    async with taiwan(module_databases) as running:
        yield running


@pytest_asyncio.fixture
async def shop(world: Taiwan) -> Taiwan:
    await world.anew()
    return world


async def test_a_handed_over_order_gets_its_invoice_and_shows_it_masked(shop: Taiwan) -> None:
    await shop.begin()
    order = await shop.rig.place(lines=[line(quantity=2), line("SCARF")], invoice=MOBILE)
    assert await shop.of(order) == []
    store = Store(shop.rig)
    ready = await store.made_ready(order.order_id)
    await store.hand_over(ready.fulfilment_id, await store.pin(order.order_id))
    (invoice,) = await shop.issued(order)
    assert (invoice.number, invoice.period, invoice.state) == ("AB00000000", shop.period, ISSUED)
    stated = (invoice.total.minor_units, invoice.sales_amount.minor_units, invoice.tax_amount.minor_units)
    assert stated == (6990, 6990, 0)
    assert [(one.unit.line_no, one.unit.first, one.unit.last) for one in invoice.lines] == [(1, 0, 1), (2, 0, 0)]
    assert (invoice.masked_carrier, invoice.print, invoice.barcode, invoice.left_qr) == ("/AB*****", False, "", "")
    shown = await shop.rig.call(shop.rig.orders.GetOrder, orders_pb.GetOrderRequest(order_id=order.order_id))
    assert [(one.number, one.masked_carrier) for one in shown.order.invoices] == [("AB00000000", "/AB*****")]
    assert not shown.order.invoices[0].lines
    (row,) = await shop.rig.rows("SELECT sealed, carrier_hash FROM invoice_orders")
    assert b"ABC" not in row["sealed"] + row["carrier_hash"]
    assert shop.book.many() == {"issue:accepted": 1}
    assert await shop.rig.proofs() == {}


async def test_a_business_is_told_its_tax_on_paper(shop: Taiwan) -> None:
    await shop.begin(CONFIRMATION)
    order = await shop.rig.place(invoice=BUSINESS)
    (invoice,) = await shop.issued(order)
    stated = (invoice.total.minor_units, invoice.sales_amount.minor_units, invoice.tax_amount.minor_units)
    assert stated == (3000, 2857, 143)
    assert (invoice.print, invoice.masked_tax_id) == (True, "*****575")
    assert invoice.left_qr[:10] == invoice.number
    assert invoice.left_qr[37:53] == "10458575" + "04595257"
    assert invoice.barcode.endswith(invoice.number + invoice.random_code)


async def test_a_brand_without_invoices_has_none_and_its_boards_list_none(shop: Taiwan) -> None:
    order = await shop.bought(lines=[line(quantity=2)], invoice=MOBILE)
    back = await shop.back(order.order_no, units(1))
    assert "INVOICE" not in await shop.rows(back.return_id)
    assert await shop.of(order) == []
    assert [await shop.rig.rows(f"SELECT FROM {each}") for each in ("invoice_orders", "invoices")] == [[], []]
    timers = await shop.rig.rows("SELECT FROM timers WHERE kind LIKE 'invoices.%'")
    assert timers == []


@pytest.mark.parametrize("where", ["Quote", "PlaceOrder"])
async def test_what_a_buyer_must_not_say_is_refused_by_field(shop: Taiwan, where: str) -> None:
    wrong = buyers.InvoiceBuyer(donation_code="919", tax_id="10458575")
    wish = brand.wish(invoice=wrong)
    if where == "Quote":
        asked = orders_pb.QuoteRequest(channel_id="web", lines=wish.lines, invoice=wrong)
        fault = await shop.rig.fault(shop.rig.call(shop.rig.orders.Quote, asked))
    else:
        fault = await shop.rig.fault(shop.rig.call(shop.rig.orders.PlaceOrder, wish))
    assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", "invoice.tax_id")
    assert await shop.rig.rows("SELECT FROM invoice_orders") == []


async def test_in_its_period_an_invoice_is_voided_and_the_rest_issued_anew(shop: Taiwan) -> None:
    await shop.begin()
    order = await shop.bought(lines=[line(quantity=2), line("SCARF")], invoice=MOBILE)
    await shop.issued(order)
    back = await shop.back(order.order_no, units(1))
    assert (await shop.rows(back.return_id))["INVOICE"] in (("PENDING", 3000, 0), ("DONE", 3000, 3000))
    second, first = await shop.issued(order, 2)
    assert (first.state, first.void_reason, first.upload.verb) == (VOIDED, "RETURNED", "VOID")
    assert (second.state, second.replaces_invoice_id, second.total.minor_units) == (ISSUED, first.invoice_id, 3990)

    async def answered() -> bool:
        return (await shop.rows(back.return_id))["INVOICE"] == ("DONE", 3000, 3000)

    await eventually(answered)
    await shop.back(order.order_no, units(1), units(2))
    await shop.rest()
    assert numbers(await shop.of(order)) == []  # nothing is left to pay for: no third one
    assert shop.book.many() == {"issue:accepted": 2, "void:accepted": 2}
    assert await shop.rig.proofs() == {}


async def test_afterwards_it_is_lessened_never_below_nothing(shop: Taiwan) -> None:
    await shop.begin()
    order = await shop.bought(lines=[line(quantity=2), line("SCARF")], invoice=BUSINESS)
    await shop.issued(order)
    shop.rig.clock.advance(**LATER)
    for part in ([units(1)], [units(1), units(2)]):
        back = await shop.back(order.order_no, *part, token=shop.clerk("manager"), override=True)
        await shop.rest()

        async def answered(refund_id: str = back.return_id) -> bool:
            return (await shop.rows(refund_id))["INVOICE"][0] == "DONE"

        await eventually(answered)
    (invoice,) = await shop.issued(order)
    assert (invoice.state, invoice.allowed.minor_units, invoice.total.minor_units) == (ISSUED, 6990, 6990)
    less = [(one.number, one.amount.minor_units, one.tax_amount.minor_units) for one in invoice.allowances]
    assert [amount for _, amount, _ in less] == [3000, 3990]
    assert sum(tax for _, _, tax in less) == invoice.tax_amount.minor_units
    assert [number for number, _, _ in less] == [f"{invoice.number}01", f"{invoice.number}02"]
    assert shop.book.many() == {"allow:accepted": 2, "issue:accepted": 1}
    assert await shop.rig.proofs() == {}


async def test_an_order_that_ends_whole_has_its_invoice_voided(shop: Taiwan) -> None:
    await shop.begin(CONFIRMATION)
    order = await shop.rig.place()
    await shop.issued(order)
    asked = orders_pb.CancelOrderRequest(request_id=str(uuid.uuid4()), order_id=order.order_id, reason="CHANGED_MIND")
    await shop.rig.call(shop.rig.orders.CancelOrder, asked)

    async def voided() -> bool:
        found = [(one.state, one.upload.verb, one.upload.state) for one in await shop.of(order)]
        return found == [(VOIDED, "VOID", DONE)]

    await eventually(voided)
    assert await shop.rig.proofs() == {}


async def test_an_order_that_never_came_to_be_keeps_nothing_of_its_buyer(shop: Taiwan) -> None:
    await shop.begin()
    fault = await shop.rig.fault(shop.rig.place(instrument="sim_decline", invoice=MOBILE))
    assert fault.reason == "PAYMENT_DECLINED"
    shop.rig.clock.advance(hours=3)
    await shop.rest()
    assert await shop.rig.rows("SELECT FROM invoices") == []
    await shop.rig.rows("DELETE FROM invoice_orders")  # of the order that was declined
    await shop.rig.parts.invoices.keep(str(uuid.uuid4()), None, None)
    shop.rig.clock.advance(hours=3)
    await eventually(lambda: _gone(shop))


async def _gone(shop: Taiwan) -> bool:
    return await shop.rig.rows("SELECT FROM invoice_orders") == []


async def test_terms_are_headquarters_and_change_from_now_on(shop: Taiwan) -> None:
    assert (await shop.desk("GetInvoiceTerms")).terms.version == 0
    await shop.begin(numbers=0)
    terms = (await shop.desk("GetInvoiceTerms")).terms
    assert (terms.version, terms.enabled, terms.upload_hours) == (1, True, 48)
    wrong = await shop.rig.fault(shop.begin(numbers=0, seller_tax_id="12345678"))
    assert wrong.metadata["field"] == "terms.seller_tax_id"
    for verb in ("PutInvoiceTerms", "AllotNumbers", "ReportNumbers", "ExportInvoices"):
        denied = await shop.rig.fault(shop.desk(verb, shop.rig.member()))
        assert denied.reason == "PERMISSION_DENIED", verb
    fault = await shop.rig.fault(shop.desk("ListInvoices", shop.rig.member()))
    assert fault.metadata["field"] == "order_id"
