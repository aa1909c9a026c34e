"""An order that several payments pay: all of them or none, captured in turn, given back as it was paid."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from kit import faultpoints
from omo.order.v1 import order_events_pb2, order_pb2
from omo.order.v1 import order_service_pb2 as pb
from services.order.payments import splitting  # noqa: F401  # registers its fault points
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import wish
from tests.service.order.cart_rig import Carts, coat
from tests.service.order.fulfilment_rig import Store
from tests.service.order.rig import CANCELLED, CONFIRMED, PENDING_PAYMENT, Rig, eventually
from tests.service.order.test_checkout_pay import notification, tell

State = order_pb2.TenderState


@pytest_asyncio.fixture(scope="module")
async def world(module_databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(module_databases, slow=0.1) as running:
        yield running


@pytest.fixture
def rig(world: Rig) -> Iterator[Rig]:
    yield world
    faultpoints.arm("")


def part(instrument: str = "sim_ok", amount: int | None = None, provider: str = "simulator") -> pb.PaymentPart:
    return pb.PaymentPart(provider=provider, instrument_token=instrument, amount=amount)


def split(*parts: pb.PaymentPart, **more: Any) -> pb.PlaceOrderRequest:
    return wish(payment=None, payments=parts, **more)


async def placed(rig: Rig, *parts: pb.PaymentPart, **more: Any) -> order_pb2.Order:
    reply = await rig.call(rig.orders.PlaceOrder, split(*parts, **more))
    return reply.order  # type: ignore[no-any-return]


async def entries(rig: Rig, order_id: str, *kinds: str) -> list[tuple[int, str, int]]:
    rows = await rig.rows(
        "SELECT tender_no, entry, amount FROM order_tenders WHERE order_id = $1 AND entry = ANY($2) "
        "ORDER BY tender_no, record_time, entry", order_id, list(kinds),
    )  # fmt: skip
    return [(row[0], row[1], row[2]) for row in rows]


async def latest(rig: Rig) -> str:
    rows = await rig.rows("SELECT order_id FROM orders ORDER BY record_time DESC LIMIT 1")
    return str(rows[0][0])


async def test_two_cards_pay_one_order(rig: Rig) -> None:
    asked = split(part(amount=1000), part())
    order = (await rig.call(rig.orders.PlaceOrder, asked)).order
    assert order.state == CONFIRMED
    told = [(one.tender_id, one.amount.minor_units, one.state) for one in order.tenders]
    assert told == [(f"{order.order_id}:1", 1000, State.TENDER_STATE_AUTHORISED),
                    (f"{order.order_id}:2", 2000, State.TENDER_STATE_AUTHORISED)]  # fmt: skip
    assert [rig.book.find(key).amount for key in (order.order_id, f"{order.order_id}:2")] == [1000, 2000]
    assert (await rig.call(rig.orders.PlaceOrder, asked)).order == order
    confirmed = (await Store(rig).events("OrderConfirmed", order_events_pb2.OrderConfirmed))[-1]
    assert [one.amount for one in confirmed.facts.tenders] == [1000, 2000]
    assert not await rig.rows("SELECT FROM checkout_instruments")
    await rig.settled()


async def test_a_cart_is_paid_by_several_too(rig: Rig) -> None:
    carts = Carts(rig)
    cart = await carts.change(adds=[coat()])
    order = await carts.check_out(cart, payment=None, payments=[part(amount=1000), part()])
    assert (order.state, [one.amount.minor_units for one in order.tenders]) == (CONFIRMED, [1000, 2000])
    await rig.settled()


async def test_one_refusal_lets_all_go(rig: Rig) -> None:
    asked = split(part(amount=1000), part("sim_decline", 500), part())
    refused = await rig.fault(rig.call(rig.orders.PlaceOrder, asked))
    assert (refused.reason, refused.metadata["tender_no"]) == ("PAYMENT_DECLINED", "2")
    assert (await rig.fault(rig.call(rig.orders.PlaceOrder, asked))).reason == "PAYMENT_DECLINED"
    order = await rig.ended(await latest(rig))
    assert (order.state, order.reason) == (CANCELLED, "PAYMENT_DECLINED")
    assert await entries(rig, order.order_id, "AUTHORISED", "DECLINED", "VOIDED") == [
        (1, "AUTHORISED", 1000), (1, "VOIDED", 1000), (2, "DECLINED", 500), (3, "VOIDED", 1500),
    ]  # fmt: skip
    assert rig.book.find(order.order_id).state == "voided"
    # the third was never asked for, and cannot be any more
    assert rig.book.find(f"{order.order_id}:3").state == "voided"
    assert not await rig.rows("SELECT FROM checkout_instruments")
    await rig.settled()


async def test_the_shopper_is_sent_to_each_in_turn(rig: Rig) -> None:
    order = await placed(rig, part("sim_redirect", 1000), part("sim_redirect"))
    assert order.state == PENDING_PAYMENT
    async with aiohttp.ClientSession() as shopper:
        first = order.next_action.redirect_url
        await (await shopper.get(first)).read()

        async def led_on() -> str:
            url = (await rig.get(order.order_id)).next_action.redirect_url
            return url if url != first else ""

        await (await shopper.get(await eventually(led_on))).read()
    ended = await rig.ended(order.order_id)
    assert ended.state == CONFIRMED
    assert await entries(rig, order.order_id, "AUTHORISED") == [(1, "AUTHORISED", 1000), (2, "AUTHORISED", 2000)]
    pending = await Store(rig).events("OrderPaymentPending", order_events_pb2.OrderPaymentPending)
    assert [one.meta.sequence for one in pending if one.order_id == order.order_id] == [2, 3]
    await rig.settled()


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ([part(amount=1000), part(amount=1000)], "payments"),
        ([part(amount=3000), part()], "payments"),
        ([part(amount=4000), part()], "payments"),
        ([part(), part()], "payments"),
        ([part(amount=0), part()], "payments[0].amount"),
        ([part(amount=1)] * 6, "payments"),
        ([part(amount=1000), part(provider="nobody")], "payments[1].provider"),
        ([part(amount=1000), part("")], "payments[1].instrument_token"),
        ([part("x", 1000, "counter"), part("x", None, "counter")], "payments[1].provider"),
    ],
    ids=["less", "no rest", "more", "two rests", "nothing", "too many", "unknown", "no token", "two tills"],
)
async def test_payments_that_do_not_come_to_the_sum_are_refused(
    rig: Rig, parts: list[pb.PaymentPart], field: str
) -> None:
    before = await rig.rows("SELECT count(*) FROM orders")
    assert (await rig.fault(placed(rig, *parts))).metadata["field"] == field
    assert await rig.rows("SELECT count(*) FROM orders") == before


@pytest.mark.parametrize(
    ("point", "instrument"),
    [("order.after_insert", "sim_ok"), ("payment.after_part", "sim_decline"), ("order.before_confirm", "sim_ok")],
)
async def test_what_died_on_the_way_is_paid_by_all_or_none(rig: Rig, point: str, instrument: str) -> None:
    asked = split(part(amount=1000), part(instrument))
    faultpoints.arm(f"{point}=raise")
    await rig.fault(rig.call(rig.orders.PlaceOrder, asked))
    faultpoints.arm("")
    await rig.lapse()
    order = await rig.ended(await latest(rig))
    assert order.state == (CONFIRMED if instrument == "sim_ok" else CANCELLED)
    await rig.settled()
    # what was secured was asked for once, and what was not needed is let go
    assert {row[0] for row in rig.book._db.execute("SELECT count(*) FROM payments GROUP BY key")} == {1}


async def test_a_word_about_one_payment_is_that_payment_s(rig: Rig) -> None:
    order = await placed(rig, part(amount=1000), part("sim_redirect"))
    order_id = order.order_id
    await tell(rig, notification(order_id, "AUTHORISED", 1000, "s1"))  # known already
    unknown = await rig.fault(tell(rig, notification(f"{order_id}:7", "AUTHORISED", 2000, "s2")))
    assert unknown.reason == "PAYMENT_UNKNOWN"
    assert (await rig.get(order_id)).state == PENDING_PAYMENT
    await tell(rig, notification(f"{order_id}:2", "AUTHORISED", 1, "s3"))
    ended = await rig.ended(order_id)
    assert (ended.state, ended.reason) == (CANCELLED, "AMOUNT_MISMATCH")
    assert [rig.book.find(key).state for key in (order_id, f"{order_id}:2")] == ["voided", "voided"]
    await rig.settled()


async def test_another_amount_than_asked_for_is_given_back(rig: Rig) -> None:
    for asked in (wish(instrument="sim_other_amount"), split(part(amount=1000), part("sim_other_amount"))):
        refused = await rig.fault(rig.call(rig.orders.PlaceOrder, asked))
        assert (refused.reason, refused.metadata["cause"]) == ("SAGA_FAILED", "AMOUNT_MISMATCH")
        order = await rig.ended(await latest(rig))
        assert {rig.book.find(one.tender_id.removesuffix(":1")).state for one in order.tenders} == {"voided"}
        await rig.settled()
