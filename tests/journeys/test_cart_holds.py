"""The last two of a good, kept for a shopper until she orders them: by the web, by the app and by a till."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from cli.demo import brand
from cli.demo.counter import refused as refused_at_till
from cli.demo.tale import Tale
from kit.ids import uuid7
from omo.inventory.v1 import stock_pb2
from omo.storelink.v1 import till_service_pb2 as pb
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import basket, paid_by, to_be_had
from tests.journeys.stages import opened, refused, sign_in, stranger

pytestmark = pytest.mark.xdist_group("fleet")

CHANNEL, SKU, DEPOT = "kept", "KEPT-SCARF", "KEPT-WH"


@pytest_asyncio.fixture(scope="module")
async def tale(fleet: TestFleet, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tale]:
    """A shopper of a brand that has a channel of its own, with one good: two in a store, one where it is sent from."""
    async with opened(fleet, tmp_path_factory.mktemp("kept")) as one:
        channel = {"channel_id": CHANNEL, "kind": "ONLINE", "name": "Kept"}
        await one.hq.put("/v1/hq/channels", {"channels": [channel]})
        product = {"product_id": SKU, "name": "Scarf", "brand": "Hikari", "variants": [{"sku": SKU}]}
        await one.hq.put("/v1/hq/products", {"products": [product]})
        prices = {"price_list_id": "KEPT", "currency_code": "TWD", "channel_ids": [CHANNEL]}
        await one.hq.put("/v1/hq/price-lists", {"price_list": prices | {"prices": [{"sku": SKU, "amount": 900}]}})
        depot = {"location_id": DEPOT, "kind": "WAREHOUSE", "name": DEPOT, "ships": True}
        await one.hq.put("/v1/hq/locations", {"locations": [depot]})
        await _arrive(one, 2)
        await _arrive(one, 1, DEPOT)
        yield one


async def test_the_last_two_are_kept_for_whoever_asked_first(tale: Tale) -> None:
    other = Tale(tale.stage, tale.web, tale.hq, tale.till, stranger())
    await sign_in(other)
    # three are more than there are, unless a part of them will do
    refusal = await refused(other.app.post("/v1/cart-holds", _hold(3)))
    _is(refusal, 409, "OUT_OF_STOCK", sku=SKU, location_id=brand.STORE, available="2")
    part = (await other.app.post("/v1/cart-holds", _hold(3) | {"allow_partial": True}))["hold"]
    assert [(one["quantity"], one["location_id"]) for one in part["lines"]] == [(2, brand.STORE)]
    await other.app.delete(f"/v1/cart-holds/{part['hold_id']}")
    strange = {"lines": [*_hold(1)["lines"], {"sku": "KEPT-NOTHING", "quantity": 1, "location_id": brand.STORE}]}
    refusal = await refused(other.app.post("/v1/cart-holds", strange))
    _is(refusal, 404, "UNKNOWN_SKU", field="lines[1].sku", sku="KEPT-NOTHING")
    # as much as an order may ask of a good, and no more
    refusal = await refused(other.app.post("/v1/cart-holds", _hold(1_000_001)))
    _is(refusal, 400, "FIELD_INVALID", field="lines[0].quantity")
    _is(await refused(other.app.post("/v1/cart-holds", _hold(1_000_000))), 409, "OUT_OF_STOCK", available="2")
    # of a channel it is whatever place can send it
    pooled = {"lines": [{"sku": SKU, "quantity": 2, "pool_id": CHANNEL}]}
    _is(await refused(other.app.post("/v1/cart-holds", pooled)), 409, "OUT_OF_STOCK", pool_id=CHANNEL, available="1")
    part = (await other.app.post("/v1/cart-holds", pooled | {"allow_partial": True}))["hold"]
    assert [(one["quantity"], one["location_id"], one["pool_id"]) for one in part["lines"]] == [(1, DEPOT, CHANNEL)]
    both = {"lines": [{"sku": SKU, "quantity": 1, "pool_id": CHANNEL, "location_id": DEPOT}]}
    _is(await refused(other.app.post("/v1/cart-holds", both)), 400, "FIELD_INVALID", field="lines[0].location_id")
    key = uuid7()
    mine = (await tale.app.post("/v1/cart-holds", _hold(2), key))["hold"]
    assert (mine["state"], await to_be_had(tale, SKU)) == ("ACTIVE", 0)
    again = await tale.app.ask("POST", "/v1/cart-holds", _hold(2), key)
    assert (again.json()["hold"], again.headers["idempotent-replayed"]) == (mine, "true")
    _is(await refused(tale.app.post("/v1/cart-holds", _hold(1), key)), 422, "REQUEST_REUSED")
    assert (await other.app.get("/v1/me"))["member"]["member_id"] != tale.member_id
    _is(await refused(other.app.post("/v1/cart-holds", _hold(1), key)), 409, "OUT_OF_STOCK", available="0")
    path = f"/v1/cart-holds/{mine['hold_id']}"
    longer = (await tale.app.post(f"{path}/extend", {"ttl_seconds": 1_200}))["hold"]
    assert longer["expire_time"] > mine["expire_time"]
    await _nobody_elses(other, mine["hold_id"])
    # her own hold does not stand in her way, and ends with her order
    placed = await tale.app.post("/v1/orders", _order(2) | {"cart_hold_id": mine["hold_id"]})
    assert placed["order"]["state"] == "CONFIRMED"
    assert (await tale.app.get(path))["hold"]["state"] == "RELEASED"
    _is(await refused(tale.app.post(f"{path}/extend", {})), 409, "HOLD_ENDED", state="RELEASED")


async def _nobody_elses(other: Tale, hold_id: str) -> None:
    """A stranger's hold is not told from one that never was."""
    for one in (hold_id, uuid7()):
        path = f"/v1/cart-holds/{one}"
        for asked in (other.app.get(path), other.app.post(f"{path}/extend", {}), other.app.delete(path)):
            _is(await refused(asked), 404, "HOLD_NOT_FOUND", rule="must be one of the caller's holds")
        refusal = await refused(other.app.post("/v1/orders", _order(1) | {"cart_hold_id": one}))
        _is(refusal, 404, "HOLD_NOT_FOUND", field="cart_hold_id")
    _is(await refused(other.app.post("/v1/orders", _order(1))), 409, "OUT_OF_STOCK", available="0")


