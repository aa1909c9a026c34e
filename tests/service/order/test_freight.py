"""What bringing goods costs: put by headquarters, quoted, ordered, and taken with the first that is sent."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Code
from omo.order.v1 import cart_service_pb2 as cart_pb
from omo.order.v1 import order_events_pb2, order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import promotion_service_pb2 as promotion_pb
from omo.order.v1 import shipping_fees_pb2 as fees_pb
from omo.order.v1 import shipping_service_pb2 as pb
from omo.order.v1 import shipping_service_pb2_grpc as rpc
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER
from tests.service.order.cart_rig import Carts
from tests.service.order.freight_rig import EXPRESS, FEES, FLAT, HOME, TO_STORE, charged, fee, journal, put, shipped
from tests.service.order.rig import CONFIRMED, SHIP, Rig, eventually, line
from tests.service.order.sourcing_rig import Sourcing, decided
from tests.service.order.test_legs import Van


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def sourcing(rig: Rig) -> Sourcing:
    return Sourcing(rig)


async def quote(rig: Rig, *lines: Any, **more: Any) -> Any:
    request = orders_pb.QuoteRequest(member_id=MEMBER, channel_id="web", lines=lines or [shipped()], **more)
    return (await rig.call(rig.orders.Quote, request)).quote


async def test_headquarters_put_fees_in_versions_once_for_each_request(rig: Rig) -> None:
    stub, key = rpc.ShippingServiceStub(rig.channel), str(uuid.uuid4())
    none = (await rig.call(stub.GetShippingFees, pb.GetShippingFeesRequest(), rig.hq())).fees
    assert (none.version, len(none.rules)) == (0, 0)
    first = await put(rig, request_id=key)
    assert await put(rig, request_id=key) == first
    assert (first.version, first.reason, first.actor_kind, first.actor_id) == (1, "freight contract", "hq", "u1")
    assert list(first.rules) == list(FEES.rules)
    second = await put(rig, fees_pb.ShippingFees(), reason="all free")
    listed = await rig.call(stub.ListShippingFees, pb.ListShippingFeesRequest(page_size=1), rig.hq())
    assert list(listed.versions) == [second]
    token = listed.next_page_token
    rest = await rig.call(stub.ListShippingFees, pb.ListShippingFeesRequest(page_token=token), rig.hq())
    assert (list(rest.versions), rest.next_page_token) == ([first], "")
    got = await rig.call(stub.GetShippingFees, pb.GetShippingFeesRequest(version=1), rig.hq())
    assert got.fees == first
    unknown = await rig.fault(rig.call(stub.GetShippingFees, pb.GetShippingFeesRequest(version=9), rig.hq()))
    assert unknown.reason == "NOT_FOUND"
    both = await asyncio.gather(*(put(rig, reason=f"r{number}") for number in range(4)))
    assert sorted(one.version for one in both) == [3, 4, 5, 6]


async def test_fees_that_contradict_are_refused_by_field_and_nothing_is_put(rig: Rig) -> None:
    twice = fees_pb.ShippingFees(rules=[*FEES.rules, fee("again", HOME, FLAT, (0, 9))])
    wrong = {
        "fees.rules[3]": twice,
        "fees.rules[0].steps[0].amount": fees_pb.ShippingFees(rules=[fee("a", HOME, FLAT, (0, -1))]),
        "fees.rules[0].channels[0]": fees_pb.ShippingFees(rules=[fee("a", HOME, FLAT, (0, 1), channels=["stores"])]),
        "fees.rules[0].way": fees_pb.ShippingFees(rules=[fee("a", 0, FLAT, (0, 1))]),
        "fees.rules[0].basis": fees_pb.ShippingFees(rules=[fee("a", HOME, 0, (0, 1))]),
        "fees.tax_class": fees_pb.ShippingFees(tax_class="luxury"),
    }
    for field, fees in wrong.items():
        refused = await rig.fault(put(rig, fees))
        assert (refused.reason, refused.metadata["field"]) == ("FIELD_INVALID", field)
        assert refused.metadata["rule"]
    untaxed = await rig.fault(put(rig, fees_pb.ShippingFees(rules=FEES.rules)))
    assert (untaxed.reason, untaxed.metadata["field"]) == ("FIELD_INVALID", "fees.tax_class")
    assert (await rig.fault(put(rig, reason=""))).metadata["field"] == "reason"
    denied = await rig.fault(put(rig, token=rig.staff("TPE01")))
    assert denied.code is Code.PERMISSION_DENIED
    assert await rig.rows("SELECT FROM shipping_fees") == []
    assert (await quote(rig)).totals.grand_total.minor_units == 3000


async def test_the_fee_is_quoted_and_ordered_and_taken_with_the_first_that_is_sent(
    rig: Rig, sourcing: Sourcing
) -> None:
    await put(rig)
    free = {"id": "half", "version": "7", "stage": "shipping", "trigger": "code", "codes": ["HALF"],
            "effect": {"kind": "shipping_off", "give": {"kind": "percent_off", "basis_points": 5000}}}  # fmt: skip
    rules = promotion_pb.PutRulesRequest(request_id="r", rules_json=json.dumps({"version": "x", "rules": [free]}))
    await rig.call(rig.promotions.PutRules, rules, rig.hq())
    lines = [shipped("COAT"), shipped("SCARF", 2)]
    asked = await quote(rig, *lines, delivery=EXPRESS, coupon_codes=["half"])
    assert (charged(asked), asked.shipping_charge.version) == (("fast", 75, "OWED"), 1)
    (taken,) = asked.shipping_charge.discounts
    assert (taken.rule_id, taken.rule_version, taken.amount) == ("half", "7", 75)
    assert (asked.totals.shipping_total.minor_units, asked.amount_due.minor_units) == (75, 4980 + 75)
    assert charged(await quote(rig, *lines)) == ("home", 80, "OWED")
    assert charged(await quote(rig, *lines, delivery=TO_STORE)) == ("store", 30, "OWED")
    assert not (await quote(rig, line())).HasField("shipping_charge"), "what is collected costs nothing to bring"
    drone = await rig.fault(quote(rig, delivery=order_pb2.Delivery(shipping_method="drone")))
    assert drone.metadata["field"] == "delivery.shipping_method"
    other = await rig.fault(rig.place(quote_id=asked.quote_id, lines=[], channel_id=""))
    assert (other.reason, other.metadata["field"]) == ("QUOTE_MISMATCH", "delivery.shipping_method")

    order = await rig.place(quote_id=asked.quote_id, lines=[], channel_id="", delivery=EXPRESS)
    assert order.state == CONFIRMED
    assert (charged(order), order.totals.grand_total.minor_units) == (("fast", 75, "OWED"), 5055)
    assert [tender.amount.minor_units for tender in order.tenders] == [5055]
    (confirmed,) = await sourcing.store.events("OrderConfirmed", order_events_pb2.OrderConfirmed)
    told = confirmed.facts
    assert (told.shipping_total, told.grand_total, sum(one.earn_base for one in told.lines)) == (75, 5055, 4980)
    await put(rig, fees_pb.ShippingFees(), reason="who has ordered keeps what he was told")
    await sourcing.hear(decided(order.order_id, 2, (1, "WH1", 1, "d1"), (2, "TPE01", 2, "d1")))
    await sourcing.sent(order.order_id, "TPE01", 1980 + 75)
    assert charged(await rig.get(order.order_id)) == ("fast", 75, "CHARGED")
    await sourcing.sent(order.order_id, "WH1", 3000)
    assert await journal(rig, "CAPTURED") == [1980 + 75, 3000]
    assert await rig.proofs() == {}


async def test_of_places_that_send_at_once_one_takes_the_fee(rig: Rig, sourcing: Sourcing) -> None:
    await put(rig)
    order = await rig.place(lines=[shipped("SCARF", 3)], delivery=EXPRESS)
    places = ("TPE01", "TPE02", "WH1")
    await sourcing.hear(decided(order.order_id, 2, *((1, place, 1, "d1") for place in places)))
    ready = [await sourcing.store.made_ready(order.order_id, place) for place in places]
    await asyncio.gather(
        *(
            sourcing.store.step("HandOver", task.fulfilment_id, token=rig.staff(task.location_id))
            for task in ready
            for _ in range(2)
        )
    )

    async def taken() -> bool:
        return sorted(await journal(rig, "CAPTURED")) == [990, 990, 990 + 150]

    await eventually(taken)
    assert await rig.proofs() == {}


async def test_what_goes_to_a_store_pays_for_its_way_when_it_is_collected(rig: Rig, sourcing: Sourcing) -> None:
    await put(rig)
    van, store = Van(rig, sourcing), sourcing.store
    order_id, task = await van.left(("COAT", 1))
    assert charged(await rig.get(order_id)) == ("store", 30, "OWED")
    assert await rig.proofs() == {}
    own = (await van.do("ReceiveLeg", "TPE01", fulfilment_id=task)).fulfilment
    ready = await store.step("Ready", own.fulfilment_id)
    await store.hand_over(ready.fulfilment_id, await store.pin(order_id))
    await store.captured(own.fulfilment_id, 3000 + 30)
    assert charged(await rig.get(order_id)) == ("store", 30, "CHARGED")
    assert await rig.proofs() == {}


async def test_an_order_without_a_quote_and_a_cart_pay_for_their_way(rig: Rig) -> None:
    await put(rig)
    order = await rig.place(lines=[shipped()], delivery=TO_STORE)
    assert (charged(order), order.totals.grand_total.minor_units) == (("store", 30, "OWED"), 3030)
    carts = Carts(rig)
    ships = cart_pb.AddToCart(sku="COAT", quantity=1, method=SHIP)
    cart = await carts.change(adds=[ships], delivery=order_pb2.Delivery(shipping_method="standard"))
    assert (charged(cart), cart.totals.grand_total.minor_units) == (("home", 80, "OWED"), 3080)
    fast = await carts.change(cart_id=cart.cart_id, delivery=EXPRESS)
    assert charged(fast) == ("fast", 150, "OWED")
    ordered = await carts.check_out(fast)
    assert (charged(ordered), ordered.totals.grand_total.minor_units) == (("fast", 150, "OWED"), 3150)
    await rig.settled()
