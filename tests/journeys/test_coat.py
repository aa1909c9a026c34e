"""J1, the coat: the story that `omoctl demo` tells, played on the tests' own fleet with its own exact numbers."""

from pathlib import Path

import pytest

from cli.demo import brand, selling, story
from cli.demo.brand import LIN
from cli.demo.stage import StoryBroken
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import basket, order_of, paid_by, to_be_had
from tests.journeys.stages import opened, stage_of, stranger

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]
_STEPS = 46


async def test_the_coat_from_the_store_to_the_credit(fleet: TestFleet, tmp_path: Path) -> None:
    """That it can be told again on the same data is seen where `omoctl demo` is typed twice."""
    told: list[str] = []
    stage = stage_of(fleet, tmp_path, told.append)
    await story.play(stage, stranger())
    assert stage.steps == _STEPS, "\n".join(told)


async def test_the_story_stops_at_a_wrong_number(
    fleet: TestFleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selling, "SALE_TOTAL", 39_401)
    with pytest.raises(StoryBroken, match=r"three coats cost: the story says 39401, the suite says 39400"):
        await story.play(stage_of(fleet, tmp_path, lambda _: None), stranger())


async def test_a_size_is_exchanged_on_the_spot(fleet: TestFleet, tmp_path: Path) -> None:
    """What he ordered is handed over, does not fit, and goes back for the next size: one document, nothing charged."""
    ordered, fits, price = "TROUSERS-NAVY-30", "TROUSERS-NAVY-32", 2_980
    async with opened(fleet, tmp_path) as tale, tale.counter(brand.STORE) as till:
        await till.sign_in(LIN)
        shelf = {sku: await to_be_had(tale, sku) for sku in (ordered, fits)}
        placed = await tale.app.post("/v1/orders", basket(ordered) | paid_by("sim_ok"))
        order_id = placed["order"]["order_id"]
        staff, (task,) = tale.web.as_(till.staff_token), (await order_of(tale, order_id))["fulfilments"]
        at = f"/v1/staff/tasks/{task['fulfilment_id']}"
        for step in ("accept", "pick", "ready"):
            await staff.post(f"{at}/{step}", {})
        await staff.post(f"{at}/handover", {"pin": (await order_of(tale, order_id))["pickup_pin"]})
        back = {"order_id": order_id, "units": [{"line_no": 1}], "reason": "WRONG_SIZE", "verified": True}
        instead = {"lines": [{"sku": fits, "seller_staff_code": LIN.code}], "channel_id": brand.TILLS}
        done = await staff.post("/v1/staff/visits", {"location_id": brand.STORE, "returned": back} | instead)
        visit, sale = done["visit"], done["sale"]
        names = ("returned", "sale", "exchanged", "charged", "refunded")
        assert [visit[f"{name}_total"]["amount"] for name in names] == [price, price, price, 0, 0]
        assert [line["sku"] for line in sale["lines"]] == [fits]
        assert (sale["totals"]["tax_total"]["amount"], sale["channel_kind"]) == (142, "STORE")
        assert [(one["kind"], one["amount"]["amount"]) for one in sale["tenders"]] == [("RETURN", price)]
        returned = (await staff.get(f"/v1/staff/returns/{visit['return_id']}"))["returned"]
        assert (returned["exchange_order_id"], returned["state"]) == (sale["order_id"], "INSPECTED")
        await tale.stage.settle()
        assert {sku: await to_be_had(tale, sku) for sku in shelf} == {ordered: shelf[ordered], fits: shelf[fits] - 1}
        credited = (await staff.get("/v1/staff/credits", order_id=sale["order_id"]))["credits"]
        assert [(one["beneficiary"], one["amount"]) for one in credited] == [(LIN.code, price)]
        checks, drifts = await tale.stage.prove()
        assert (checks > 30, drifts) == (True, [])
