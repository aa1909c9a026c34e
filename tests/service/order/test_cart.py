"""One cart over app, web, LINE and till: changed, merged, handed over, priced, and ordered once."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from kit.errors import Code, Fault
from omo.order.v1 import cart_pb2, order_pb2
from omo.order.v1 import cart_service_pb2 as pb
from omo.order.v1 import cart_service_pb2_grpc as rpc
from omo.order.v1 import order_service_pb2 as order_pb
from omo.type.v1 import money_pb2
from services.order.reference import reactions
from tests.harness.databases import Databases
from tests.service.order import brand
from tests.service.order import rig as rigs
from tests.service.order.brand import COLLECT, MEMBER, OTHER, SHIP
from tests.service.order.rig import Rig

PAY = order_pb.PaymentChoice(provider="simulator", instrument_token="sim_ok", return_url="")
APP, LINE, TILL = cart_pb2.CART_ORIGIN_APP, cart_pb2.CART_ORIGIN_LINE, cart_pb2.CART_ORIGIN_TILL


class Carts:
    """The cart service as its users call it."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.stub = rpc.CartServiceStub(rig.channel)

    async def ask(self, name: str, request: Any, token: str | None = None) -> Any:
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:
            request.request_id = str(uuid.uuid4())
        return await self.rig.call(getattr(self.stub, name), request, token)

    async def get(self, token: str | None = None, **named: Any) -> cart_pb2.Cart:
        return (await self.ask("GetCart", pb.GetCartRequest(**named), token)).cart  # type: ignore[no-any-return]

    async def change(self, token: str | None = None, **changed: Any) -> cart_pb2.Cart:
        request = pb.ChangeCartRequest(**{"channel_id": "", **changed})
        if not request.cart_id and not request.channel_id:
            request.channel_id = "web"
        return (await self.ask("ChangeCart", request, token)).cart  # type: ignore[no-any-return]

    async def check_out(self, cart: cart_pb2.Cart, token: str | None = None, **asked: Any) -> order_pb2.Order:
        given = {"version": cart.version, "payment": PAY, **asked}
        return (await self.ask("CheckOutCart", pb.CheckOutCartRequest(**given), token)).order  # type: ignore[no-any-return]

    def till(self, terminal: str = "T1", place: str = "TPE01") -> str:
        return self.rig.issuer.token(
            "staff", "A102", roles=["adviser"], locations=[place], staff_code="A102", terminal=terminal
        )


def coat(quantity: int = 1, sku: str = "COAT") -> pb.AddToCart:
    return pb.AddToCart(sku=sku, quantity=quantity, method=COLLECT, fulfilment_location_id="TPE01")


def scarf(quantity: int = 1) -> pb.AddToCart:
    return pb.AddToCart(sku="SCARF", quantity=quantity, method=SHIP)


def kinds(cart: cart_pb2.Cart) -> list[str]:
    prefix = "CART_PROBLEM_KIND_"
    return [cart_pb2.CartProblemKind.Name(each.kind).removeprefix(prefix) for each in cart.problems]


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
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
    first = await asyncio.gather(*(carts.change(rig.member(OTHER), adds=[scarf()]) for _ in range(5)))
    assert len({each.cart_id for each in first}) == 1
    assert [line.quantity for line in (await carts.get(stranger)).lines] == [5]


async def test_signing_in_brings_the_cart_along_by_either_mode(rig: Rig, carts: Carts) -> None:
    guest = await carts.change("", adds=[scarf(3), coat()], origin=LINE)
    assert guest.member_id == ""
    assert uuid.UUID(guest.cart_id).version == 4
    other = await carts.change("", adds=[scarf(3), coat()], origin=LINE)
    assert other.cart_id != guest.cart_id
    await carts.change(adds=[scarf(5)], origin=APP)
    own = await carts.get()
    merge = pb.MergeCartRequest(cart_id=guest.cart_id)
    both = (await carts.ask("MergeCart", merge)).cart
    assert both.cart_id == own.cart_id
    assert {(line.sku, line.quantity, line.origin) for line in both.lines} == {("SCARF", 5, LINE), ("COAT", 1, LINE)}
    again = (await carts.ask("MergeCart", pb.MergeCartRequest(cart_id=guest.cart_id))).cart
    assert again == both
    gone = await rig.fault(carts.change("", cart_id=guest.cart_id, adds=[coat()]))
    assert (gone.reason, gone.metadata["cart_id"]) == ("CART_ENDED", own.cart_id)
    replacing = pb.MergeCartRequest(
        cart_id=other.cart_id, mode=cart_pb2.CART_MERGE_MODE_USE_AS_NEW_ACTIVE_CUSTOMER_CART
    )
    mine = (await carts.ask("MergeCart", replacing)).cart
    assert (mine.cart_id, mine.member_id) == (other.cart_id, MEMBER)
    assert (await carts.get()).cart_id == other.cart_id
    assert (await carts.get(cart_id=own.cart_id)).state == cart_pb2.CART_STATE_REPLACED
    nobody = await rig.fault(carts.check_out(await carts.change("", adds=[coat()]), ""))
    assert nobody.reason == "UNAUTHENTICATED"


