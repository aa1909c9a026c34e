"""J4, the festival: cups that nobody has yet, sold ahead up to caps; what comes is the first buyer's, and invoiced."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.demo import brand
from cli.demo.brand import LIN
from cli.demo.counter import Counter
from cli.demo.stage import until
from cli.demo.tale import Tale
from kit.ids import uuid7
from omo.storelink.v1 import till_service_pb2 as pb
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import SHIRT, SHIRT_PRICE, order_of, paid_by
from tests.journeys.invoicing import CARRIER, MASKED, handed_in, issuing, shown
from tests.journeys.stages import opened, refused

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]
PRODUCT, SKU, PRICE, OFFER, ORDERED = "CUP-MOON", "CUP-MOON-1", 480, "MOON-FESTIVAL", "PO-MOON-1"
NEAR = "TPE02"


async def test_festival_cups_are_sold_ahead_up_to_caps_and_collected(fleet: TestFleet, tmp_path: Path) -> None:
    async with opened(fleet, tmp_path) as tale, tale.counter(brand.STORE) as counter, issuing(tale):
        await counter.sign_in(LIN)
        await _described(tale)
        begin = tale.stage.now().replace(microsecond=0)
        await _offered(tale, begin)
        first, second = await _ordered(tale, 2), await _ordered(tale, 1)
        here = await refused(tale.app.post("/v1/orders", _basket(1)))
        assert here.reason == "PREORDER_SOLD_OUT", here
        assert (here.metadata["of"], here.metadata["left"]) == ("location", "0")
        everywhere = await refused(tale.app.post("/v1/orders", _basket(2, NEAR)))
        assert (everywhere.metadata["of"], everywhere.metadata["left"]) == ("all", "1")
        third = await _ordered(tale, 1, NEAR)
        assert await _shown(tale) == (False, True)
        await tale.app.post(f"/v1/orders/{third}/cancel", {})
        assert await _shown(tale) == (True, False)
        assert await _sold(tale) == (3, 0)
        await _changed(tale, second)
        await _arrived(tale, begin, first, second)
        await _collected(tale, counter, first)
        assert await _sold(tale) == (3, 3)
        assert await handed_in(tale, first, 1) == [("ISSUED", 2 * PRICE)]
        assert await shown(tale.app, first) == [("JN", MASKED, 2 * PRICE)]
        await tale.stage.settle()
        checks, drifts = await tale.stage.prove()
        assert (checks > 30, drifts) == (True, [])


async def _described(tale: Tale) -> None:
    product = {"product_id": PRODUCT, "name": "Moon cup", "variants": [{"sku": SKU}]}
    await tale.hq.put("/v1/hq/products", {"products": [product]})
    listed = {"price_list_id": "festival", "currency_code": brand.CURRENCY, "prices": [{"sku": SKU, "amount": PRICE}]}
    await tale.hq.put("/v1/hq/price-lists", {"price_list": {**listed, "tax_included": True}})
    await tale.stage.settle()


async def _offered(tale: Tale, begin: datetime) -> None:
    """Three for each of two stores are on their way; four may be sold, three of them in one store."""
    lines = [
        {"line_no": number, "sku": SKU, "location_id": place, "quantity": 3, "promisable": True,
         "expected_time": (begin + timedelta(days=5)).isoformat()}
        for number, place in enumerate((brand.STORE, NEAR), 1)
    ]  # fmt: skip
    document = {"document_id": ORDERED, "kind": "PURCHASE_ORDER", "lines": lines}
    await tale.hq.put("/v1/hq/supply", {"documents": [document]})
    times = {"start_time": begin, "end_time": begin + timedelta(days=4), "release_time": begin + timedelta(days=6)}
    offer = {"sku": SKU, "cap": 4, "location_caps": [{"code": brand.STORE, "units": 3}, {"code": NEAR, "units": 3}]}
    offer |= {name: at.isoformat() for name, at in times.items()}
    made = (await tale.hq.put(f"/v1/hq/preorders/{OFFER}", offer))["preorder"]
    assert (made["cap"], made["sold"]) == (4, 0)
    (seen,) = (await tale.web.get(f"/v1/products/{PRODUCT}"))["preorders"]
    assert (seen["offer_id"], seen["open"], seen["ships"]) == (OFFER, True, False)


def _basket(quantity: int, place: str = brand.STORE) -> dict[str, Any]:
    line = {"sku": SKU, "quantity": quantity, "method": "COLLECT", "fulfilment_location_id": place}
    return {"channel_id": brand.WEB, "lines": [line], "invoice": CARRIER} | paid_by("sim_ok")


async def _ordered(tale: Tale, quantity: int, place: str = brand.STORE) -> str:
    order = (await tale.app.post("/v1/orders", _basket(quantity, place)))["order"]
    assert (order["state"], order["lines"][0]["preorder"]["offer_id"]) == ("CONFIRMED", OFFER)
    assert await _tasks(tale, order["order_id"]) == [("ON_HOLD", "PREORDER")]
    return str(order["order_id"])


async def _tasks(tale: Tale, order_id: str) -> list[tuple[str, str | None]]:
    return [(one["state"], one["reason"]) for one in (await order_of(tale, order_id))["fulfilments"]]


async def _shown(tale: Tale) -> tuple[bool, bool]:
    """Whether it is open in the shop, and sold out."""
    (one,) = (await tale.web.get("/v1/preorders", sku=[SKU]))["preorders"]
    return one["open"], one["sold_out"]


async def _sold(tale: Tale) -> tuple[int, int]:
    """What was sold and not cancelled, and what of it may be handed over."""
    (one,) = (await tale.hq.get("/v1/hq/preorders", sku=SKU))["preorders"]
    return one["sold"], one["released"]


async def _changed(tale: Tale, order_id: str) -> None:
    """He wants a shirt with it: looked at first, then paid and promised beside the order, which stays as it was."""
    version = (await order_of(tale, order_id))["version"]
    shirt = {"sku": SHIRT, "quantity": 1, "method": "COLLECT", "fulfilment_location_id": brand.STORE}
    actions = {"actions": [{"add_line": shirt}]}
    seen = (await tale.app.post(f"/v1/orders/{order_id}/edits/preview", actions))["preview"]
    assert (seen["possible"], seen["version"], seen["charge"]["amount"]) == (True, version, SHIRT_PRICE)
    assert seen["after"]["grand_total"]["amount"] == PRICE + SHIRT_PRICE
    asked = {**actions, "version": version, "quote_id": seen["added"]["quote_id"], **paid_by("sim_ok")}
    edit = (await tale.app.post(f"/v1/orders/{order_id}/edits", asked))["edit"]
    assert (edit["state"], edit["charged"]["amount"]) == ("APPLIED", SHIRT_PRICE)
    assert (await order_of(tale, edit["added_order_id"]))["state"] == "CONFIRMED"
    await _elsewhere(tale, edit["added_order_id"])
    stale = await refused(tale.app.post(f"/v1/orders/{order_id}/edits", asked))
    assert (stale.reason, stale.metadata["seen"]) == ("EDIT_STALE", str(version))


async def _elsewhere(tale: Tale, order_id: str) -> None:
    """The shirt is to be had nearer, and his company pays for it: as it is nobody's work yet, and not invoiced."""
    await tale.stage.settle()
    path, near = f"/v1/orders/{order_id}/edits", {"method": "COLLECT", "fulfilment_location_id": NEAR}
    moved, named = ({"actions": [one]} for one in ({"set_fulfilment": near}, {"set_invoice": {"tax_id": "10458575"}}))
    seen = (await tale.app.post(f"{path}/preview", moved))["preview"]
    assert (seen["possible"], seen["failures"]) == (True, [])
    done = await tale.app.post(path, {**moved, "version": seen["version"]})
    assert (done["edit"]["state"], done["edit"]["actor"]) == ("APPLIED", None)
    assert {one["location_id"]: one["state"] for one in done["order"]["fulfilments"]} == {
        brand.STORE: "CANCELLED", NEAR: "PLACED",
    }  # fmt: skip
    seen = (await tale.app.post(f"{path}/preview", named))["preview"]
    assert (seen["possible"], seen["invoice"]["masked_tax_id"]) == (True, "*****575")
    await tale.app.post(path, {**named, "version": seen["version"], "reason": "WRONG_ITEM"})


