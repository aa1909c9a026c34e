"""Goods that a till has held before it closes a sale: whose they are, who gives them back, and for how many sales."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Fault
from omo.order.v1 import counter_service_pb2 as pb
from omo.storefacts.v1 import facts_pb2
from services.order.counter.domain import MOST_HELD
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER
from tests.service.order.counter_rig import Desk, later
from tests.service.order.rig import Rig
from tests.service.order.sales_rig import TILL


@pytest_asyncio.fixture(scope="module")
async def rig(module_databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(module_databases) as running:
        await running.rows("INSERT INTO member_tiers VALUES ($1, 'basic', 1)", MEMBER)
        yield running


@pytest_asyncio.fixture
async def desk(rig: Rig) -> AsyncIterator[Desk]:
    yield Desk(rig)
    assert await rig.proofs() == {}


async def refused(call: Any) -> Fault:
    with pytest.raises(Fault) as no:
        await call
    return no.value


def _hold(sale_id: str = "") -> pb.HoldDeliveryRequest:
    lines = [pb.DeliveredLine(line_no=1, sku="COAT", quantity=1)]
    return pb.HoldDeliveryRequest(sale_id=sale_id or str(uuid.uuid4()), channel_id="stores", lines=lines)


async def test_a_till_gives_back_what_its_own_store_had_held_and_nothing_else(rig: Rig, desk: Desk) -> None:
    """Nobody frees another store's promise, a shopper's reservation or an order's goods by knowing their ids."""
    held = _hold()
    await desk.ask("HoldDelivery", held, desk.device())
    foreign, again = rig.staff("TPE02"), pb.ReleaseDeliveryRequest(sale_id=held.sale_id)
    assert (await refused(desk.ask("ReleaseDelivery", again, foreign))).reason == "NOT_FOUND"
    assert (await refused(desk.ask("HoldDelivery", held, foreign))).reason == "NOT_FOUND"
    assert rig.world.stock_holds[held.sale_id] == "active"
    nowhere = rig.issuer.token("staff", "A9", roles=["adviser"], locations=[], staff_code="A9")
    assert (await refused(desk.ask("HoldDelivery", _hold(), nowhere))).reason == "NOT_FOUND"
    # what somebody else holds does not become the store's by asking for it
    order = await rig.place()
    reserved = str(uuid.uuid4())
    rig.world.stock_holds[reserved], rig.world.pickups.holders[reserved] = "active", ""
    for hold_id in (order.order_id, reserved):
        taken = await refused(desk.ask("HoldDelivery", _hold(hold_id), desk.device()))
        freed = await refused(desk.ask("ReleaseDelivery", pb.ReleaseDeliveryRequest(sale_id=hold_id), desk.device()))
        assert (taken.reason, freed.reason, rig.world.stock_holds[hold_id]) == ("NOT_FOUND", "NOT_FOUND", "active")
    for _ in range(2):  # a colleague at another till of the store, and once more
        await desk.ask("ReleaseDelivery", again)
    assert rig.world.stock_holds[held.sale_id] == "released"
    rows = await rig.rows(
        "SELECT location_id, terminal_id, actor_kind FROM counter_holds WHERE sale_id = $1", held.sale_id
    )
    assert [tuple(row) for row in rows] == [("TPE01", TILL, "device")]


async def test_a_till_has_goods_held_for_so_many_sales_and_no_more(rig: Rig, desk: Desk) -> None:
    """However many it asks for at once; what it sold, gave back, was refused or let run out counts no more."""
    till = rig.issuer.token("device", "T77", terminal="T77", locations=["TPE01"])

    async def tried(*asked: pb.HoldDeliveryRequest) -> list[str]:
        done = await asyncio.gather(*(desk.ask("HoldDelivery", one, till) for one in asked), return_exceptions=True)
        return sorted(one.reason if isinstance(one, Fault) else "" for one in done)

    wanted = [_hold() for _ in range(MOST_HELD + 2)]
    assert await tried(*wanted) == [""] * MOST_HELD + ["DELIVERY_HOLD_LIMIT"] * 2
    held = [one for one in wanted if rig.world.stock_holds.get(one.sale_id) == "active"]
    assert len(held) == MOST_HELD
    assert (await tried(held[0], _hold())) == ["", "DELIVERY_HOLD_LIMIT"], "asked again it holds nothing more"
    await desk.ask("ReleaseDelivery", pb.ReleaseDeliveryRequest(sale_id=held[0].sale_id), till)
    fact = {"sale_id": held[1].sale_id, "delivery": facts_pb2.SaleDelivery()}
    await desk.sold(later(1, "COAT", 1, 3_000), **fact)
    rig.world.stock["COAT"], kept = 0, rig.world.stock.get("COAT", 1_000)
    assert await tried(_hold(), _hold()) == ["OUT_OF_STOCK"] * 2
    rig.world.stock["COAT"] = kept
    assert await tried(_hold(), _hold(), _hold()) == ["", "", "DELIVERY_HOLD_LIMIT"]
    await rig.rows("UPDATE counter_holds SET expire_time = now() - interval '2 days' WHERE terminal_id = 'T77'")
    assert await tried(_hold()) == [""]
    assert len(await rig.rows("SELECT FROM counter_holds WHERE terminal_id = 'T77'")) == 1, "nothing piles up"
