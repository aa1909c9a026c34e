"""A past sale claimed by its electronic invoice: by the number on paper, or by the buyer's own carrier."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from omo.order.v1 import sales_service_pb2 as pb
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
from omo.storefacts.v1 import facts_pb2
from tests.harness.databases import Databases
from tests.service.order.brand import MEMBER, OTHER
from tests.service.order.invoices_rig import MOBILE, TILL, Taiwan, taiwan

TOTAL = 3990


@pytest_asyncio.fixture(scope="module")
async def world(module_databases: Databases) -> AsyncIterator[Taiwan]:
    async with taiwan(module_databases) as running:
        yield running


@pytest_asyncio.fixture
async def shop(world: Taiwan) -> Taiwan:
    await world.anew()
    await world.rig.rows("DELETE FROM claim_misses")
    await world.begin(numbers=50)
    await world.allot(first_number=100, last_number=109, location_id="TPE01", terminal_id=TILL)
    return world


async def claim(shop: Taiwan, token: str = "", **said: Any) -> str:
    """The sale that is the shopper's now."""
    stub: Any = sales_rpc.SalesServiceStub(shop.rig.channel)
    request = pb.ClaimSaleRequest(request_id=str(uuid.uuid4()), **{"member_id": MEMBER, **said})
    return (await shop.rig.call(stub.ClaimSale, request, token or shop.rig.member())).order_id  # type: ignore[no-any-return]


def said(sold: facts_pb2.SaleFact) -> dict[str, Any]:
    """What the receipt says beside its number."""
    day = sold.business_time.ToDatetime(UTC).astimezone(ZoneInfo("Asia/Taipei"))
    return {"day": f"{day:%Y-%m-%d}", "grand_total": TOTAL}


@pytest.mark.parametrize("written", ["AB00000100", "AB-00000100", " ab-00000100 "])
async def test_a_receipt_is_known_by_the_number_of_its_invoice(shop: Taiwan, written: str) -> None:
    sold = shop.sold("AB00000100")
    await shop.sell(sold)
    assert await claim(shop, receipt_no=written, **said(sold)) == sold.sale_id
    (order,) = await shop.rig.rows("SELECT member_id::text FROM orders WHERE order_id = $1", sold.sale_id)
    assert order["member_id"] == MEMBER
    assert await shop.rig.proofs() == {}


async def test_a_receipt_is_known_by_its_carrier_day_and_total(shop: Taiwan) -> None:
    sold, other = shop.sold("AB00000100", MOBILE), shop.sold("AB00000101")
    await shop.sell(sold, other)
    for wrong, reason, field in (
        ({"carrier": "ABC+123"}, "FIELD_INVALID", "carrier"),
        ({"carrier": MOBILE.carrier, "receipt_no": "AB00000100"}, "FIELD_INVALID", "carrier"),
        ({}, "FIELD_INVALID", "receipt_no"),
        ({"carrier": "/ABC+124"}, "SALE_UNKNOWN", "carrier"),
        ({"carrier": MOBILE.carrier, "grand_total": TOTAL - 1}, "SALE_UNKNOWN", "carrier"),
    ):
        no = await shop.rig.fault(claim(shop, **said(sold) | wrong))
        assert (no.reason, no.metadata["field"]) == (reason, field)
    assert len((await shop.rig.rows("SELECT times FROM claim_misses"))[0]["times"]) == 2, "a guess counts as one"
    assert await claim(shop, carrier=MOBILE.carrier.lower(), **said(sold)) == sold.sale_id
    (kept,) = await shop.rig.rows("SELECT proof FROM sale_claims WHERE order_id = $1", sold.sale_id)
    assert kept["proof"] == "CARRIER"
    taken = claim(shop, shop.rig.member(OTHER), member_id=OTHER, carrier=MOBILE.carrier, **said(sold))
    no = await shop.rig.fault(taken)
    assert (no.reason, no.metadata["field"]) == ("SALE_TAKEN", "carrier")


async def test_two_sales_on_one_carrier_are_nobodys_to_choose_from(shop: Taiwan) -> None:
    both = [shop.sold("AB00000100", MOBILE), shop.sold("AB00000101", MOBILE)]
    await shop.sell(*both)
    assert (await shop.rig.fault(claim(shop, carrier=MOBILE.carrier, **said(both[0])))).reason == "SALE_UNKNOWN"
    # at the till of its store the number says which
    clerk, here = shop.rig.staff("TPE01"), {"location_id": "TPE01"}
    assert await claim(shop, clerk, receipt_no="AB-00000101", **here) == both[1].sale_id
    assert await claim(shop, clerk, receipt_no="AB-00000100", **here) == both[0].sale_id


async def test_staff_who_see_a_barcode_need_the_receipt_as_well(shop: Taiwan) -> None:
    sold = shop.sold("AB00000100", MOBILE)
    await shop.sell(sold)
    by = {"carrier": MOBILE.carrier, "location_id": "TPE01"}
    for token in (shop.rig.staff("TPE01"), shop.rig.hq()):
        no = await shop.rig.fault(claim(shop, token, **by))
        assert (no.reason, no.metadata["field"]) == ("FIELD_INVALID", "day")
    assert await claim(shop, shop.rig.staff("TPE01"), **by, **said(sold)) == sold.sale_id


async def test_a_carrier_finds_no_sale_that_has_no_number_at_all(shop: Taiwan) -> None:
    sold = shop.sold("AB00000100")
    sold.receipt_no = ""
    await shop.sell(sold)
    assert (await shop.rig.fault(claim(shop, carrier="/AAAAAAA", **said(sold)))).reason == "SALE_UNKNOWN"
    assert (await shop.rig.fault(claim(shop, carrier=" ", **said(sold)))).reason == "FIELD_INVALID"


async def test_what_the_invoice_says_is_as_good_as_what_the_sale_says(shop: Taiwan) -> None:
    """It is without vouchers, and may have been drawn on a later day."""
    await shop.begin(numbers=0, number_sales=True)
    sold = shop.sold()
    sold.ClearField("invoice")
    await shop.sell(sold)
    (paper,) = await shop.issued(await shop.order_of(sold))
    later = "UPDATE invoices SET total = total - 90, sales = sales - 90, issue_time = issue_time + interval '1 day'"
    await shop.rig.rows(later)
    shop.rig.clock.advance(days=1)
    words: dict[str, Any] = {
        "day": f"{shop.rig.clock().astimezone(ZoneInfo('Asia/Taipei')):%Y-%m-%d}",
        "grand_total": TOTAL - 90,
    }
    assert await claim(shop, receipt_no=paper.number, **words) == sold.sale_id


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2020-02-29"])
async def test_no_sale_is_of_a_day_that_is_none_of_ours(shop: Taiwan, day: str) -> None:
    sold = shop.sold("AB00000100", MOBILE)
    await shop.sell(sold)
    no = await shop.rig.fault(claim(shop, carrier=MOBILE.carrier, day=day, grand_total=TOTAL))
    assert (no.reason, no.metadata["field"]) == ("SALE_UNKNOWN", "day")
