"""Electronic invoices: issued, voided, lessened and handed in, whatever happens to the units or to the provider."""

import hashlib
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from omo.order.v1 import order_edit_service_pb2 as edit_pb
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.type.v1 import invoice_pb2 as buyers
from services.order.invoices.domain import Buyer
from tests.harness.databases import Databases
from tests.service.order import brand
from tests.service.order.edits_rig import apply, more, preview, wish
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


def said(**words: Any) -> edit_pb.EditAction:
    return edit_pb.EditAction(set_invoice=buyers.InvoiceBuyer(**words))


async def keeps_nothing_of(shop: Taiwan, given: edit_pb.ApplyEditRequest, word: bytes) -> None:
    """Neither the word, nor a hash by which it could be guessed."""
    (kept,) = await shop.rig.rows("SELECT asked, fingerprint FROM order_edits WHERE order_id = $1", given.order_id)
    assert word not in kept["asked"]
    bare = edit_pb.ApplyEditRequest()
    bare.CopyFrom(given)
    bare.ClearField("request_id")
    assert kept["fingerprint"] != hashlib.sha256(bare.SerializeToString(deterministic=True)).digest()


async def test_a_buyer_says_anew_for_whom_it_is_until_it_is_issued(shop: Taiwan) -> None:
    without = await shop.rig.place()
    none = await preview(shop.rig, without.order_id, said(tax_id="10458575"))
    assert [one.reason for one in none.failures] == ["EDIT_REFUSED"]
    await shop.begin()
    order, store, mine = await shop.rig.place(invoice=MOBILE), Store(shop.rig), shop.rig.member()
    for words, field in (
        ({"tax_id": "10458576"}, "tax_id"),
        ({"tax_id": "10458575", "donation_code": "919"}, "tax_id"),
        ({"carrier_kind": buyers.CARRIER_KIND_MOBILE_BARCODE, "carrier": "ABC"}, "carrier"),
        ({"donation_code": "919", "print": True}, "print"),
    ):
        (wrong,) = (await preview(shop.rig, order.order_id, said(**words), token=mine)).failures
        assert (wrong.reason, wrong.field) == ("FIELD_INVALID", f"actions[0].set_invoice.{field}")
        refused = await shop.rig.fault(apply(shop.rig, wish(order.order_id, order.version, said(**words)), mine))
        assert (refused.reason, refused.metadata) == ("FIELD_INVALID", {"field": wrong.field, "rule": wrong.detail})
    asked = said(tax_id="10458575")
    seen = await preview(shop.rig, order.order_id, asked, token=mine)
    assert (seen.possible, seen.before, seen.invoice.masked_tax_id, seen.invoice.print) == (
        True, seen.after, "*****575", True,
    )  # fmt: skip
    both = await preview(shop.rig, order.order_id, asked, more())
    assert [one.action_no for one in both.failures] == [-1], "what is said of people waits for no payment"
    given = wish(order.order_id, seen.version, asked, reason="WRONG_ITEM")
    done = await apply(shop.rig, given, mine)
    assert await apply(shop.rig, given, mine) == done, "asked again, answered the same"
    assert (done.edit.state, done.edit.actions[0].set_invoice) == ("APPLIED", buyers.InvoiceBuyer())
    await keeps_nothing_of(shop, given, b"10458575")
    other = wish(order.order_id, seen.version, said(), reason="WRONG_ITEM", request_id=given.request_id)
    assert (await shop.rig.fault(apply(shop.rig, other, mine))).reason == "REQUEST_REUSED"
    ready = await store.made_ready(order.order_id)
    await store.hand_over(ready.fulfilment_id, await store.pin(order.order_id))
    (invoice,) = await shop.issued(order)
    assert (invoice.masked_tax_id, invoice.masked_carrier, invoice.print) == ("*****575", "", True)
    (told,) = (await preview(shop.rig, order.order_id, said())).failures
    assert (told.reason, invoice.number in told.detail) == ("EDIT_TOO_LATE", True)
    async with shop.rig.db.transaction() as tx:  # whoever looked before it was issued is told behind the lock
        assert not await shop.rig.parts.invoices.keeping.change(tx, order.order_id, Buyer())
    assert await shop.rig.proofs() == {}
