"""Somebody orders without an account, looks by his link, and has the order once he has signed in."""

from pathlib import Path
from typing import Any

import pytest

from cli.demo.stage import until
from cli.demo.tale import Tale
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import SHIRT_PRICE, basket, paid_by
from tests.journeys.stages import opened, refused, sign_in, stranger

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]


async def test_a_guest_orders_looks_by_his_link_and_has_it_once_he_signs_in(fleet: TestFleet, tmp_path: Path) -> None:
    async with opened(fleet, tmp_path) as tale:
        later = Tale(tale.stage, tale.web, tale.hq, tale.till, stranger())
        order_id = await _ordered(later)
        assert (await refused(tale.app.get(f"/v1/orders/{order_id}"))).status == 404
        await sign_in(later)

        async def orders() -> list[Any]:
            return list((await later.app.get("/v1/orders"))["orders"])

        (mine,) = await until("the guest's order", orders, bool)
        assert (mine["order_id"], mine["member_id"]) == (order_id, later.member_id)

        async def standing() -> Any:
            return (await later.app.get("/v1/me/standing"))["standing"]

        await until("its points", standing, lambda found: bool(found["points_active"] + found["points_pending"]))
        assert (await standing())["qualifying_spend"] == SHIRT_PRICE


async def _ordered(later: Tale) -> str:
    """By somebody who is nobody yet: what he orders, and that his link shows it."""
    told = {"device_id": later.shopper.device, "name": "陳小明", "phone": later.shopper.phone}
    begun = await later.web.post("/v1/guests", told)
    guest = later.web.as_(begun["access_token"])
    whom = {"contact_id": begun["contact_id"], "masked_name": begun["masked_name"]}
    order = (await guest.post("/v1/orders", basket() | paid_by("sim_ok") | whom))["order"]
    assert (order["state"], order["member_id"] or "") == ("CONFIRMED", "")
    secret = (await guest.get(f"/v1/guest-orders/{order['order_id']}/link"))["secret"]
    path = f"/v1/guest-orders/{order['order_id']}"
    assert (await later.web.post(path, {"secret": secret}))["order"]["state"] == "CONFIRMED"
    assert (await refused(later.web.post(path, {"secret": "guessed"}))).reason == "GUEST_LINK_INVALID"
    return str(order["order_id"])
