"""Somebody orders without an account, a good and a cart, looks by his link, and has both once he has signed in."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.demo.stage import until
from cli.demo.tale import Tale
from cli.demo.web import Web
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import SHIRT_PRICE, basket, paid_by
from tests.journeys.stages import opened, refused, sign_in, stranger

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]


async def test_a_guest_orders_looks_by_his_link_and_has_it_once_he_signs_in(fleet: TestFleet, tmp_path: Path) -> None:
    async with opened(fleet, tmp_path) as tale:
        later = Tale(tale.stage, tale.web, tale.hq, tale.till, stranger())
        begun = await _begun(later)
        order_id, of_cart = await _ordered(later, begun), await _ordered_cart(later, begun, fleet.gateway_url)
        assert (await refused(tale.app.get(f"/v1/orders/{order_id}"))).status == 404
        await sign_in(later)

        async def orders() -> list[Any]:
            return list((await later.app.get("/v1/orders"))["orders"])

        mine = await until("the guest's orders", orders, lambda found: len(found) == 2)
        assert {(one["order_id"], one["member_id"]) for one in mine} == {
            (each, later.member_id) for each in (order_id, of_cart)
        }

        async def standing() -> Any:
            return (await later.app.get("/v1/me/standing"))["standing"]

        await until("their points", standing, lambda found: found["qualifying_spend"] == 2 * SHIRT_PRICE)
        assert (found := await standing())["points_active"] + found["points_pending"]


async def _begun(later: Tale) -> Any:
    """Somebody who is nobody yet, and says whom to reach."""
    told = {"device_id": later.shopper.device, "name": "陳小明", "phone": later.shopper.phone}
    return await later.web.post("/v1/guests", told)


async def _ordered(later: Tale, begun: Any) -> str:
    """What he orders, and that his link shows it."""
    guest = later.web.as_(begun["access_token"])
    whom = {"contact_id": begun["contact_id"], "masked_name": begun["masked_name"]}
    order = (await guest.post("/v1/orders", basket() | paid_by("sim_ok") | whom))["order"]
    assert (order["state"], order["member_id"] or "") == ("CONFIRMED", "")
    secret = (await guest.get(f"/v1/guest-orders/{order['order_id']}/link"))["secret"]
    path = f"/v1/guest-orders/{order['order_id']}"
    assert (await later.web.post(path, {"secret": secret}))["order"]["state"] == "CONFIRMED"
    assert (await refused(later.web.post(path, {"secret": "guessed"}))).reason == "GUEST_LINK_INVALID"
    return str(order["order_id"])


async def _ordered_cart(later: Tale, begun: Any, url: str) -> str:
    """What he had put into a cart before he said who he is; only its token opens it."""
    made = await later.web.post("/v1/carts", {"adds": basket()["lines"]})
    cart = made["cart"]
    assert (await refused(later.web.get(f"/v1/carts/{cart['cart_id']}"))).reason == "CART_UNKNOWN"
    client = httpx.AsyncClient(base_url=url, trust_env=False, timeout=10, headers={"Cart-Token": made["cart_token"]})
    async with Web("", begun["access_token"], client) as guest:
        assert (await guest.get(f"/v1/carts/{cart['cart_id']}"))["cart"]["problems"] == []
        named = {"cart_id": cart["cart_id"], "version": cart["version"], "contact_id": begun["contact_id"]}
        order = (await guest.post("/v1/cart/checkout", named | paid_by("sim_ok")))["order"]
        assert (await guest.get(f"/v1/carts/{cart['cart_id']}"))["cart"]["order_id"] == order["order_id"]
    assert (order["state"], order["member_id"] or "") == ("CONFIRMED", "")
    return str(order["order_id"])
