"""How carts end: in an order and back out of it, by a merger, by time, by being forgotten; and what limits forbid."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from kit.errors import Code, Fault
from kit.leases import Due
from omo.member.v1.member_events_pb2 import MemberMerged
from omo.order.v1 import cart_pb2, order_pb2
from omo.order.v1 import cart_service_pb2 as pb
from omo.order.v1 import order_service_pb2 as order_pb
from omo.order.v1 import promotion_service_pb2 as rules_pb
from services.order.cart.usecases_sweep import SWEEP, Sweeping
from services.order.checkout.store_placing import PLACE_ORDER
from services.order.privacy import store as privacy
from services.order.reference import merging
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER, OTHER, line
from tests.service.order.cart_rig import Carts, coat, kinds, scarf
from tests.service.order.rig import Rig

LIMITS = """{"version": "x", "rules": [], "purchase_limits": [
 {"id": "two-a-cart", "scope": {"include": {"skus": ["WOOL"]}}, "min_per_cart": 1, "max_per_cart": 1},
 {"id": "three-scarves", "scope": {"include": {"skus": ["SCARF"]}}, "max_per_member": 3}]}"""

GIFT = """{"version": "x", "rules": [
 {"id": "gift", "version": "1", "stage": "order", "trigger": "auto", "effect": {"kind": "gift", "sku": "SCARF"}},
 {"id": "big", "version": "1", "stage": "order", "trigger": "code", "codes": ["BIG"],
  "conditions": [{"kind": "min_amount", "amount": 100000}],
  "effect": {"kind": "percent_off", "basis_points": 1000}}]}"""


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest_asyncio.fixture
async def carts(rig: Rig) -> Carts:
    return Carts(rig)


async def limited(rig: Rig) -> None:
    put = rules_pb.PutRulesRequest(request_id=str(uuid.uuid4()), rules_json=LIMITS, reason="scarce")
    await rig.call(rig.promotions.PutRules, put, rig.hq())


async def test_a_cart_comes_back_from_an_order_that_was_undone(rig: Rig, carts: Carts) -> None:
    cart = await carts.change(adds=[coat()])
    declined = order_pb.PaymentChoice(provider="simulator", instrument_token="sim_decline")
    refused = await rig.fault(carts.check_out(cart, payment=declined))
    assert refused.reason == "PAYMENT_DECLINED"
    back = await carts.get()
    assert (back.cart_id, back.version, back.order_id) == (cart.cart_id, cart.version, "")
    away = order_pb.PaymentChoice(
        provider="simulator", instrument_token="sim_redirect", return_url="http://127.0.0.1/back"
    )
    pending = await carts.check_out(cart, payment=away)
    assert pending.state == rigs.PENDING_PAYMENT
    held = await carts.get()
    assert (held.state, held.order_id) == (cart_pb2.CART_STATE_ACTIVE, pending.order_id)
    busy = await rig.fault(carts.change(adds=[scarf()]))
    assert (busy.reason, busy.metadata["order_id"]) == ("CART_IN_CHECKOUT", pending.order_id)
    assert (await rig.fault(carts.check_out(cart))).reason == "CART_IN_CHECKOUT"
    cancel = order_pb.CancelOrderRequest(request_id="c1", order_id=pending.order_id, reason="CHANGED_MIND")
    await rig.call(rig.orders.CancelOrder, cancel)
    assert (await carts.check_out(cart)).state == rigs.CONFIRMED


async def test_a_checkout_that_died_before_its_order_lets_the_cart_go(rig: Rig, carts: Carts) -> None:
    cart = await carts.change(adds=[coat()])
    mark = "UPDATE carts SET checkout_principal = 'member:x', checkout_request = 'dead', checkout_until = $1"
    async with rig.db.transaction() as tx:
        await tx.execute(mark, rig.clock())
    rows = await rig.rows("SELECT checkout_request FROM carts")
    assert rows[0]["checkout_request"] == "dead"
    assert (await carts.change(adds=[scarf()])).version == cart.version + 1
    # one that confirmed its order and died before it told the cart is the order's when anybody looks
    order = await rig.place()
    asked = "SELECT principal, request_id FROM requests WHERE aggregate_id = $1 AND rpc = $2"
    (request,) = await rig.rows(asked, order.order_id, PLACE_ORDER)
    async with rig.db.transaction() as tx:
        await tx.execute(
            "UPDATE carts SET checkout_principal = $1, checkout_request = $2, checkout_until = clock_timestamp()",
            request["principal"], request["request_id"],
        )  # fmt: skip
        await Sweeping(rig.clock, timedelta(days=30)).sweep(tx, Due(SWEEP, SWEEP))
    ended = await carts.get(cart_id=cart.cart_id)
    assert (ended.state, ended.order_id) == (cart_pb2.CART_STATE_ORDERED, order.order_id)


async def test_of_many_checkouts_at_once_one_orders_the_cart(rig: Rig, carts: Carts) -> None:
    cart = await carts.change(adds=[scarf()])
    answers = await asyncio.gather(*(carts.check_out(cart) for _ in range(6)), return_exceptions=True)
    orders = [answer for answer in answers if isinstance(answer, order_pb2.Order)]
    assert len(orders) == 1
    refusals = {answer.reason for answer in answers if isinstance(answer, Fault)}
    assert refusals <= {"CART_IN_CHECKOUT", "CART_ENDED", "CART_UNKNOWN"}, refusals
    assert len(await rig.rows("SELECT FROM orders")) == 1
    await rig.settled()


async def test_members_who_are_one_have_one_cart(rig: Rig, carts: Carts) -> None:
    await carts.change(adds=[scarf(2)])
    theirs = await carts.change(rig.member(OTHER), adds=[scarf(5), coat()])
    event = MemberMerged(member_id=MEMBER, absorbed_member_id=OTHER, merge_id=str(uuid.uuid4()))
    event.meta.business_time.FromDatetime(rig.clock())
    async with rig.db.transaction() as tx:
        await merging.on_members_merged(tx, [event])
    one = await carts.get()
    assert sorted((each.sku, each.quantity) for each in one.lines) == [("COAT", 1), ("SCARF", 5)]
    assert await carts.get(rig.member(OTHER)) == one
    other = theirs.cart_id if one.cart_id != theirs.cart_id else None
    rows = await rig.rows("SELECT cart_id, state, merged_into FROM carts ORDER BY state")
    assert [row["state"] for row in rows] == ["ACTIVE", "MERGED"]
    assert other is None or (rows[1]["cart_id"], rows[1]["merged_into"]) == (other, one.cart_id)
    assert (await carts.check_out(one)).state == rigs.CONFIRMED


async def test_idle_carts_of_nobody_end_and_members_keep_theirs(rig: Rig, carts: Carts) -> None:
    guest = await carts.change("", adds=[coat()])
    mine = await carts.change(adds=[coat()])
    sweeping = Sweeping(rig.clock, timedelta(days=30))
    for days, left in ((29, True), (2, False)):
        rig.clock.advance(days=days)
        async with rig.db.transaction() as tx:
            await sweeping.sweep(tx, Due(SWEEP, SWEEP))
        found = await rig.rows("SELECT FROM carts WHERE cart_id = $1", guest.cart_id)
        assert bool(found) is left
    rows = await rig.rows("SELECT cart_id::text FROM carts")
    assert [row["cart_id"] for row in rows] == [mine.cart_id]


async def test_who_is_forgotten_leaves_no_cart(rig: Rig, carts: Carts) -> None:
    cart = await carts.change(adds=[coat()])
    await carts.change(rig.member(OTHER), adds=[coat()])
    async with rig.db.transaction() as tx:
        kept = await privacy.everything(tx, [MEMBER])
        assert [str(row["cart_id"]) for row in kept["carts"]] == [cart.cart_id]
        assert await privacy.scrub(tx, [MEMBER]) == 1
        assert await privacy.scrub(tx, [MEMBER]) == 0
    assert (await carts.get()).lines == []
    assert len((await carts.get(rig.member(OTHER))).lines) == 1


async def test_purchase_limits_are_listed_in_the_cart_and_refused_by_every_order(rig: Rig, carts: Carts) -> None:
    await limited(rig)
    cart = await carts.change(adds=[coat(2, "WOOL"), scarf(4)])
    wool = await carts.change(adds=[coat(sku="WOOL")])
    told = {(each.limit_id, each.reason, each.allowed_quantity) for each in wool.problems}
    assert told == {("three-scarves", "above_max_per_member", 3)}, "a good by measure is one unit"
    assert kinds(cart) == ["LIMIT_EXCEEDED"]
    guest = await carts.change("", adds=[scarf()])
    assert [each.reason for each in guest.problems] == ["members_only"]
    direct = await rig.fault(rig.place(lines=[line("SCARF", 4)]))
    assert (direct.reason, direct.metadata["limit_id"], direct.metadata["allowed"]) == (
        "PURCHASE_LIMIT", "three-scarves", "3",
    )  # fmt: skip
    first = await rig.place(lines=[line("SCARF", 2)])
    assert {each.allowed_quantity for each in (await carts.get()).problems} == {1}
    again = await rig.fault(rig.place(lines=[line("SCARF", 2)]))
    assert (again.metadata["over"], again.metadata["allowed"]) == ("above_max_per_member", "1")
    cancel = order_pb.CancelOrderRequest(request_id="c2", order_id=first.order_id, reason="CHANGED_MIND")
    await rig.call(rig.orders.CancelOrder, cancel)
    # many at the same moment, each of which alone would be allowed
    raced = await asyncio.gather(*(rig.place(lines=[line("SCARF", 1)]) for _ in range(8)), return_exceptions=True)
    assert len([order for order in raced if isinstance(order, order_pb2.Order)]) == 3
    assert {each.reason for each in raced if isinstance(each, Fault)} == {"PURCHASE_LIMIT"}
    assert next(each.code for each in raced if isinstance(each, Fault)) == Code.FAILED_PRECONDITION


async def test_a_gift_may_be_refused_and_codes_say_why_they_give_nothing(rig: Rig, carts: Carts) -> None:
    put = rules_pb.PutRulesRequest(request_id=str(uuid.uuid4()), rules_json=GIFT, reason="spring")
    await rig.call(rig.promotions.PutRules, put, rig.hq())
    given = await carts.change(adds=[coat()], add_codes=["big"])
    assert [(each.sku, each.quantity, each.net_total.minor_units) for each in given.gifts] == [("SCARF", 1, 0)]
    (problem,) = given.problems
    assert (problem.code, problem.reason, problem.blocks) == ("BIG", "below_min_amount", False)
    refused = await carts.change(refuse_gifts=["gift"])
    assert (list(refused.gifts), list(refused.refused_gifts)) == ([], ["gift"])
    taken = await carts.change(take_gifts=["gift"])
    assert len(taken.gifts) == 1
    ordered = await carts.check_out(await carts.change(refuse_gifts=["gift"]))
    assert [each.sku for each in ordered.lines] == ["COAT"]


async def test_carts_of_one_key_are_told_apart_by_who_asks(rig: Rig, carts: Carts) -> None:
    """Nobody has no name: two of them with the same key must not be given one cart."""
    key = str(uuid.uuid4())
    one = await carts.change("", request_id=key, adds=[coat()])
    other = await carts.change("", request_id=key, adds=[coat()])
    assert one.cart_id != other.cart_id
    named = pb.ChangeCartRequest(request_id=key, cart_id=one.cart_id, adds=[coat()])
    await carts.ask("ChangeCart", named, "")
    assert [each.quantity for each in (await carts.ask("ChangeCart", named, "")).cart.lines] == [2]