async def test_a_hold_whose_time_has_passed_keeps_nothing(tale: Tale) -> None:
    await _arrive(tale, 1)
    kept = (await tale.app.post("/v1/cart-holds", _hold(1) | {"ttl_seconds": 60}))["hold"]
    path = f"/v1/cart-holds/{kept['hold_id']}"
    await tale.stage.advance(timedelta(minutes=2))
    await tale.refresh()
    _is(
        await refused(tale.app.post(f"{path}/extend", {})),
        409,
        "HOLD_EXPIRED",
        field="hold_id",
        rule="must be a hold whose time has not passed",
    )
    assert (await tale.app.get(path))["hold"]["state"] == "EXPIRED"
    other = Tale(tale.stage, tale.web, tale.hq, tale.till, stranger())
    await sign_in(other)
    assert (await other.app.post("/v1/orders", _order(1)))["order"]["state"] == "CONFIRMED"
    refusal = await refused(tale.app.post("/v1/orders", _order(1) | {"cart_hold_id": kept["hold_id"]}))
    _is(refusal, 409, "OUT_OF_STOCK", sku=SKU, available="0")
    await tale.app.delete(path)


async def test_a_till_keeps_what_there_is_and_keeps_it_longer(tale: Tale) -> None:
    await _arrive(tale, 1)
    line = stock_pb2.HoldLine(line_no=1, sku=SKU, quantity=2)
    named: dict[str, Any] = {"member_id": tale.member_id, "lines": [line], "ttl_seconds": 60}
    async with tale.counter(brand.STORE) as counter:
        await counter.sign_in(brand.LIN)
        whole = pb.HoldStockRequest(request_id=uuid7(), **named)
        fault = await refused_at_till(counter.ask(lambda till: till.HoldStock, whole))
        assert (fault.reason, fault.metadata["available"]) == ("OUT_OF_STOCK", "1")
        part = pb.HoldStockRequest(request_id=uuid7(), allow_partial=True, **named)
        hold = (await counter.ask(lambda till: till.HoldStock, part)).hold
        assert [(one.location_id, one.quantity) for one in hold.lines] == [(brand.STORE, 1)]
        extend = pb.ExtendStockRequest(request_id=uuid7(), hold_id=hold.hold_id, ttl_seconds=600)
        longer = (await counter.ask(lambda till: till.ExtendStock, extend)).hold
        assert longer.expire_time.ToSeconds() > hold.expire_time.ToSeconds() + 500
    # it is kept for her: she orders it herself
    order = (await tale.app.post("/v1/orders", _order(1) | {"cart_hold_id": hold.hold_id}))["order"]
    assert order["state"] == "CONFIRMED"


async def _arrive(tale: Tale, units: int, place: str = brand.STORE) -> None:
    one = {"sku": SKU, "location_id": place, "kind": "RECEIPT", "quantity": units, "reason": "kept"}
    await tale.hq.post("/v1/hq/stock/movements", {"movements": [one]})


def _hold(quantity: int) -> dict[str, Any]:
    return {"lines": [{"sku": SKU, "quantity": quantity, "location_id": brand.STORE}], "ttl_seconds": 600}


def _order(quantity: int) -> dict[str, Any]:
    return basket(SKU, quantity) | {"channel_id": CHANNEL} | paid_by("sim_ok")


def _is(refusal: Any, status: int, reason: str, **metadata: str) -> None:
    assert (refusal.status, refusal.reason) == (status, reason), refusal.problem
    assert {name: refusal.metadata.get(name) for name in metadata} == metadata, refusal.problem
