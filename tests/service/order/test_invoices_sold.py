"""Receipts of every sale, the invoices that tills issued, and what is left of a buyer who is forgotten."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from kit import timers
from kit.ids import uuid7
from kit.timers import Due
from omo.order.v1 import order_pb2
from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import invoice_pb2 as buyers
from omo.type.v1 import spend_pb2, trade_pb2
from services.order.documents import receipt_pdf
from services.order.privacy.usecases import DELIVER, Persons
from tests.harness.databases import Databases
from tests.service.order.brand import MEMBER, OTHER
from tests.service.order.invoices_rig import BUSINESS, CONFIRMATION, ISSUED, LATER, MOBILE, Taiwan, numbers, taiwan
from tests.service.order.returns_rig import units
from tests.service.order.rig import eventually, line
from tests.service.order.sales_rig import TILL

TAIPEI = ZoneInfo("Asia/Taipei")
SPENT = spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_POINTS, amount=800)


@pytest_asyncio.fixture(scope="module")
async def world(module_databases: Databases) -> AsyncIterator[Taiwan]:
    async with taiwan(module_databases) as running:
        yield running


@pytest_asyncio.fixture
async def shop(world: Taiwan) -> Taiwan:
    await world.anew()
    return world


async def test_a_till_issues_out_of_its_own_block_and_order_where_it_did_not(shop: Taiwan) -> None:
    await shop.begin(numbers=0, number_sales=True)
    await shop.allot(first_number=100, last_number=109, location_id="TPE01", terminal_id=TILL)
    await shop.allot(first_number=200, last_number=209)
    await shop.allot(first_number=300, last_number=309, location_id="TPE01")
    own, none = shop.sold("AB00000103", MOBILE), shop.sold()
    none.ClearField("invoice")
    await shop.sell(own, none)
    (printed,) = await shop.issued(await shop.order_of(own))
    assert (printed.number, printed.random_code, printed.terminal_id) == ("AB00000103", "1234", TILL)
    assert (printed.total.minor_units, printed.masked_carrier, printed.print) == (3990, "/AB*****", False)
    (drawn,) = await shop.issued(await shop.order_of(none))
    assert (drawn.number, drawn.terminal_id, drawn.location_id) == ("AB00000300", "", "TPE01")  # the store's own first
    report = (await shop.desk("ReportNumbers", period=shop.period)).numbers
    blank = {one.block.first_number: [(b.first_number, b.last_number) for b in one.blank] for one in report}
    assert blank == {100: [(100, 102), (104, 109)], 200: [(200, 209)], 300: [(301, 309)]}
    assert [one.block.next_number for one in report] == [104, 200, 301]
    assert await shop.rig.proofs() == {}


async def test_a_sale_is_taken_whatever_its_till_says_of_the_invoice(shop: Taiwan) -> None:
    """Numbers of nobody, used ones, nonsense: kept aside for somebody to look at, and order draws one that is right."""
    await shop.begin(numbers=50)
    await shop.allot(first_number=100, last_number=109, location_id="TPE01", terminal_id=TILL)
    good = shop.sold("AB00000100")
    nonsense = buyers.InvoiceBuyer(tax_id="12345678")
    odd = [shop.sold("AB00000100"), shop.sold("ZZ00000001"), shop.sold("A1"), shop.sold("AB00000101", nonsense)]
    await shop.sell(good, *odd)
    expected = ["NUMBER_USED", "NUMBER_NOT_ALLOTTED", "NUMBER_UNREADABLE", "BUYER_UNREADABLE"]
    for fact in (good, *odd):
        (invoice,) = await shop.issued(await shop.order_of(fact))
        own = fact in (good, odd[3])
        assert invoice.number.startswith("AB000001") is own, invoice.number
        assert invoice.total.minor_units == 3990
    report = await shop.desk("ReportNumbers", period=shop.period)
    found = {one.order_id: one.reason for one in report.misfits}
    assert found == {fact.sale_id: reason for fact, reason in zip(odd, expected, strict=True)}
    kept = await shop.rig.rows("SELECT payload FROM sale_duplicates UNION ALL SELECT payload FROM lane_conflicts")
    assert kept == []
    assert await shop.rig.proofs() == {}


async def test_what_a_till_sold_comes_back_and_its_invoice_follows(shop: Taiwan) -> None:
    await shop.begin(numbers=50)
    await shop.allot(first_number=100, last_number=109, location_id="TPE01", terminal_id=TILL)
    fact = shop.sold("AB00000100", BUSINESS)
    await shop.sell(fact)
    order = await shop.order_of(fact)
    await shop.issued(order)
    back = await shop.back(order.order_id, units(1))
    second, _ = await shop.issued(order, 2)
    assert (numbers([second]), second.total.minor_units, second.sales_amount.minor_units) == (["AB00000000"], 990, 943)

    async def answered() -> bool:
        return (await shop.rows(back.return_id))["INVOICE"] == ("DONE", 3000, 3000)

    await eventually(answered)
    assert await shop.rig.proofs() == {}


async def test_points_at_a_till_are_a_discount_on_no_invoice(shop: Taiwan) -> None:
    """Nor is a line ever lessened by more than it said."""
    await shop.begin(numbers=50)
    soon, late = (shop.sold(buyer=buyer, member_id=MEMBER, tenders=by_points(), spends=[SPENT])
                  for buyer in (BUSINESS, MOBILE))  # fmt: skip
    await shop.sell(soon, late)
    bought = [await shop.order_of(fact) for fact in (soon, late)]
    (stated,), (kept,) = [await shop.issued(order) for order in bought]
    assert [one.amount.minor_units for one in stated.lines] == [2699, 891]
    assert (stated.total.minor_units, stated.tax_amount.minor_units) == (3590, 171)
    receipt = (await shop.desk("GetReceipt", order_id=soon.sale_id)).receipt
    assert (receipt.points.spent, receipt.points.earns_on.minor_units) == (800, 3590)
    document = (await shop.desk("PrintReceipt", order_id=soon.sale_id)).document
    receipt.ClearField("points")
    assert document != receipt_pdf.render(receipt, TAIPEI), "the points are printed"
    shop.rig.clock.advance(**LATER)
    for part in (units(1), units(2)):
        await shop.back(bought[1].order_id, part, token=shop.clerk("manager"), override=True)
        await shop.rest()
    (lessened,) = await shop.issued(bought[1])
    assert [one.amount.minor_units for one in lessened.allowances] == [one.amount.minor_units for one in kept.lines]
    assert lessened.allowed.minor_units == lessened.total.minor_units == 3590
    assert await shop.rig.proofs() == {}


@pytest.mark.parametrize(
    ("paid_last", "left"), [("CARD_PRESENT", 3000 - 400), ("POINTS", 3000)], ids=["card", "points"]
)
async def test_in_its_period_what_is_left_states_what_money_pays(shop: Taiwan, paid_last: str, left: int) -> None:
    """The last tender gives first: where that was the card all the points pay for the coat, else they went back."""
    await shop.begin(numbers=50)
    tenders = sorted(by_points(), key=lambda one: trade_pb2.TenderKind.Name(one.kind) == f"TENDER_KIND_{paid_last}")
    fact = shop.sold(buyer=MOBILE, member_id=MEMBER, tenders=tenders, spends=[SPENT])
    await shop.sell(fact)
    order = await shop.order_of(fact)
    await shop.issued(order)
    scarf = await shop.back(order.order_id, units(2), location_id="TPE01", token=shop.rig.hq())
    gave = {trade_pb2.TenderKind.Name(one.kind): one.amount.minor_units for one in scarf.refund.tenders}
    assert gave.get("TENDER_KIND_POINTS", 0) == 400 - (3000 - left)
    (second, _) = await shop.issued(order, 2)
    assert second.total.minor_units == left
    assert await shop.rig.proofs() == {}


def by_points() -> list[facts_pb2.SaleTender]:
    """Points pay a part of it, a card the rest."""
    points, card = trade_pb2.TENDER_KIND_POINTS, trade_pb2.TENDER_KIND_CARD_PRESENT
    return [facts_pb2.SaleTender(kind=points, amount=400), facts_pb2.SaleTender(kind=card, amount=3590)]


async def test_goods_of_a_voucher_class_have_no_invoice(shop: Taiwan) -> None:
    await shop.begin(voucher_tax_classes=["standard"])
    fact = shop.sold()
    await shop.sell(fact)
    await shop.rest()
    assert await shop.of(await shop.order_of(fact)) == []


async def test_a_receipt_says_all_of_a_sale_and_is_found_by_its_code(shop: Taiwan) -> None:
    await shop.begin(numbers=50)
    fact = shop.sold(buyer=MOBILE, member_id=MEMBER)
    await shop.sell(fact)
    order = await shop.order_of(fact)
    await shop.issued(order)
    receipt = (await shop.desk("GetReceipt", shop.rig.member(), order_id=order.order_no)).receipt
    assert (receipt.order.order_id, receipt.brand_tax_id) == (fact.sale_id, "04595257")
    assert receipt.cashier_staff_code == "A102"
    assert [(one.rate_bp, one.base.minor_units, one.tax.minor_units) for one in receipt.taxes] == [(500, 3801, 189)]
    assert [one.total.minor_units for one in receipt.invoices] == [3990]
    assert [one.amount.minor_units for one in receipt.order.tenders] == [3990]
    assert (receipt.points.spent, receipt.points.earns_on.minor_units) == (0, 3990)
    # whoever works in any store finds it by what is printed on it, and by nothing else
    elsewhere = shop.clerk()
    assert (await shop.desk("GetReceipt", elsewhere, code=receipt.code)).receipt.order.order_id == fact.sale_id
    unknown = await shop.rig.fault(shop.desk("GetReceipt", elsewhere, order_id=order.order_no))
    forged = await shop.rig.fault(shop.desk("GetReceipt", elsewhere, code=receipt.code[:-1]))
    another = await shop.rig.fault(shop.desk("GetReceipt", shop.rig.member(OTHER), code=receipt.code))
    assert [one.reason for one in (unknown, forged, another)] == ["NOT_FOUND", "RECEIPT_CODE_INVALID", "NOT_FOUND"]


async def test_a_receipt_is_printed_with_its_codes(shop: Taiwan) -> None:
    await shop.begin(CONFIRMATION)
    order = await shop.rig.place(lines=[line(quantity=2), line("SCARF")], invoice=BUSINESS)
    await shop.issued(order)
    document = (await shop.desk("PrintReceipt", shop.rig.member(), order_id=order.order_id)).document
    again = (await shop.desk("PrintReceipt", order_id=order.order_id)).document
    assert document.startswith(b"%PDF-")
    assert document == again  # the same sale is the same page
    assert b"MSung-Light" in document
    assert (await shop.desk("PrintReceipt", order_id=(await bare(shop)).order_id)).document != document


async def bare(shop: Taiwan) -> order_pb2.Order:
    """An order of a brand that issues no invoices: it has a receipt all the same."""
    await shop.anew()
    return await shop.rig.place()


async def test_a_buyer_takes_his_words_along_and_is_forgotten(shop: Taiwan) -> None:
    await shop.begin(CONFIRMATION)
    shop.fail("away", 1)
    order = await shop.rig.place(invoice=MOBILE)

    async def stands() -> bool:
        return bool(await shop.of(order))

    shop.rig.clock.advance(seconds=4)
    await eventually(stands)
    await shop.rig.rows("UPDATE fulfilments SET state = 'CANCELLED'")  # nothing else stands in the way
    async with shop.rig.db.transaction() as tx:
        await shop.rig.parts.persons.ask(tx, "e1", 1, [MEMBER])
        payload = await tx.fetchval("SELECT payload FROM outbox WHERE subject LIKE '%ErasureAnswered%'")
    assert order.order_id.encode() in payload  # its invoice is still to be handed in with his carrier on it
    shop.rig.clock.advance(minutes=1)
    await shop.issued(order)
    assert [one["carrier"] for one in await taken_along(shop)] == ["/ABC+123"]
    async with shop.rig.db.transaction() as tx:
        await shop.rig.parts.persons.scrub(tx, "e1", [MEMBER])
    assert await taken_along(shop) == []
    (invoice,) = await shop.of(order)
    assert (invoice.state, invoice.masked_carrier, invoice.total.minor_units) == (ISSUED, "", 3000)


async def taken_along(shop: Taiwan) -> list[dict[str, str]]:
    """What a person's copy says of him as a buyer."""
    given: list[bytes] = []

    class Member:
        async def DeliverExportPart(self, request: Any, timeout: float) -> None:
            given.append(request.data)

    persons = Persons(shop.rig.db, shop.rig.clock, Member(), shop.rig.parts.invoices.seals)  # type: ignore[arg-type]
    export_id, payload = uuid7(), json.dumps([MEMBER]).encode()
    async with shop.rig.db.transaction() as tx:  # not due for the service's own loop
        fence = await timers.schedule(tx, DELIVER, export_id, shop.rig.clock() + timedelta(days=1), payload)
    await persons.deliver(Due(DELIVER, export_id, payload, fence=fence))
    kept = json.loads(b"".join(given))
    assert isinstance(kept["invoices"], list)
    found: list[dict[str, str]] = kept["invoice_buyers"]
    return found


@pytest.mark.parametrize("name", ["0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55", "NOPE-1"])
async def test_there_is_no_receipt_of_nothing(shop: Taiwan, name: str) -> None:
    for verb in ("GetReceipt", "ListInvoices"):
        fault = await shop.rig.fault(shop.desk(verb, order_id=name))
        assert fault.reason == "NOT_FOUND"
