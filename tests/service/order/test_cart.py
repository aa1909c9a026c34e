"""One cart over app, web, LINE and till: filled, priced, told what is wrong with it, and ordered once."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kit.errors import Code, Fault
from omo.order.v1 import cart_pb2, order_pb2
from omo.order.v1 import cart_service_pb2 as pb
from omo.type.v1 import money_pb2
from services.order.cart import stock
from services.order.reference import reactions
from tests.harness.databases import Databases
from tests.service.order import brand
from tests.service.order import rig as rigs
from tests.service.order.brand import COLLECT, MEMBER, OTHER, SHIP
from tests.service.order.cart_rig import APP, LINE, Carts, coat, kinds, scarf
from tests.service.order.rig import Rig


@pytest_asyncio.fixture
async def rig(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    # a cart that waited in vain shows no stock: here it waits for a busy machine too
    monkeypatch.setattr(stock, "_SECONDS", 10.0)
    async with rigs.running(databases) as running:
        yield running


@pytest_asyncio.fixture
async def carts(rig: Rig) -> Carts:
    return Carts(rig)


async def test_a_cart_is_filled_seen_everywhere_and_ordered_once(rig: Rig, carts: Carts) -> None:
    assert (await carts.get(channel_id="web")).cart_id == ""
    first = await carts.change(adds=[coat(), scarf(2)], origin=APP)
    assert (first.version, first.totals.grand_total.minor_units) == (1, 3000 + 2 * 990)
    more = await carts.change(adds=[scarf()], origin=LINE)
    assert [(line.sku, line.quantity, line.origin) for line in more.lines] == [("COAT", 1, APP), ("SCARF", 3, APP)]
    less = await carts.change(quantities=[pb.SetCartQuantity(line_id=more.lines[0].line_id)])
    assert [line.sku for line in less.lines] == ["SCARF"]
    assert await carts.get() == less
    key = str(uuid.uuid4())
    orders = await asyncio.gather(*(carts.check_out(less, request_id=key) for _ in range(4)), return_exceptions=True)
    made = {order.order_id for order in orders if isinstance(order, order_pb2.Order)}
    assert len(made) == 1, orders
    again = await carts.check_out(less, request_id=key)
    assert {again.order_id} == made
    assert again.totals.grand_total.minor_units == 3 * 990
    assert (await carts.get()).cart_id == ""
    ended = await carts.get(cart_id=less.cart_id)
    assert (ended.state, ended.order_id) == (cart_pb2.CART_STATE_ORDERED, again.order_id)
    late = await rig.fault(carts.check_out(less, cart_id=less.cart_id))
    assert (late.reason, late.metadata["order_id"]) == ("CART_ENDED", again.order_id)
    await rig.settled()


async def test_what_cannot_be_bought_is_listed_and_the_rest_is_priced(rig: Rig, carts: Carts) -> None:
    rig.world.stock["SCARF"] = 2
    adds = [scarf(3), coat(sku="NOBODY-KNOWS"), coat()]
    adds += [pb.AddToCart(sku="WOOL", quantity=100, method=COLLECT, fulfilment_location_id="TPE02")]
    cart = await carts.change(adds=adds, add_codes=["no-such-code"])
    found = {(kind, each.sku or each.code): each for kind, each in zip(kinds(cart), cart.problems, strict=True)}
    assert set(found) == {
        ("INSUFFICIENT_STOCK", "SCARF"),
        ("VARIANT_NOT_AVAILABLE", "NOBODY-KNOWS"),
        ("DELIVERY_METHOD_STALE", "WOOL"),
        ("CODE_NOT_APPLICABLE", "no-such-code"),
    }
    assert found["INSUFFICIENT_STOCK", "SCARF"].available_quantity == 2
    assert found["VARIANT_NOT_AVAILABLE", "NOBODY-KNOWS"].reason == "UNKNOWN_SKU"
    assert [each.blocks for each in cart.problems] == [each.code == "" for each in cart.problems]
    # the wool is priced as if it were shipped, what nobody knows is not
    assert cart.totals.grand_total.minor_units == 3 * 990 + 3000 + 450
    assert {line.sku: line.HasField("priced") for line in cart.lines}["NOBODY-KNOWS"] is False
    refused = await rig.fault(carts.check_out(cart))
    assert refused.reason == "CART_HAS_PROBLEMS"
    assert refused.metadata["problems"] == "DELIVERY_METHOD_STALE,INSUFFICIENT_STOCK,VARIANT_NOT_AVAILABLE"
    ids = {line.sku: line.line_id for line in cart.lines}
    mended = await carts.change(
        quantities=[
            pb.SetCartQuantity(line_id=ids["NOBODY-KNOWS"]),
            pb.SetCartQuantity(line_id=ids["SCARF"], quantity=2),
        ],
        methods=[pb.SetCartMethod(line_id=ids["WOOL"], method=SHIP)],
    )
    assert kinds(mended) == ["CODE_NOT_APPLICABLE"]
    assert (await carts.check_out(mended)).state == rigs.CONFIRMED
    rig.world.hidden.add("COAT")
    hidden = await carts.change(adds=[coat()])
    (problem,) = hidden.problems
    assert (kinds(hidden), problem.HasField("available_quantity")) == (["INSUFFICIENT_STOCK"], False)
    rig.world.before["stock.look"] = Fault("away", code=Code.UNAVAILABLE, reason="UNAVAILABLE")
    assert (await carts.get()).stock_unknown


async def test_a_price_that_changed_is_told_with_both_and_not_charged_unseen(rig: Rig, carts: Carts) -> None:
    cart = await carts.change(adds=[scarf(2)])
    async with rig.db.transaction() as tx:
        await reactions.on_price_list_changed(tx, [brand.priced("SCARF", 1200, 5)])
    dearer = await carts.get()
    (problem,) = dearer.problems
    told = (problem.old_price.minor_units, problem.new_price.minor_units)
    assert (kinds(dearer), told, dearer.totals.grand_total.minor_units) == (["PRICE_CHANGED"], (990, 1200), 2400)
    unseen = await rig.fault(carts.check_out(cart))
    assert (unseen.reason, unseen.metadata["problems"]) == ("CART_HAS_PROBLEMS", "PRICE_CHANGED")
    old = money_pb2.Money(currency_code="TWD", minor_units=1980)
    wrong = await rig.fault(carts.check_out(cart, expected_total=old))
    assert (wrong.reason, wrong.metadata["old"], wrong.metadata["new"]) == ("PRICE_CHANGED", "1980", "2400")
    assert kinds(await carts.change(accept_prices=True)) == []
    seen = money_pb2.Money(currency_code="TWD", minor_units=2400)
    order = await carts.check_out(await carts.get(), expected_total=seen)
    assert order.totals.grand_total.minor_units == 2400


async def test_a_frozen_price_stands_still_soft_or_hard_until_its_time_is_over(rig: Rig, carts: Carts) -> None:
    cart = await carts.change(adds=[scarf(2)])
    freeze = pb.FreezeCartRequest(version=cart.version, freeze=cart_pb2.CART_FREEZE_SOFT)
    soft = (await carts.ask("FreezeCart", freeze)).cart
    async with rig.db.transaction() as tx:
        await reactions.on_price_list_changed(tx, [brand.priced("SCARF", 1200, 5)])
    more = await carts.change(adds=[scarf()])
    assert (kinds(more), more.totals.grand_total.minor_units) == ([], 3 * 990)
    stale = await rig.fault(
        carts.ask("FreezeCart", pb.FreezeCartRequest(version=soft.version, freeze=cart_pb2.CART_FREEZE_HARD))
    )
    assert (stale.reason, stale.metadata["version"]) == ("CART_CHANGED", str(more.version))
    thawed = (await carts.ask("FreezeCart", pb.FreezeCartRequest())).cart
    assert kinds(thawed) == ["PRICE_CHANGED"]
    await carts.change(accept_prices=True)
    hard = (await carts.ask("FreezeCart", pb.FreezeCartRequest(freeze=cart_pb2.CART_FREEZE_HARD))).cart
    async with rig.db.transaction() as tx:
        await reactions.on_price_list_changed(tx, [brand.priced("SCARF", 1500, 6)])
    refused = await rig.fault(carts.change(adds=[scarf()]))
    assert refused.reason == "CART_FROZEN"
    assert (await carts.get()).totals.grand_total.minor_units == 3600
    order = await carts.check_out(hard)
    assert order.totals.grand_total.minor_units == 3600
    late = await carts.change(adds=[scarf()])
    await carts.ask("FreezeCart", pb.FreezeCartRequest(freeze=cart_pb2.CART_FREEZE_HARD))
    rig.clock.advance(minutes=31)
    assert (await carts.change(version=late.version + 1, adds=[scarf()])).totals.grand_total.minor_units == 3000


async def test_a_cart_is_nobody_elses_and_changes_only_as_it_was_seen(rig: Rig, carts: Carts) -> None:
    cart = await carts.change(adds=[coat()])
    stranger = rig.member(OTHER)
    for token in (stranger, "", carts.till()):
        for request in (pb.GetCartRequest(cart_id=cart.cart_id), pb.ChangeCartRequest(cart_id=cart.cart_id)):
            name = type(request).__name__.removesuffix("Request")
            if name == "ChangeCart":
                request.request_id = str(uuid.uuid4())
            assert (await rig.fault(carts.ask(name, request, token))).reason == "CART_UNKNOWN"
    foreign = await rig.fault(carts.get(stranger, member_id=MEMBER))
    assert foreign.reason == "CART_UNKNOWN"
    merged = await rig.fault(carts.ask("MergeCart", pb.MergeCartRequest(cart_id=cart.cart_id), stranger))
    assert merged.reason == "CART_UNKNOWN"
    await carts.change(adds=[scarf()])
    stale = await rig.fault(carts.change(version=cart.version, adds=[scarf()]))
    assert (stale.reason, stale.metadata["version"]) == ("CART_CHANGED", "2")
    assert (await rig.fault(carts.check_out(cart))).reason == "CART_CHANGED"
    for wrong, field in (
        ({"adds": [scarf(1_000_001)]}, "adds[0].quantity"),
        ({"adds": [scarf(-1)]}, "adds[0].quantity"),
        ({"quantities": [pb.SetCartQuantity(line_id="nope", quantity=1)]}, "quantities[0].line_id"),
        ({"adds": [scarf()], "channel_id": "no-such-channel"}, "channel_id"),
        ({"add_codes": [f"code-{n}" for n in range(21)]}, "add_codes"),
    ):
        fault = await rig.fault(carts.change(**wrong))
        assert fault.metadata["field"] == field, fault
    many = [pb.AddToCart(sku=f"S{number}", quantity=1) for number in range(100)]
    assert (await rig.fault(carts.change(adds=many))).reason == "CART_FULL"
    key = str(uuid.uuid4())
    once = await carts.change(request_id=key, adds=[scarf()])
    assert (await carts.change(request_id=key, adds=[scarf()])).version == once.version
    assert (await rig.fault(carts.change(request_id=key, adds=[scarf(2)]))).reason == "REQUEST_REUSED"
    out = [pb.SetCartQuantity(line_id=once.lines[-1].line_id)]
    key = str(uuid.uuid4())
    gone = await carts.change(request_id=key, quantities=out)
    assert await carts.change(request_id=key, quantities=out) == gone, "what would be refused by now was not then"
    first = await asyncio.gather(*(carts.change(rig.member(OTHER), adds=[scarf()]) for _ in range(5)))
    assert len({each.cart_id for each in first}) == 1
    assert [line.quantity for line in (await carts.get(stranger)).lines] == [5]
