"""A till that heard the reference data sells without a line, and what it sold arrives."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from omo.inventory.v1 import catalogue_pb2
from omo.inventory.v1.catalogue_events_pb2 import PriceListChanged
from omo.order.v1.invoice_events_pb2 import InvoiceBlockChanged
from omo.order.v1.invoice_pb2 import InvoiceBlock
from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import storelink_service_pb2 as pb
from omo.type.v1 import trade_pb2
from omo_storelink import Basket, BlockingTill, Credential, Door, Hears, Limits, Line, NotAllowedOffline, Till
from tests.harness.chaos import ChaosProxy, Mode
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner, ValkeyCorner
from tests.service.storelink.masters import make_streams, product, publish
from tests.service.storelink.rig import QUICK, Rig, eventually, open_rig

CASH = trade_pb2.TENDER_KIND_CASH
SKUS = tuple(f"S{number}" for number in range(5))


def _prices(amount: int, version: int) -> catalogue_pb2.PriceList:
    listed = catalogue_pb2.PriceList(price_list_id="retail", currency_code="TWD", tax_included=True, version=version)
    for sku in SKUS:
        listed.prices.add(sku=sku, amount=amount)
    return listed


@pytest_asyncio.fixture
async def rig(databases: Databases, valkey: ValkeyCorner, nats: NatsCorner) -> AsyncIterator[Rig]:
    """A door that has reference data to tell."""
    await make_streams(nats)
    async with open_rig(databases, valkey.client, nats) as opened:
        opened.data.products = [product(sku) for sku in SKUS]
        opened.data.price_lists = [_prices(100, 1)]
        opened.data.tax_classes = [catalogue_pb2.TaxClass(tax_class="standard", rate_bp=500)]
        yield opened


def _till(rig: Rig, folder: Path, address: str = "", limits: Limits | None = None, hears: Hears | None = None) -> Till:
    door = Door(address or rig.address, Credential("terminal-0001", "terminal-0001"), insecure=True)
    return Till(folder, door, limits=limits, hears=hears, pace=QUICK)


def _sale(till: Till, *skus: str) -> facts.SaleFact:
    offer = till.pricer("stores", "TWD").offer(Basket([Line(sku, 1) for sku in skus]))
    return offer.sale(str(uuid.uuid4()), "A102", {CASH: offer.payable})


async def test_prices_heard_then_changed_then_used_without_a_line(rig: Rig, nats: NatsCorner, tmp_path: Path) -> None:
    proxy = ChaosProxy(rig.address)
    async with _till(rig, tmp_path, await proxy.start()) as till:
        await eventually(lambda: len(till.reference.cursors()) == 3)
        assert till.location_id == "TPE01"
        sold = await till.sell(_sale(till, "S1", "bar-S2"))
        assert (sold.receipt_no, sold.offline) == ("NAL-0001-0000001", False)
        assert [line.sku for line in sold.lines] == ["S1", "S2"]
        await publish(nats, PriceListChanged(price_list=_prices(90, 2)))
        await eventually(lambda: till.reference.prices("S1") == {"retail": 90})
        proxy.become(Mode.REFUSE)
        await eventually(lambda: not till.link.connected)
        sold = await till.sell(_sale(till, "S1"))
        assert (sold.receipt_no, sold.offline) == ("NAL-0001-0000002", True)
        assert (sold.lines[0].net_total, sold.price_list_version) == (90, 2)
        assert await till.sell(sold) == sold  # asked twice, sold once
        reads = rig.data.reads
        proxy.heal()
        await till.synced(20)
        assert rig.data.reads == reads  # it went on from its cursor
    await proxy.stop()
    assert await rig.lanes.stored("terminal-0001") == [1, 2]


async def test_limits_hold_without_a_line_only(rig: Rig, tmp_path: Path) -> None:
    limits = Limits(max_sale_total=150, max_waiting_sales=2)
    async with _till(rig, tmp_path, limits=limits) as till:
        await eventually(lambda: len(till.reference.cursors()) == 3)
        await till.sell(_sale(till, "S1", "S2"))
        await till.synced(20)
    till = _till(rig, tmp_path, limits=limits)
    with pytest.raises(NotAllowedOffline, match="max_sale_total"):
        till.sell_now(_sale(till, "S1", "S2"))
    for _ in range(2):
        till.sell_now(_sale(till, "S1"))
    with pytest.raises(NotAllowedOffline, match="max_waiting_sales"):
        till.sell_now(_sale(till, "S1"))
    assert (till.waiting().sales, till.waiting().total) == (2, 200)
    till.close()


async def test_a_store_hears_of_its_tasks(rig: Rig, tmp_path: Path) -> None:
    called: list[pb.TasksChanged] = []

    async def tasks(message: pb.TasksChanged) -> None:
        called.append(message)

    async with _till(rig, tmp_path, hears=Hears(tasks=tasks)):
        await eventually(lambda: bool(called))
    assert called[0].location_id == "TPE01"


async def test_a_program_without_an_event_loop_embeds_it_too(rig: Rig, tmp_path: Path) -> None:
    def program() -> list[str]:
        with BlockingTill(lambda: _till(rig, tmp_path)) as till:
            while len(till.till.reference.cursors()) < 3:
                pass
            sold = [till.sell(_sale(till.till, sku)).receipt_no for sku in ("S1", "S2")]
            till.synced(20)
            assert till.wait(till.till.questions.list_tasks()).version == 1
        return sold

    assert await asyncio.to_thread(program) == ["NAL-0001-0000001", "NAL-0001-0000002"]
    assert await rig.lanes.stored("terminal-0001") == [1, 2]


async def test_invoice_numbers_come_out_of_the_tills_own_block(rig: Rig, nats: NatsCorner, tmp_path: Path) -> None:
    """With a line or without, over a restart, and behind what the server has seen: none twice, none lost."""
    rig.data.blocks = [_block("b1", 5, 8, 6), _block("b2", 100, 199, 100, terminal_id="another")]
    at = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
    drawn, left = [], -1
    for _ in range(2):
        async with _till(rig, tmp_path) as till:
            await eventually(lambda: len(till.reference.cursors()) == 3)
            for _ in range(2):
                sale = _sale(till, "S1")
                sale.business_time.FromDatetime(at)
                sale.invoice.SetInParent()
                sold = await till.sell(sale)
                assert await till.sell(sale) == sold  # asked twice, drawn once
                drawn.append(sold.invoice.number)
            left = till.invoice_numbers.left(at)
    # of a block that is used up the server draws instead: nobody waits at the counter for a number
    assert (drawn, left) == (["AB00000006", "AB00000007", "AB00000008", ""], 0)
    async with _till(rig, tmp_path) as till:
        await publish(nats, InvoiceBlockChanged(block=_block("b3", 20, 29, 20)))
        await eventually(lambda: till.invoice_numbers.left(at) == 10)
        found = await till.questions.find_receipt("R1.code")
        assert found.receipt.code == "R1.code"


def _block(block_id: str, first: int, last: int, upto: int, terminal_id: str = "terminal-0001") -> InvoiceBlock:
    return InvoiceBlock(
        block_id=block_id, period=202611, track="AB", first_number=first, last_number=last, next_number=upto,
        location_id="TPE01", terminal_id=terminal_id,
    )  # fmt: skip
