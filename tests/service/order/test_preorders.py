"""Goods that are sold before they are there: their window, their caps, and tasks that wait for them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from kit import faultpoints
from omo.inventory.v1 import stock_events_pb2
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import preorder_service_pb2 as pb
from omo.order.v1 import preorder_service_pb2_grpc as rpc
from services.order.preorders import store
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.ahead_rig import OFFER, ON_HOLD, PLACED, cancel, ends, put, shown, sold, tasks, there
from tests.service.order.brand import SHIP
from tests.service.order.cart_rig import Carts, coat, kinds
from tests.service.order.fulfilment_rig import Store
from tests.service.order.rig import CANCELLED, Rig, eventually, line
from tests.service.order.sourcing_rig import Sourcing, meta


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running
    faultpoints.arm("")


async def test_of_a_hundred_buyers_as_many_get_one_as_there_are(rig: Rig) -> None:
    """Each has a quote in hand; who is too late is told so, and holds nothing."""
    await put(rig, cap=20)
    asked = orders_pb.QuoteRequest(channel_id="web", member_id=rigs.MEMBER, lines=[line("SCARF")])
    quotes = [(await rig.call(rig.orders.Quote, asked)).quote for _ in range(100)]
    assert {quote.lines[0].preorder.offer_id for quote in quotes} == {OFFER}
    found = await ends(rig, *({"quote_id": quote.quote_id, "lines": []} for quote in quotes))
    assert (found.count("CONFIRMED"), found.count("PREORDER_SOLD_OUT")) == (20, 80)
    assert await sold(rig) == {"": 20, "c:web": 20, "l:TPE01": 20}
    late = await rig.fault(rig.call(rig.orders.Quote, asked))
    assert (late.reason, late.metadata["left"], late.metadata["of"]) == ("PREORDER_SOLD_OUT", "0", "all")
    (one,) = await shown(rig)
    assert (one.open, one.sold_out) == (False, True)
    await rig.settled()


async def test_caps_of_channels_and_stores_hold_beside_the_whole_and_come_back(rig: Rig) -> None:
    await put(rig, cap=10, channel_caps={"web": 7}, location_caps={"TPE01": 4}, ship_location_id="WH1")
    shipped: dict[str, Any] = {"lines": [line("SCARF", 2, method=SHIP, fulfilment_location_id="")]}
    assert await ends(rig, {"lines": [line("SCARF", 3)]}, shipped) == ["CONFIRMED", "CONFIRMED"]
    short = await rig.fault(rig.place(lines=[line("SCARF", 2)]))
    assert (short.reason, short.metadata["of"], short.metadata["where"], short.metadata["left"]) == (
        "PREORDER_SOLD_OUT", "location", "TPE01", "1",
    )  # fmt: skip
    wide = [line("SCARF", 3, method=SHIP, fulfilment_location_id="")]
    assert (await rig.fault(rig.place(lines=wide))).metadata["of"] == "channel"
    assert await sold(rig) == {"": 5, "c:web": 5, "l:TPE01": 3, "l:WH1": 2}
    rows = await rig.rows("SELECT order_id FROM preorder_lines ORDER BY location_id")
    await cancel(rig, str(rows[0]["order_id"]))
    assert await sold(rig) == {"": 2, "c:web": 2, "l:WH1": 2}
    assert await ends(rig, {"lines": [line("SCARF", 4)], "instrument": "sim_decline"}) == ["PAYMENT_DECLINED"]
    assert await sold(rig) == {"": 2, "c:web": 2, "l:WH1": 2}, "an order that was turned back took nothing"
    again = await put(rig, cap=1, ship_location_id="WH1")
    assert (again.sold, again.cap, list(again.channel_caps), again.version) == (2, 1, [], 2)
    assert (await rig.fault(rig.place(**shipped))).metadata["left"] == "0"
    assert await rig.proofs() == {}
    await rig.rows("UPDATE preorder_counts SET units = units + 1 WHERE scope = ''")
    assert set(await rig.proofs()) == {"preorders.sold_equals_lines"}
    await rig.rows("UPDATE preorder_lines SET quantity = 1 WHERE quantity > 0")
    assert "preorders.units_are_their_orders" in await rig.proofs()


async def test_until_its_release_it_is_sold_in_its_window_only(rig: Rig) -> None:
    now = rig.clock().replace(microsecond=0)
    await put(rig, start_time=now + timedelta(hours=1))
    early = await rig.fault(rig.place(lines=[line("SCARF")]))
    assert (early.reason, early.metadata["offer_id"]) == ("PREORDER_CLOSED", OFFER)
    assert [one.open for one in await shown(rig)] == [False]
    rig.clock.advance(hours=2)
    nowhere = await rig.fault(rig.place(lines=[line("SCARF", method=SHIP, fulfilment_location_id="")]))
    assert (nowhere.reason, nowhere.metadata["field"]) == ("FIELD_INVALID", "lines[0].method")
    rig.world.hidden.add("SCARF")
    cart = await Carts(rig).change(adds=[coat(1, "SCARF")])
    assert kinds(cart) == [], "that none is on a shelf stands in no cart's way"
    assert (await Carts(rig).check_out(cart)).lines[0].preorder.offer_id == OFFER
    taken = await rig.fault(put(rig, offer_id="OTHER"))
    assert (taken.reason, taken.metadata["offer_id"]) == ("PREORDER_TAKEN", OFFER)
    assert (await rig.fault(put(rig, sku="NOTHING"))).reason == "UNKNOWN_SKU"
    wrong = await rig.fault(put(rig, release_time=now + timedelta(days=1)))
    assert wrong.metadata["field"] == "preorder.release_time"
    ending = pb.EndPreorderRequest(request_id="e1", offer_id=OFFER)
    stub = rpc.PreorderServiceStub(rig.channel)
    assert (await rig.call(stub.EndPreorder, ending, rig.hq())).preorder.ended
    assert (await rig.fault(rig.place(lines=[line("SCARF")]))).reason == "PREORDER_CLOSED"
    rig.clock.advance(days=11)
    order = await rig.place(lines=[line("SCARF")])
    assert not order.lines[0].HasField("preorder"), "from its release on it is a good like all others"
    assert await shown(rig) == []
    assert (await put(rig, offer_id="NEXT")).version == 1
    listed = await rig.call(stub.ListPreorders, pb.ListPreordersRequest(page_size=1), rig.hq())
    assert ([one.offer_id for one in listed.preorders], bool(listed.next_page_token)) == ([OFFER], True)
    await rig.settled()


async def test_tasks_begin_when_goods_are_there_and_their_day_has_come(rig: Rig) -> None:
    """What is in the store is picked at once; what was ordered ahead waits beside it, and is paid when it is there."""
    await put(rig)
    sourcing, shop = Sourcing(rig), Store(rig)
    order = await rig.place(lines=[line("COAT"), line("SCARF", 2)])
    held = [(PLACED, "", [1]), (ON_HOLD, "PREORDER", [2])]
    assert await tasks(rig, order.order_id) == held
    assert [one.preorder.offer_id for one in (await rig.get(order.order_id)).lines] == ["", OFFER]
    # more waits than one answer holds, and the line is among the last
    rig.world.waiting[order.order_id] = {2, *range(-230, 0)}
    short: dict[str, Any] = {"sku": "SCARF", "quantity": 2, "line_no": 2, "order_id": order.order_id}
    await sourcing.hear(stock_events_pb2.PromiseBroken(meta=meta(order.order_id, 1), **short))
    assert list((await rig.get(order.order_id)).attention) == ["PROMISE_BROKEN"]
    await sourcing.hear(stock_events_pb2.PromiseMended(meta=meta(order.order_id, 1), **short))
    assert list((await rig.get(order.order_id)).attention) == []
    rig.clock.advance(days=10, hours=1)

    async def asked() -> bool:
        return rig.world.calls["stock.backorders"] > 0 and not await rig.rows(
            "SELECT FROM timers WHERE kind = 'preorder.release'"
        )

    await eventually(asked)
    assert await tasks(rig, order.order_id) == held, "its day has come, its goods have not"
    rig.world.waiting.clear()
    await sourcing.hear(there(order.order_id, 2))

    async def begun() -> bool:
        return await tasks(rig, order.order_id) == [(PLACED, "", [1]), (PLACED, "", [2])]

    await eventually(begun)
    await sourcing.hear(there(order.order_id, 3))  # told twice, begun once
    await _collected(rig, shop, order.order_id)
    await rig.settled()


async def _collected(rig: Rig, shop: Store, order_id: str) -> None:
    """The store's time begins with the task; it is paid when it is handed over."""
    rows = await rig.rows(
        "SELECT fulfilment_id, accept_deadline_time FROM fulfilments WHERE order_id = $1 AND part_no = 1",
        order_id,
    )
    assert rows[0]["accept_deadline_time"] > rig.clock() + timedelta(minutes=20), "the store's time begins now"
    part = str(rows[0]["fulfilment_id"])
    for verb in ("Accept", "Pick", "Ready"):
        await shop.step(verb, part)
    await shop.hand_over(part, await shop.pin(order_id))
    await shop.captured(part, 1980)
    stub = rpc.PreorderServiceStub(rig.channel)
    listed = await rig.call(stub.ListPreorders, pb.ListPreordersRequest(sku="SCARF"), rig.hq())
    assert [(one.sold, one.released) for one in listed.preorders] == [(2, 2)]


