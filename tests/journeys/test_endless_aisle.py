"""One stock, at the counter: a size that the store is short of, a pickup that it cannot have ready, goods to try on."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from cli.demo import brand
from cli.demo.brand import CHANG, LIN, StaffMember
from cli.demo.counter import Counter
from cli.demo.stage import until
from cli.demo.tale import Tale
from cli.demo.web import Web
from kit.ids import uuid7
from omo.order.v1 import counter_service_pb2 as pb
from omo.storefacts.v1 import facts_pb2 as facts
from omo.type.v1 import trade_pb2
from omo_storelink import Refused, to_hold
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import order_of, paid_by
from tests.journeys.stages import opened, refused

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]

HERE, THERE, WAREHOUSE = brand.STORE, CHANG.location_id, brand.WAREHOUSE
PACKER = StaffMember("EA01", "王建國", WAREHOUSE, "adviser", "4713")
PARKA_M, PARKA_L, CAP = "AISLE-PARKA-M", "AISLE-PARKA-L", "AISLE-CAP-ONE"
PRICES = {PARKA_M: 2_400, PARKA_L: 2_500, CAP: 890}
STOCK = {(PARKA_L, WAREHOUSE): 2, (CAP, HERE): 5, (PARKA_M, HERE): 2, (PARKA_M, THERE): 2, (CAP, THERE): 1}
TERMS = {"ask": True, "hours": 24, "otherwise": "CANCEL"}


@dataclass(slots=True)
class Scene:
    """A shopper, and two stores with their tills open."""

    tale: Tale
    here: Counter
    there: Counter
    packing: Counter

    def console(self, till: Counter) -> Web:
        return self.tale.web.as_(till.staff_token)

    async def level(self, sku: str, place: str) -> tuple[int, int, int]:
        """On hand, committed, available."""
        await self.tale.stage.settle()
        till = {HERE: self.here, THERE: self.there, WAREHOUSE: self.packing}[place]
        (level,) = (await self.console(till).get("/v1/staff/stock", sku=[sku]))["levels"]
        return level["on_hand"], level["committed"], level["available"]

    def sale(self, *lines: tuple[str, int, str], **more: Any) -> facts.SaleFact:
        """What the till rings up: good, how many, by which way."""
        sale_id = uuid7()
        fact = facts.SaleFact(
            sale_id=sale_id, receipt_no=f"{HERE}-{sale_id[-12:].upper()}", channel_id=brand.TILLS,
            currency_code=brand.CURRENCY, tax_included=True, member_id=self.tale.member_id,
            cashier_staff_code=LIN.code, **more,
        )  # fmt: skip
        fact.business_time.FromDatetime(self.tale.stage.now())
        for number, (sku, many, method) in enumerate(lines, 1):
            way, total = trade_pb2.FulfilmentMethod.Value(f"FULFILMENT_METHOD_{method}"), many * PRICES[sku]
            fact.lines.add(line_no=number, sku=sku, quantity=many, list_total=total, net_total=total, method=way,
                           tax_total=round(total * 5 / 105))  # fmt: skip
        fact.tenders.add(kind=trade_pb2.TENDER_KIND_CASH, amount=sum(line.net_total for line in fact.lines))
        return fact


@pytest_asyncio.fixture(scope="module")
async def scene(fleet: TestFleet, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        tale = await stack.enter_async_context(opened(fleet, tmp_path_factory.mktemp("aisle")))
        await _goods(tale.hq)
        here = await stack.enter_async_context(tale.counter(HERE))
        there = await stack.enter_async_context(await tale.branch(THERE))
        packing = await stack.enter_async_context(await tale.branch(WAREHOUSE))
        for till, person in ((here, LIN), (there, CHANG), (packing, PACKER)):
            await till.sign_in(person)
        await tale.stage.settle()
        yield Scene(tale, here, there, packing)
        await tale.hq.put("/v1/hq/rejected-pickup-policy", TERMS | {"ask": False})


async def _goods(hq: Web) -> None:
    variants = {"AISLE-PARKA": [PARKA_M, PARKA_L], "AISLE-CAP": [CAP]}
    products = [
        {"product_id": code, "name": code.title(), "brand": "Hikari", "variants": [{"sku": sku} for sku in skus]}
        for code, skus in variants.items()
    ]
    await hq.put("/v1/hq/products", {"products": products})
    prices = {"price_list_id": "AISLE", "currency_code": "TWD", "channel_ids": [brand.TILLS, brand.WEB]}
    given = [{"sku": sku, "amount": amount} for sku, amount in PRICES.items()]
    await hq.put("/v1/hq/price-lists", {"price_list": prices | {"prices": given}})
    staff = {"staff_code": PACKER.code, "display_name": PACKER.name, "home_location_id": WAREHOUSE}
    await hq.put("/v1/hq/staff", {"staff": staff | {"roles": [PACKER.role]}, "pin": PACKER.pin})
    opening = [
        {"sku": sku, "location_id": place, "kind": "OPENING", "quantity": units, "reason": "aisle"}
        for (sku, place), units in STOCK.items()
    ]
    await hq.post("/v1/hq/stock/movements", {"movements": opening})


async def test_a_size_the_store_is_short_of_is_bought_here_and_sent_from_the_warehouse(scene: Scene) -> None:
    """One receipt: a cap is carried out, a parka in L is promised from the warehouse before the till closes."""
    tale, questions = scene.tale, scene.here.till.questions
    fact = scene.sale((CAP, 1, "CARRY_OUT"), (PARKA_L, 1, "SHIP"))
    home = {"name": "陳小明", "phone": "0912345678", "address": "台北市大安區和平東路二段 1 號"}
    contact = await scene.console(scene.here).post("/v1/staff/contacts", home | {"member_id": tale.member_id})
    fact.delivery.CopyFrom(facts.SaleDelivery(country_code="TW", postal_code="106", **contact))
    held = to_hold(fact)
    assert held is not None
    await questions.hold_delivery(held)
    assert await scene.level(PARKA_L, WAREHOUSE) == (2, 0, 1), "promised, and nobody else's"
    too_many = pb.HoldDeliveryRequest(
        sale_id=uuid7(), channel_id=brand.TILLS, lines=[pb.DeliveredLine(line_no=1, sku=PARKA_L, quantity=2)]
    )
    with pytest.raises(Refused) as none:
        await questions.hold_delivery(too_many)
    assert none.value.reason == "OUT_OF_STOCK"
    await scene.here.record(fact)
    assert await scene.level(CAP, HERE) == (4, 0, 4)
    assert await scene.level(PARKA_L, WAREHOUSE) == (2, 1, 1)
    await tale.stage.advance(timedelta(seconds=61))
    (task,) = await until("a task", lambda: _tasks(scene, fact.sale_id), lambda found: len(found) == 1)
    goods = [(one["sku"], one["quantity"]) for one in task["lines"]]
    assert (task["location_id"], goods) == (WAREHOUSE, [(PARKA_L, 1)])
    await _sent(scene, fact.sale_id, task["fulfilment_id"])
    assert await scene.level(PARKA_L, WAREHOUSE) == (1, 0, 1)
    shown = await order_of(tale, fact.sale_id)
    assert (shown["totals"]["grand_total"]["amount"], shown["review_flags"]) == (3_390, [])
    assert [(one["kind"], one["state"], one["amount"]["amount"]) for one in shown["tenders"]] == [
        ("CASH", "CAPTURED", 3_390)
    ]
    # either part comes back anywhere: the parka to the other store, which never had one
    asked = {"order_id": fact.sale_id, "units": [{"line_no": 2}], "reason": "WRONG_SIZE", "verified": True}
    visit = await scene.console(scene.there).post("/v1/staff/visits", {"location_id": THERE, "returned": asked})
    assert (visit["visit"]["refunded_total"]["amount"], visit["sale"]) == (2_500, None)
    assert await scene.level(PARKA_L, THERE) == (1, 0, 1)
    await _nothing_drifts(tale)


async def _sent(scene: Scene, order_id: str, task_id: str) -> None:
    """Accepted, picked, packed, labelled, given to the carrier."""
    console, at = scene.console(scene.packing), f"/v1/staff/tasks/{task_id}"
    for step in ("accept", "pick"):
        await console.post(f"{at}/{step}", {})
    await console.post(f"{at}/pack", {"parcels": [{"units": [{"line_no": 2, "first_unit": 0, "quantity": 1}]}]})
    await until("the label", lambda: _tasks(scene, order_id),
                lambda found: found[0]["parcels"][0]["state"] == "BOOKED")  # fmt: skip
    await console.post(f"{at}/ship", {})


async def _tasks(scene: Scene, order_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await order_of(scene.tale, order_id))["fulfilments"]
    return found


async def test_a_store_that_cannot_has_its_shopper_choose_by_his_own_link(scene: Scene) -> None:
    tale = scene.tale
    await tale.hq.put("/v1/hq/rejected-pickup-policy", TERMS)
    lines = [{"sku": PARKA_M, "quantity": 2, "method": "COLLECT", "fulfilment_location_id": HERE}]
    order = (await tale.app.post("/v1/orders", {"channel_id": brand.WEB, "lines": lines} | paid_by("sim_ok")))["order"]
    (task,) = await _tasks(scene, order["order_id"])
    no = {"reason": "NO_CAPACITY"}
    await scene.console(scene.here).post(f"/v1/staff/tasks/{task['fulfilment_id']}/reject", no)
    link = await tale.app.get(f"/v1/orders/{order['order_id']}/pickup-choice")
    token = {"token": link["token"]}
    await tale.stage.settle()
    # signed out, with the link and nothing else
    seen = (await tale.web.post("/v1/pickup-choices/look", token))["choice"]
    assert (seen["state"], seen["can_ship"]) == ("ASKED", False), "who has it does not ship"
    assert [(one["location_id"], one["has_all"]) for one in seen["places"]] == [(THERE, True)]
    await tale.web.post("/v1/pickup-choices", token | {"option": "COLLECT", "location_id": THERE})
    # inventory may be late with its answer: then the promise is moved after the shopper has his
    done = await until("his choice", lambda: tale.web.post("/v1/pickup-choices/look", token),
                       lambda found: found["choice"]["state"] == "SETTLED")  # fmt: skip
    assert done["choice"]["chosen_location_id"] == THERE
    other = await refused(tale.web.post("/v1/pickup-choices", token | {"option": "CANCEL"}))
    assert other.reason == "PICKUP_CHOICE_MADE"
    assert (await scene.level(PARKA_M, HERE), await scene.level(PARKA_M, THERE)) == ((2, 0, 2), (2, 2, 0))
    after = await order_of(tale, order["order_id"])
    assert (after["attention"], after["totals"]) == ([], order["totals"])
    tasks = [(one["location_id"], one["state"]) for one in after["fulfilments"]]
    assert tasks == [(HERE, "REJECTED"), (THERE, "PLACED")]
    await _changes_his_mind_there(scene, order["order_id"])


async def _changes_his_mind_there(scene: Scene, order_id: str) -> None:
    """Two parkas wait; one stays, a cap goes along: what is left over is let go, and nothing is charged twice."""
    tale, console = scene.tale, scene.console(scene.there)
    task = next(one for one in await _tasks(scene, order_id) if one["state"] == "PLACED")["fulfilment_id"]
    for step in ("accept", "pick", "ready"):
        await console.post(f"/v1/staff/tasks/{task}/{step}", {})
    pin = (await order_of(tale, order_id))["pickup_pin"]
    asked = {"fulfilment_id": task, "pin": pin, "dropped": [{"line_no": 1, "quantity": 1}]}
    body = {"location_id": THERE, "channel_id": brand.TILLS, "pickup": asked, "lines": [{"sku": CAP}]}
    visit = (await console.post("/v1/staff/visits", body))["visit"]
    names = ("dropped", "sale", "exchanged", "charged", "released")
    amounts = {name: visit[f"{name}_total"]["amount"] for name in names}
    assert amounts == {"dropped": 2_400, "sale": 890, "exchanged": 890, "charged": 0, "released": 1_510}
    await until(
        "the money", lambda: tale.hq.get(f"/v1/hq/orders/{order_id}/payments"),
        lambda found: {("CAPTURED", 3_290), ("VOIDED", 1_510), ("REFUNDED", 890)}
        <= {(one["state"], one["amount"]["amount"]) for one in found["tenders"]},
    )  # fmt: skip
    assert await scene.level(PARKA_M, THERE) == (1, 0, 1)
    assert await scene.level(CAP, THERE) == (0, 0, 0)
    await _nothing_drifts(tale)


async def test_goods_are_reserved_tried_on_and_what_is_kept_is_bought(scene: Scene) -> None:
    tale = scene.tale
    wanted = {"location_id": HERE, "lines": [{"sku": PARKA_M}, {"sku": CAP, "quantity": 2}]}
    held = (await tale.app.post("/v1/tryouts", wanted))["tryout"]
    assert await scene.level(PARKA_M, HERE) == (2, 0, 1)
    console, at = scene.console(scene.here), f"/v1/staff/tryouts/{held['tryout_id']}"
    assert [one["tryout_id"] for one in (await console.get("/v1/staff/tryouts", location=HERE))["tryouts"]] == [
        held["tryout_id"]
    ]
    for step in ("ready", "begin"):
        await console.post(f"{at}/{step}", {})
    fact = scene.sale((PARKA_M, 1, "CARRY_OUT"), tryout_id=held["tryout_id"])
    await scene.here.record(fact)
    assert await scene.level(PARKA_M, HERE) == (1, 0, 1)
    assert await scene.level(CAP, HERE) == (4, 0, 4), "what is not kept is for sale again"
    ended = (await tale.app.get(f"/v1/tryouts/{held['tryout_id']}"))["tryout"]
    assert (ended["state"], ended["sale_id"], [one["kept"] for one in ended["lines"]]) == (
        "CONVERTED", fact.sale_id, [1, 0],
    )  # fmt: skip
    await _nothing_drifts(tale)


async def _nothing_drifts(tale: Tale) -> None:
    await tale.stage.settle()
    checks, drifts = await tale.stage.prove()
    assert checks > 30
    assert drifts == []
