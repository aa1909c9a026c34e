"""A past sale claimed by its electronic invoice: by the number on paper, or by the buyer's own carrier."""

import uuid
from collections.abc import AsyncIterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from omo.order.v1 import sales_service_pb2 as pb
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
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


def today(shop: Taiwan) -> dict[str, Any]:
    """What every receipt of the test says beside its number."""
    return {"day": f"{shop.rig.clock().astimezone(ZoneInfo('Asia/Taipei')):%Y-%m-%d}", "grand_total": TOTAL}


@pytest.mark.parametrize("written", ["AB00000100", "AB-00000100", " ab-00000100 "])
async def test_a_receipt_is_known_by_the_number_of_its_invoice(shop: Taiwan, written: str) -> None:
    sold = shop.sold("AB00000100")
    await shop.sell(sold)
    assert await claim(shop, receipt_no=written, **today(shop)) == sold.sale_id
    (order,) = await shop.rig.rows("SELECT member_id::text FROM orders WHERE order_id = $1", sold.sale_id)
    assert order["member_id"] == MEMBER
    assert await shop.rig.proofs() == {}


async def test_a_receipt_is_known_by_its_carrier_day_and_total(shop: Taiwan) -> None:
    sold, other = shop.sold("AB00000100", MOBILE), shop.sold("AB00000101")
    await shop.sell(sold, other)
    for said, reason, field in (
        ({"carrier": "ABC+123"}, "FIELD_INVALID", "carrier"),
        ({"carrier": MOBILE.carrier, "receipt_no": "AB00000100"}, "FIELD_INVALID", "carrier"),
        ({}, "FIELD_INVALID", "receipt_no"),
        ({"carrier": "/ABC+124"}, "SALE_UNKNOWN", "carrier"),
        ({"carrier": MOBILE.carrier, "grand_total": TOTAL - 1}, "SALE_UNKNOWN", "carrier"),
    ):
        no = await shop.rig.fault(claim(shop, **today(shop) | said))
        assert (no.reason, no.metadata["field"]) == (reason, field)
    assert len((await shop.rig.rows("SELECT times FROM claim_misses"))[0]["times"]) == 2, "a guess counts as one"
    assert await claim(shop, carrier=MOBILE.carrier.lower(), **today(shop)) == sold.sale_id
    (kept,) = await shop.rig.rows("SELECT proof FROM sale_claims WHERE order_id = $1", sold.sale_id)
    assert kept["proof"] == "CARRIER"
    taken = claim(shop, shop.rig.member(OTHER), member_id=OTHER, carrier=MOBILE.carrier, **today(shop))
    no = await shop.rig.fault(taken)
    assert (no.reason, no.metadata["field"]) == ("SALE_TAKEN", "carrier")


async def test_two_sales_on_one_carrier_are_nobodys_to_choose_from(shop: Taiwan) -> None:
    sold = [shop.sold("AB00000100", MOBILE), shop.sold("AB00000101", MOBILE)]
    await shop.sell(*sold)
    assert (await shop.rig.fault(claim(shop, carrier=MOBILE.carrier, **today(shop)))).reason == "SALE_UNKNOWN"
    # at the till of its store, whose staff see the barcode, the number still says which
    clerk, here = shop.rig.staff("TPE01"), {"location_id": "TPE01"}
    assert (await shop.rig.fault(claim(shop, clerk, carrier=MOBILE.carrier, **here))).reason == "SALE_UNKNOWN"
    assert await claim(shop, clerk, receipt_no="AB-00000101", **here) == sold[1].sale_id
    assert await claim(shop, clerk, receipt_no="AB-00000100", **here) == sold[0].sale_id
