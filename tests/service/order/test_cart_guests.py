"""Who filled a cart as nobody orders it as a guest: by its token, once, and without what members have."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest_asyncio

from kit.errors import Fault
from omo.order.v1 import cart_pb2, order_pb2
from omo.order.v1 import cart_service_pb2 as pb
from omo.order.v1 import promotion_service_pb2 as rules_pb
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.cart_rig import Carts, coat, kinds, scarf
from tests.service.order.rig import Rig
from tests.service.order.test_cart_ends import GIFT
from tests.service.order.test_guests import GUEST, STRANGER, sealed, token


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


async def test_a_guest_orders_the_cart_that_he_filled_as_nobody(rig: Rig) -> None:
    carts = Carts(rig)
    put = rules_pb.PutRulesRequest(request_id=str(uuid.uuid4()), rules_json=GIFT, reason="spring")
    await rig.call(rig.promotions.PutRules, put, rig.hq())
    spending = pb.CartSpends(spend_points=5)
    cart = await carts.change("", adds=[coat(), scarf(2)], add_codes=["big"], spending=spending, refuse_gifts=["gift"])
    guest, whom = token(rig), {"cart_id": cart.cart_id, "contact_id": sealed(GUEST), "masked_name": "陳○明"}
    listed = await rig.fault(carts.check_out(cart, guest, **whom))
    assert (listed.reason, listed.metadata["problems"]) == ("CART_HAS_PROBLEMS", "SPEND_NOT_APPLICABLE")
    coded = await carts.change("", cart_id=cart.cart_id, spending=pb.CartSpends())
    refused = await rig.fault(carts.check_out(coded, guest, **whom))
    assert (refused.reason, refused.metadata["field"]) == ("GUEST_REFUSED", "coupon_codes")
    plain = await carts.change("", cart_id=cart.cart_id, remove_codes=["big"])
    assert (kinds(plain), plain.totals.grand_total.minor_units) == ([], 3000 + 2 * 990)
    stale = await rig.fault(carts.check_out(coded, guest, **whom))
    assert (stale.reason, stale.metadata["version"]) == ("CART_CHANGED", str(plain.version))
    unreached = await rig.fault(carts.check_out(plain, guest, cart_id=cart.cart_id))
    assert unreached.metadata["field"] == "contact_id"
    member = await rig.fault(carts.check_out(plain, cart_id=cart.cart_id))
    assert (member.reason, member.metadata["field"]) == ("PERMISSION_DENIED", "cart_id"), "he brings it along first"
    key = str(uuid.uuid4())
    order = await carts.check_out(plain, guest, request_id=key, **whom)
    assert (order.state, order.member_id, order.totals.grand_total.minor_units) == (rigs.CONFIRMED, "", 4980)
    assert (await carts.check_out(plain, guest, request_id=key, **whom)).order_id == order.order_id
    ended = await carts.get("", cart_id=cart.cart_id)
    assert (ended.state, ended.order_id) == (cart_pb2.CART_STATE_ORDERED, order.order_id)
    late = await rig.fault(carts.ask("MergeCart", pb.MergeCartRequest(cart_id=cart.cart_id)))
    assert (late.reason, late.metadata["order_id"]) == ("CART_ENDED", order.order_id)
    (row,) = await rig.rows("SELECT actor_kind, actor_id FROM orders WHERE order_id = $1", order.order_id)
    assert (row["actor_kind"], row["actor_id"]) == ("guest", GUEST)


async def test_of_two_guests_with_one_token_one_orders_the_cart(rig: Rig) -> None:
    carts = Carts(rig)
    before, shared = [await carts.change("", adds=[scarf()]) for _ in range(2)]
    async with rig.db.transaction() as tx:  # as it was made before there were tokens: it goes by its id
        await tx.execute("UPDATE carts SET token_hash = NULL WHERE cart_id = $1", before.cart_id)
    asked = [
        phone.check_out(cart, token(rig, each), cart_id=cart.cart_id, contact_id=sealed(each), masked_name="陳○明")
        for phone, cart, each in ((Carts(rig), before, GUEST), (carts, shared, GUEST), (carts, shared, STRANGER))
    ]
    assert (await asked.pop(0)).state == rigs.CONFIRMED
    answers = await asyncio.gather(*asked, return_exceptions=True)
    (placed,) = [answer for answer in answers if isinstance(answer, order_pb2.Order)]
    (told,) = [answer.reason for answer in answers if isinstance(answer, Fault)]
    assert (placed.state, told in {"CART_IN_CHECKOUT", "CART_ENDED"}) == (rigs.CONFIRMED, True), told
    assert len(await rig.rows("SELECT FROM orders")) == 2
