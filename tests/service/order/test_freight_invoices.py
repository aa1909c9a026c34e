"""What bringing goods costs stands on their invoice and receipt, for as long as it is the buyer's to pay."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from omo.order.v1 import invoice_pb2
from tests.harness.databases import Databases
from tests.service.order.freight_rig import put, shipped
from tests.service.order.fulfilment_rig import Store
from tests.service.order.invoices_rig import BUSINESS, CONFIRMATION, ISSUED, VOIDED, Taiwan, taiwan
from tests.service.order.returns_rig import units
from tests.service.order.rig import eventually, line
from tests.service.order.sourcing_rig import Sourcing, decided, given_up


@pytest_asyncio.fixture
async def shop(databases: Databases) -> AsyncIterator[Taiwan]:
    async with taiwan(databases) as running:
        await put(running.rig)
        yield running


def told(invoice: invoice_pb2.Invoice) -> list[tuple[int, str, int]]:
    return [(one.unit.line_no, one.name, one.amount.minor_units) for one in invoice.lines]


async def test_the_fee_is_on_the_first_invoice_and_goes_with_all_its_goods(shop: Taiwan) -> None:
    await shop.begin()
    order = await shop.rig.place(lines=[shipped("SCARF", 2)], invoice=BUSINESS)
    sourcing = Sourcing(shop.rig)
    await sourcing.hear(decided(order.order_id, 2, (1, "WH1", 2, "d1")))
    await sourcing.sent(order.order_id, "WH1", 1980 + 80)
    (invoice,) = await shop.issued(order)
    assert told(invoice) == [(1, "Scarf", 1980), (0, "運費 Shipping", 80)]
    stated = (invoice.total.minor_units, invoice.sales_amount.minor_units, invoice.tax_amount.minor_units)
    assert stated == (2060, 1962, 98)
    receipt = (await shop.desk("GetReceipt", order_id=order.order_id)).receipt
    assert receipt.order.totals.shipping_total.minor_units == 80
    assert sum(one.base.minor_units + one.tax.minor_units for one in receipt.taxes) == 2060

    await shop.back(order.order_id, units(1, 1))
    found = await shop.issued(order, 2)
    assert [(one.state, told(one)) for one in found if one.state == ISSUED] == [
        (ISSUED, [(1, "Scarf", 990), (0, "運費 Shipping", 80)])
    ]
    await shop.back(order.order_id, units(1, 1))
    assert await eventually(lambda: _all(shop, order, VOIDED))
    assert await shop.rig.proofs() == {}
    forged = "UPDATE invoices SET state = 'ISSUED', void_time = NULL WHERE order_id = $1"
    await shop.rig.rows(forged, order.order_id)
    assert "invoices.a_way_that_was_paid_back_is_taken_off" in await shop.rig.proofs()


async def test_what_is_never_sent_is_taken_off_the_invoice_with_its_way(shop: Taiwan) -> None:
    await shop.begin(CONFIRMATION)
    order = await shop.rig.place(lines=[shipped("COAT"), line("SCARF")])
    (invoice,) = await shop.issued(order)
    assert told(invoice) == [(1, "Coat", 3000), (2, "Scarf", 990), (0, "運費 Shipping", 80)]
    await Sourcing(shop.rig).hear(given_up(order.order_id, 2, lacking=[(1, 1)]))
    left = [one for one in await shop.issued(order, 2) if one.state == ISSUED]
    assert [told(one) for one in left] == [[(2, "Scarf", 990)]]
    store = Store(shop.rig)
    ready = await store.made_ready(order.order_id, "TPE01")
    await store.hand_over(ready.fulfilment_id, await store.pin(order.order_id))
    await shop.rest()
    assert await shop.rig.proofs() == {}


async def _all(shop: Taiwan, order: Any, state: int) -> bool:
    shop.rig.clock.advance(seconds=4)
    return {one.state for one in await shop.of(order)} == {state}
