"""A checkout from the wish to CONFIRMED, and everything that it refuses."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit.errors import Code, Fault
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.type.v1 import trade_pb2
from services.order.checkout import usecases_steps
from services.order.reference import reactions
from tests.harness.databases import Databases
from tests.service.order import brand
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER, OTHER, SHIP, line, wish
from tests.service.order.neighbours_faults import Poor
from tests.service.order.rig import CANCELLED, CONFIRMED, Rig


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


async def test_an_order_is_confirmed_and_announced_once(rig: Rig) -> None:
    lines = [line("COAT"), line("SCARF", 3, method=SHIP, fulfilment_location_id="")]
    order = await rig.place(lines=lines, masked_name="陳小明")
    assert order.state == CONFIRMED
    assert order.totals.grand_total.minor_units == 3000 + 3 * 990
    assert [each.fulfilment_location_id for each in order.lines] == ["TPE01", ""]
    assert rig.world.places[order.order_id] == [("TPE01", ""), ("", "web")], "shipped from the channel's pool"
    assert [tender.state for tender in order.tenders] == [order_pb2.TENDER_STATE_AUTHORISED]
    stored = await rig.get(order.order_id)
    assert stored.lines == order.lines
    assert stored.totals == order.totals
    assert stored.version == 2
    assert await rig.rows("SELECT masked_name FROM orders") == [("陳○明",)]
    assert await rig.events() == ["OrderConfirmed"]
    assert rig.world.calls == {"stock.hold": 1}
    await rig.settled()


async def test_promises_are_asked_for_as_order_and_never_with_the_shoppers_token(rig: Rig) -> None:
    """Who may hold for an order may release too: a shopper who could would sell the same goods twice."""
    rig.world.before["points.hold"] = Poor("none left")
    with pytest.raises(Fault):
        await rig.place(spend_points=100)
    assert set(rig.world.asked_by) == {"stock.hold", "stock.release", "points.hold", "points.release"}
    for asked_by in rig.world.asked_by.values():
        assert "authorization" not in asked_by, "only the shopper's own could be there: this rig has none of order's"
        assert asked_by["omo-actor"] == f"member::{MEMBER}"


async def test_the_same_request_is_answered_the_same(rig: Rig) -> None:
    asked = wish()
    first = await rig.call(rig.orders.PlaceOrder, asked)
    again = await rig.call(rig.orders.PlaceOrder, asked)
    assert again == first
    assert await rig.rows("SELECT order_id FROM orders") == [(first.order.order_id,)]


async def test_many_at_once_with_one_key_make_one_order(rig: Rig) -> None:
    asked = wish()

    async def one() -> str:
        try:
            return str((await rig.call(rig.orders.PlaceOrder, asked)).order.order_id)
        except Exception as error:
            assert getattr(error, "reason", "") in {"REQUEST_RUNNING", "OVERLOADED"}, error  # noqa: PT017
            return ""

    answers = set(await asyncio.gather(*(one() for _ in range(20)))) - {""}
    assert len(answers) == 1
    assert len(await rig.rows("SELECT order_id FROM orders")) == 1
    assert rig.world.calls["stock.hold"] == 1
    await rig.settled()


async def test_a_key_with_another_body_is_refused(rig: Rig) -> None:
    asked = wish()
    await rig.call(rig.orders.PlaceOrder, asked)
    asked.lines[0].quantity = 2
    fault = await rig.fault(rig.call(rig.orders.PlaceOrder, asked))
    assert (fault.reason, fault.code) == ("REQUEST_REUSED", "INVALID_ARGUMENT")


async def test_out_of_stock_leaves_nothing_and_stays_refused(rig: Rig) -> None:
    rig.world.stock["COAT"] = 0
    asked = wish()
    fault = await rig.fault(rig.call(rig.orders.PlaceOrder, asked))
    assert (fault.reason, fault.domain) == ("OUT_OF_STOCK", "omo.inventory")
    rig.world.stock["COAT"] = 5
    again = await rig.fault(rig.call(rig.orders.PlaceOrder, asked))
    assert (again.reason, again.domain, again.metadata) == (fault.reason, fault.domain, fault.metadata)
    assert await rig.events() == ["OrderCancelled"]
    await rig.settled()


async def test_a_declined_payment_gives_everything_back(rig: Rig) -> None:
    fault = await rig.fault(rig.place(instrument="sim_decline"))
    assert (fault.reason, fault.metadata["provider_code"]) == ("PAYMENT_DECLINED", "insufficient_funds")
    (row,) = await rig.rows("SELECT order_id, state, reason FROM orders")
    assert (row["state"], row["reason"]) == ("CANCELLED", "PAYMENT_DECLINED")
    assert rig.world.stock_holds == {row["order_id"]: "released"}
    await rig.settled()


async def test_trouble_undoes_the_order_and_the_same_key_may_ask_again(rig: Rig) -> None:
    rig.world.after["stock.hold"] = Fault("gone", code=Code.UNAVAILABLE, reason="UNAVAILABLE")
    asked = wish()
    fault = await rig.fault(rig.call(rig.orders.PlaceOrder, asked))
    assert (fault.code, fault.reason, fault.domain) == (Code.ABORTED, "CHECKOUT_UNDONE", "omo.order")
    assert fault.metadata == {"cause": "UNAVAILABLE"}
    await rig.settled()
    rig.world.after.clear()
    placed = (await rig.call(rig.orders.PlaceOrder, asked)).order
    assert placed.state == CONFIRMED
    assert (await rig.call(rig.orders.PlaceOrder, asked)).order == placed
    states = [row["state"] for row in await rig.rows("SELECT state FROM orders ORDER BY record_time")]
    assert states == ["CANCELLED", "CONFIRMED"]
    await rig.settled()


async def test_points_pay_a_part(rig: Rig) -> None:
    rig.world.points = 500
    order = await rig.place(lines=[line("COAT"), line("SCARF")], spend_points=400)
    assert order.totals.points_value.minor_units == 400
    assert order.totals.grand_total.minor_units == 3990 - 400
    assert sum(each.points_value.minor_units for each in order.lines) == 400
    assert rig.world.points == 100
    await rig.settled()


async def test_points_that_pay_everything_need_no_payment(rig: Rig) -> None:
    rig.world.points = 5000
    order = await rig.place(spend_points=5000, payment=pb.PaymentChoice())
    assert order.totals.grand_total.minor_units == 0
    assert (list(order.tenders), rig.world.points) == ([], 2000)
    await rig.settled()


async def test_too_few_points_give_the_stock_back(rig: Rig) -> None:
    fault = await rig.fault(rig.place(spend_points=10))
    assert (fault.reason, fault.domain) == ("POINTS_INSUFFICIENT", "omo.member")
    assert set(rig.world.stock_holds.values()) == {"released"}
    await rig.settled()


async def test_a_quote_is_taken_as_it_stands(rig: Rig) -> None:
    quoted = await rig.call(rig.orders.Quote, pb.QuoteRequest(member_id=MEMBER, channel_id="web", lines=[line()]))
    async with rig.db.transaction() as tx:
        await reactions.on_price_list_changed(tx, [brand.priced("COAT", 9000, 5)])
    order = await rig.place(quote_id=quoted.quote.quote_id, lines=[])
    assert order.totals.grand_total.minor_units == 3000
    again = await rig.place()
    assert again.totals.grand_total.minor_units == 9000
    await rig.settled()


async def test_a_quote_ends_and_belongs_to_its_member(rig: Rig) -> None:
    quoted = await rig.call(rig.orders.Quote, pb.QuoteRequest(member_id=MEMBER, channel_id="web", lines=[line()]))
    given = {"quote_id": quoted.quote.quote_id, "lines": []}
    foreign = await rig.fault(rig.place(rig.member(OTHER), member_id=OTHER, **given))
    assert foreign.reason == "QUOTE_MISMATCH"
    more = await rig.fault(rig.place(quote_id=quoted.quote.quote_id))
    assert more.reason == "QUOTE_MISMATCH"
    rig.clock.advance(minutes=10, seconds=1)
    late = await rig.fault(rig.place(**given))
    assert late.reason == "QUOTE_EXPIRED"
    assert await rig.rows("SELECT order_id FROM orders") == []


@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({"lines": [line("NONSUCH")]}, "UNKNOWN_SKU", "lines[0].sku"),
        ({"lines": [line(), line("COAT", 0)]}, "FIELD_INVALID", "lines[1].quantity"),
        ({"lines": [line("COAT", 10**9)]}, "FIELD_INVALID", "lines[0].quantity"),
        ({"lines": []}, "FIELD_INVALID", "lines"),
        ({"lines": [line()] * 101}, "FIELD_INVALID", "lines"),
        ({"channel_id": "moon"}, "FIELD_INVALID", "channel_id"),
        ({"lines": [line(fulfilment_location_id="TPE02")]}, "PICKUP_NOT_OFFERED", "lines[0].fulfilment_location_id"),
        ({"lines": [line(fulfilment_location_id="")]}, "FIELD_INVALID", "lines[0].fulfilment_location_id"),
        (
            {"lines": [line(method=trade_pb2.FULFILMENT_METHOD_CARRY_OUT)]},
            "FIELD_INVALID",
            "lines[0].method",
        ),
        ({"coupon_codes": ["NOPE"]}, "COUPON_UNKNOWN", None),
        ({"spend_points": -1}, "FIELD_INVALID", "spend_points"),
        ({"payment": pb.PaymentChoice(provider="acme", instrument_token="x")}, "FIELD_INVALID", "payment.provider"),
        ({"payment": pb.PaymentChoice(provider="simulator")}, "FIELD_INVALID", "payment.instrument_token"),
        ({"quote_id": "no"}, "FIELD_INVALID", "quote_id"),
        ({"quote_id": str(uuid.uuid4()), "lines": []}, "QUOTE_EXPIRED", "quote_id"),
        ({"member_id": OTHER}, "NOT_FOUND", "member_id"),
        ({"request_id": ""}, "FIELD_INVALID", "request_id"),
        ({"masked_name": "x" * 65}, "FIELD_INVALID", "masked_name"),
        ({"cart_hold_id": "x"}, "FIELD_INVALID", "cart_hold_id"),
    ],
)
async def test_a_bad_wish_is_refused_by_field_and_rule(
    rig: Rig, changed: dict[str, Any], reason: str, field: str | None
) -> None:
    fault = await rig.fault(rig.place(**changed))
    assert (fault.reason, fault.metadata.get("field")) == (reason, field)
    assert await rig.rows("SELECT order_id FROM orders") == []


async def test_a_slow_caller_loses_the_answer_but_not_the_order(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usecases_steps, "_STEP_SECONDS", 10.0)
    rig.world.gates["stock.hold"] = gate = asyncio.Event()
    asked = wish()
    # long enough for the order to have begun on any machine
    fault = await rig.fault(rig.call(rig.orders.PlaceOrder, asked, timeout=2))
    assert fault.reason == "DEADLINE_EXCEEDED"
    gate.set()
    (row,) = await rig.rows("SELECT order_id FROM orders")
    order = await rig.ended(row["order_id"])
    assert order.state == CONFIRMED
    assert (await rig.call(rig.orders.PlaceOrder, asked)).order.order_id == order.order_id


async def test_cancelling_a_confirmed_order_gives_the_money_back(rig: Rig) -> None:
    order = await rig.place()
    ask = pb.CancelOrderRequest(request_id="c1", order_id=order.order_id, reason="CHANGED_MIND")
    reply = await rig.call(rig.orders.CancelOrder, ask)
    assert (reply.order.state, reply.order.reason) == (CANCELLED, "CHANGED_MIND")

    async def voided() -> bool:
        payment = rig.book.find(order.order_id)
        return payment is not None and payment.state == "voided"

    await rigs.eventually(voided)
    assert await rig.events() == ["OrderConfirmed", "OrderCancelled"]
    again = await rig.call(rig.orders.CancelOrder, pb.CancelOrderRequest(
        request_id="c2", order_id=order.order_id, reason="AGAIN"))  # fmt: skip
    assert again.order.reason == "CHANGED_MIND"
    foreign = await rig.fault(rig.call(rig.orders.CancelOrder, ask, rig.member(OTHER)))
    assert foreign.reason == "NOT_FOUND"