async def test_a_till_takes_the_cart_of_a_code_once_and_gives_the_rest_back(rig: Rig, carts: Carts) -> None:
    cart = await carts.change(adds=[scarf(3), coat()])
    code = (await carts.ask("ShowCartCode", pb.ShowCartCodeRequest())).code
    key = str(uuid.uuid4())
    taken = (await carts.ask("TakeCart", pb.TakeCartRequest(request_id=key, code=code), carts.till())).cart
    assert (taken.lock.client_id, taken.location_id, len(taken.lines)) == ("till:T1", "TPE01", 2)
    again = (await carts.ask("TakeCart", pb.TakeCartRequest(request_id=key, code=code), carts.till())).cart
    assert again.cart_id == cart.cart_id
    replayed = await rig.fault(carts.ask("TakeCart", pb.TakeCartRequest(code=code), carts.till("T2")))
    assert replayed.reason == "CART_CODE_USED"
    stolen = await rig.fault(carts.ask("TakeCart", pb.TakeCartRequest(code=code), rig.member(OTHER)))
    assert stolen.reason == "CART_CODE_USED"
    forged = code[:-1] + ("A" if code[-2] != "A" else "B") + code[-1]
    for bad in (forged, "OMOC1.", "hello", "OMOC1." + "A" * 70):
        fault = await rig.fault(carts.ask("TakeCart", pb.TakeCartRequest(code=bad), carts.till("T2")))
        assert fault.reason == "CART_CODE_INVALID", bad
    for busy in (carts.change(adds=[coat()]), carts.check_out(cart)):
        locked = await rig.fault(busy)
        assert (locked.reason, locked.metadata["client_id"]) == ("CART_LOCKED", "till:T1")
    changed = await carts.change(carts.till(), cart_id=cart.cart_id, adds=[coat(sku="WOOL")])
    assert [(line.sku, line.origin, line.staff_code) for line in changed.lines][-1] == ("WOOL", TILL, "A102")
    sold = [pb.SoldCartLine(line_id=line.line_id, quantity=2) for line in changed.lines if line.sku == "SCARF"]
    sold += [pb.SoldCartLine(line_id=line.line_id, quantity=1) for line in changed.lines if line.sku != "SCARF"]
    settle = pb.SettleCartRequest(cart_id=cart.cart_id, sale_id=str(uuid.uuid4()), sold=sold)
    left = (await carts.ask("SettleCart", settle, carts.till())).cart
    assert ([(line.sku, line.quantity) for line in left.lines], left.HasField("lock")) == ([("SCARF", 1)], False)
    assert (await rig.fault(carts.get(carts.till(), cart_id=cart.cart_id))).reason == "CART_UNKNOWN"
    old = (await carts.ask("ShowCartCode", pb.ShowCartCodeRequest())).code
    rig.clock.advance(minutes=3)
    fault = await rig.fault(carts.ask("TakeCart", pb.TakeCartRequest(code=old), carts.till()))
    assert fault.reason == "CART_CODE_INVALID"


async def test_a_cart_made_at_the_till_is_finished_on_the_phone(rig: Rig, carts: Carts) -> None:
    made = await carts.change(carts.till(), channel_id="stores", adds=[coat(), scarf(2)])
    show = pb.ShowCartCodeRequest(cart_id=made.cart_id)
    code = (await carts.ask("ShowCartCode", show, carts.till())).code
    await carts.change(adds=[scarf()])
    both = (await carts.ask("TakeCart", pb.TakeCartRequest(code=code))).cart
    assert {(line.sku, line.quantity, line.staff_code) for line in both.lines} == {
        ("COAT", 1, "A102"),
        ("SCARF", 2, "A102"),
    }
    assert both.channel_id == "web"
    order = await carts.check_out(both)
    assert order.state == rigs.CONFIRMED


async def test_a_lock_keeps_others_off_until_it_ends_or_is_let_go(rig: Rig, carts: Carts) -> None:
    await carts.change(adds=[scarf()], client_id="phone")
    held = (await carts.ask("LockCart", pb.LockCartRequest(client_id="phone", seconds=5))).cart
    assert held.lock.client_id == "member:phone"
    other = await rig.fault(carts.change(adds=[scarf()], client_id="web"))
    assert other.reason == "CART_LOCKED"
    assert 1 <= int(other.metadata["retry_after"]) <= 6
    assert (await rig.fault(carts.ask("LockCart", pb.LockCartRequest(client_id="web")))).reason == "CART_LOCKED"
    await carts.ask("UnlockCart", pb.UnlockCartRequest(client_id="web"))
    await carts.change(adds=[scarf()], client_id="phone")
    async with rig.db.transaction() as tx:  # its five seconds are the database's
        await tx.execute("UPDATE carts SET lock_until = clock_timestamp() - interval '1 second'")
    await carts.change(adds=[scarf()], client_id="web")
    await carts.ask("LockCart", pb.LockCartRequest(client_id="web"))
    await carts.ask("UnlockCart", pb.UnlockCartRequest(client_id="web"))
    assert [line.quantity for line in (await carts.change(adds=[scarf()], client_id="phone")).lines] == [4]
    wrong = await rig.fault(carts.ask("LockCart", pb.LockCartRequest(seconds=3)))
    assert wrong.metadata["field"] == "seconds"
