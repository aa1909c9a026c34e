"""Bad input from the outside: each is refused with a problem that names the field and the rule."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from cli.demo import brand
from cli.demo.counter import Counter
from cli.demo.counter import refused as refused_at_till
from cli.demo.tale import Tale
from cli.demo.web import Refusal
from kit.ids import uuid7
from omo.inventory.v1 import stock_pb2
from omo.storelink.v1 import till_service_pb2 as till_pb
from tests.harness.fleet import TestFleet
from tests.journeys import baskets
from tests.journeys.baskets import SHIRT, SHIRT_PRICE, basket, paid_by, to_be_had
from tests.journeys.stages import login_code, opened, refused, sign_in, stranger

pytestmark = pytest.mark.xdist_group("fleet")


@pytest_asyncio.fixture(scope="module")
async def tale(fleet: TestFleet, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tale]:
    """A shopper of a loaded brand, signed in."""
    async with opened(fleet, tmp_path_factory.mktemp("refusals")) as one:
        yield one


def problem(refusal: Refusal, status: int, reason: str, **metadata: str) -> None:
    """The refusal is this one, as RFC 9457 says it."""
    document = refusal.problem
    assert (refusal.status, refusal.reason) == (status, reason), document
    assert refusal.headers["content-type"] == "application/problem+json"
    assert document["type"] == f"urn:omo:reason:{reason}"
    assert document["trace_id"]
    for name, value in metadata.items():
        assert refusal.metadata.get(name) == value, document


async def test_an_unknown_sku(tale: Tale) -> None:
    refusal = await refused(tale.app.post("/v1/quotes", basket("COAT-NOBODY-MADE")))
    problem(refusal, 404, "UNKNOWN_SKU", field="lines[0].sku", sku="COAT-NOBODY-MADE")


@pytest.mark.parametrize("quantity", [0, -1, 10**9, 1.5, "1"])
async def test_a_quantity_that_nobody_can_buy(tale: Tale, quantity: Any) -> None:
    for path in ("/v1/quotes", "/v1/orders"):
        refusal = await refused(tale.app.post(path, basket(quantity=quantity)))
        problem(refusal, 400, "FIELD_INVALID", field="lines[0].quantity")
        assert refusal.problem["errors"][0]["rule"]


@pytest.mark.parametrize("name", ["price", "unit_price", "net_total", "discount"])
async def test_a_price_from_the_client(tale: Tale, name: str) -> None:
    for path in ("/v1/quotes", "/v1/orders"):
        refusal = await refused(tale.app.post(path, basket(more={name: 1})))
        problem(refusal, 400, "PRICE_FROM_CLIENT", field=f"lines[0].{name}")


async def test_a_coupon_that_nobody_gave_out(tale: Tale) -> None:
    refusal = await refused(tale.app.post("/v1/quotes", basket() | {"coupon_codes": ["FREE"]}))
    problem(refusal, 404, "COUPON_UNKNOWN", code="FREE")


async def test_more_than_there_is(tale: Tale) -> None:
    there = await to_be_had(tale)
    refusal = await refused(tale.app.post("/v1/orders", basket(quantity=there + 1) | paid_by("sim_ok")))
    problem(refusal, 409, "OUT_OF_STOCK", sku=SHIRT)
    assert await to_be_had(tale) == there


async def test_points_that_he_does_not_have(tale: Tale) -> None:
    there = await to_be_had(tale)
    refusal = await refused(tale.app.post("/v1/orders", basket() | paid_by("sim_ok") | {"spend_points": 100}))
    problem(refusal, 409, "POINTS_INSUFFICIENT")
    await tale.stage.settle()
    assert await to_be_had(tale) == there, "what was held for the order goes back"


async def test_a_quote_of_somebody_else(fleet: TestFleet, tale: Tale) -> None:
    quote = (await tale.app.post("/v1/quotes", basket()))["quote"]
    other = Tale(tale.stage, tale.web, tale.hq, tale.till, stranger())
    await sign_in(other)
    order = {"quote_id": quote["quote_id"], "channel_id": brand.WEB} | paid_by("sim_ok")
    refusal = await refused(other.app.post("/v1/orders", order))
    problem(refusal, 409, "QUOTE_MISMATCH")
    mine = (await tale.app.post("/v1/orders", order))["order"]
    assert mine["state"] == "CONFIRMED"
    problem(await refused(other.app.get(f"/v1/orders/{mine['order_id']}")), 404, "NOT_FOUND")
    problem(await refused(other.app.post(f"/v1/orders/{mine['order_id']}/cancel", {})), 404, "NOT_FOUND")
    assert (await other.app.get("/v1/orders"))["orders"] == []


async def test_a_quote_whose_time_has_passed(tale: Tale) -> None:
    quote = (await tale.app.post("/v1/quotes", basket()))["quote"]
    await tale.stage.advance(timedelta(minutes=11))
    await tale.refresh()
    order = {"quote_id": quote["quote_id"], "channel_id": brand.WEB} | paid_by("sim_ok")
    problem(await refused(tale.app.post("/v1/orders", order)), 409, "QUOTE_EXPIRED")


async def test_a_hold_of_somebody_else_and_one_whose_time_has_passed(tale: Tale) -> None:
    async with tale.counter(brand.STORE) as counter:
        await counter.sign_in(brand.LIN)
        foreign = await _held(counter, uuid7())
        own = await _held(counter, tale.member_id)
    refusal = await refused(tale.app.post("/v1/orders", basket() | paid_by("sim_ok") | {"cart_hold_id": foreign}))
    problem(refusal, 404, "HOLD_NOT_FOUND", field="cart_hold_id", rule="must be one of the caller's holds")
    assert refusal.problem["detail"].startswith("cart_hold_id: "), refusal.problem
    await tale.stage.advance(timedelta(minutes=2))
    await tale.refresh()
    there = await to_be_had(tale)
    # the promise is over, the order is not: it is filled from what is there
    order = (await tale.app.post("/v1/orders", basket() | paid_by("sim_ok") | {"cart_hold_id": own}))["order"]
    assert order["state"] == "CONFIRMED"
    assert await to_be_had(tale) == there - 1


async def _held(counter: Counter, member_id: str) -> str:
    line = stock_pb2.HoldLine(line_no=1, sku=SHIRT, quantity=1)
    asked = till_pb.HoldStockRequest(request_id=uuid7(), member_id=member_id, lines=[line], ttl_seconds=60)
    hold_id: str = (await counter.ask(lambda till: till.HoldStock, asked)).hold.hold_id
    return hold_id


async def test_an_idempotency_key_missing_reused_and_replayed(tale: Tale) -> None:
    key, body = uuid7(), basket() | paid_by("sim_ok")
    first = await tale.app.ask("POST", "/v1/orders", body, key)
    there = await to_be_had(tale)
    again = await tale.app.ask("POST", "/v1/orders", body, key)
    assert first.json()["order"]["order_id"] == again.json()["order"]["order_id"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    other = basket(quantity=2) | paid_by("sim_ok")
    problem(await refused(tale.app.post("/v1/orders", other, key)), 422, "REQUEST_REUSED")
    assert await to_be_had(tale) == there, "neither took anything more"
    for bad in ("tab\tinside", "x" * 256):
        refusal = await refused(tale.app.ask("POST", "/v1/orders", body, bad))
        assert (refusal.status, refusal.metadata.get("field")) == (400, "Idempotency-Key"), refusal.problem


async def test_a_login_code_works_once_and_guesses_are_counted(tale: Tale) -> None:
    other = Tale(tale.stage, tale.web, tale.hq, tale.till, stranger())
    challenge_id, code = await login_code(other)
    wrong = {"challenge_id": challenge_id, "code": f"{(int(code) + 1) % 10**6:06d}", "device_id": other.shopper.device}
    problem(await refused(tale.web.post("/v1/auth/otp/verify", wrong)), 403, "OTP_WRONG", tries_left="4")
    right = wrong | {"code": code}
    assert (await tale.web.post("/v1/auth/otp/verify", right))["created_now"]
    problem(await refused(tale.web.post("/v1/auth/otp/verify", right)), 409, "OTP_SPENT")
    hasty = await refused(
        tale.web.post("/v1/auth/otp", {"phone": other.shopper.phone, "device_id": other.shopper.device})
    )
    problem(hasty, 429, "OTP_LIMITED")
    assert int(hasty.headers["retry-after"]) <= 60


async def test_doors_of_other_audiences(tale: Tale) -> None:
    problem(await refused(tale.web.get("/v1/me")), 401, "UNAUTHENTICATED")
    for path in ("/v1/staff/tasks", "/v1/hq/orders", "/v1/hq/panorama"):
        problem(await refused(tale.app.get(path)), 403, "PERMISSION_DENIED")
    problem(await refused(tale.hq.get("/v1/me")), 403, "PERMISSION_DENIED")
    problem(await refused(tale.web.as_("no.such.token").get("/v1/me")), 401, "TOKEN_INVALID")


async def test_five_wrong_pins_lock_the_handover(tale: Tale) -> None:
    order = (await tale.app.post("/v1/orders", basket() | paid_by("sim_ok")))["order"]
    async with tale.counter(brand.STORE) as counter:
        await counter.sign_in(brand.LIN)
        task = await _ready(tale, counter, order["order_id"])
        pin = (await baskets.order_of(tale, order["order_id"]))["pickup_pin"]
        wrong = f"{(int(pin) + 1) % 10**6:06d}"
        for left in (4, 3, 2, 1, 0):
            fault = await refused_at_till(_hand_over(counter, task, wrong))
            assert (fault.reason, fault.metadata["tries_left"]) == ("PIN_WRONG", str(left))
        fault = await refused_at_till(_hand_over(counter, task, pin))
        assert fault.reason == "PIN_LOCKED", "also the right one comes too late"
    assert order["totals"]["grand_total"]["amount"] == SHIRT_PRICE


async def _ready(tale: Tale, counter: Counter, order_id: str) -> str:
    listed = await counter.ask(lambda till: till.ListTasks, till_pb.ListTasksRequest(page_size=100))
    task: str = next(task.fulfilment_id for task in listed.tasks if task.order_id == order_id)
    for method, request in (
        (lambda till: till.AcceptFulfilment, till_pb.AcceptFulfilmentRequest),
        (lambda till: till.PickFulfilment, till_pb.PickFulfilmentRequest),
        (lambda till: till.ReadyFulfilment, till_pb.ReadyFulfilmentRequest),
    ):
        await counter.ask(method, request(request_id=uuid7(), fulfilment_id=task))
    return task


def _hand_over(counter: Counter, task: str, pin: str) -> Any:
    asked = till_pb.HandOverFulfilmentRequest(request_id=uuid7(), fulfilment_id=task, pin=pin)
    return counter.ask(lambda till: till.HandOverFulfilment, asked)