async def test_what_comes_early_waits_for_its_day_and_what_is_cancelled_for_nothing(rig: Rig) -> None:
    await put(rig, cap=3)
    sourcing = Sourcing(rig)
    kept, gone = await rig.place(lines=[line("SCARF")]), await rig.place(lines=[line("SCARF", 2)])
    await sourcing.hear(there(kept.order_id, 1), there(gone.order_id, 1))

    async def looked() -> bool:
        return rig.world.calls["stock.backorders"] >= 2

    await eventually(looked)
    assert await tasks(rig, kept.order_id) == [(ON_HOLD, "PREORDER", [1])]
    assert (await cancel(rig, gone.order_id)).state == CANCELLED
    assert await sold(rig) == {"": 1, "c:web": 1, "l:TPE01": 1}
    rig.clock.advance(days=11)

    async def begun() -> bool:
        return await tasks(rig, kept.order_id) == [(PLACED, "", [1])]

    await eventually(begun)
    assert await tasks(rig, gone.order_id) == [(order_pb2.FULFILMENT_STATE_CANCELLED, "CHANGED_MIND", [1])]
    assert await rig.proofs() == {}


async def test_a_crash_loses_no_unit_and_no_release(rig: Rig) -> None:
    await put(rig, cap=3)
    faultpoints.arm("preorders.after_reserve=raise")
    await rig.fault(rig.place(lines=[line("SCARF", 3)]))
    faultpoints.arm("")
    assert (await sold(rig))[""] == 3, "reserved, for an order that never came"
    async with rig.db.transaction() as tx:
        await store.sweep(tx, timedelta(0))
    assert await sold(rig) == {}
    order = await rig.place(lines=[line("SCARF", 3)])
    async with rig.db.transaction() as tx:
        await store.sweep(tx, timedelta(0))
    assert (await sold(rig))[""] == 3, "of one that came, nothing is swept"
    faultpoints.arm("preorders.before_release=raise")
    rig.clock.advance(days=11)

    async def failed() -> bool:
        return bool(await rig.rows("SELECT FROM timers WHERE kind = 'preorder.release' AND last_error IS NOT NULL"))

    await eventually(failed)
    assert await tasks(rig, order.order_id) == [(ON_HOLD, "PREORDER", [1])]
    faultpoints.arm("")
    rig.clock.advance(minutes=6)

    async def begun() -> bool:
        return await tasks(rig, order.order_id) == [(PLACED, "", [1])]

    await eventually(begun)
    await rig.settled()