async def _arrived(tale: Tale, begin: datetime, first: str, second: str) -> None:
    """Two come early and are the first buyer's, on the day and not before; the third comes late."""
    came = {"arrivals": [{"line_no": 1, "accepted": 2}]}
    await tale.hq.post(f"/v1/hq/supply/{ORDERED}/receive", came)
    await tale.stage.settle()
    assert await _tasks(tale, first) == [("ON_HOLD", "PREORDER")], "its day has not come"
    await tale.stage.advance(timedelta(days=6, minutes=1))
    await tale.refresh()
    assert await _tasks(tale, first) == [("PLACED", None)]
    assert await _tasks(tale, second) == [("ON_HOLD", "PREORDER")], "nothing is there for the second"
    await tale.hq.post(f"/v1/hq/supply/{ORDERED}/receive", {"arrivals": [{"line_no": 1, "accepted": 1}]})
    await tale.stage.settle()
    await until("the second task", lambda: _tasks(tale, second), lambda seen: seen == [("PLACED", None)])


async def _collected(tale: Tale, counter: Counter, order_id: str) -> None:
    """Accepted, picked, ready, and his against the PIN; then it is paid."""
    await counter.sign_in(LIN)
    (task,) = [one["fulfilment_id"] for one in (await order_of(tale, order_id))["fulfilments"]]
    asked = {"request_id": uuid7(), "fulfilment_id": task}
    await counter.ask(lambda till: till.AcceptFulfilment, pb.AcceptFulfilmentRequest(**asked))
    await counter.ask(lambda till: till.PickFulfilment, pb.PickFulfilmentRequest(**asked))
    await counter.ask(lambda till: till.ReadyFulfilment, pb.ReadyFulfilmentRequest(**asked))
    pin = (await order_of(tale, order_id))["pickup_pin"]
    handing = pb.HandOverFulfilmentRequest(**asked, pin=pin)
    await counter.ask(lambda till: till.HandOverFulfilment, handing)

    def paid(order: dict[str, Any]) -> bool:
        return [(one["state"], one["amount"]["amount"]) for one in order["tenders"]] == [("CAPTURED", 2 * PRICE)]

    await until("the capture", lambda: order_of(tale, order_id), paid)
