"""J2, the counter: a trial, three items, the adviser's code, questions for a voucher, a complaint, tags both ways."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from cli.demo import brand, selling
from cli.demo.brand import LIN
from cli.demo.counter import Counter
from cli.demo.stage import until
from cli.demo.tale import Tale
from kit.ids import uuid7
from omo.member.v1 import profile_pb2
from omo.storelink.v1 import till_service_pb2 as pb
from tests.harness.fleet import TestFleet
from tests.journeys.stages import opened

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]

_KIT = "0199a5c3-3c4d-7e5f-8a6b-7c8d9e0f1a2c"
_QUESTIONS = {
    "questionnaire_id": "counter-2026",
    "title": "試用問卷",
    "benefit_id": _KIT,
    "questions": [
        {
            "question": "colour",
            "kind": "SINGLE",
            "label": "喜歡的顏色？",
            "required": True,
            "choices": [{"choice": "camel", "label": "駝色", "tag": "likes-camel"}],
        }
    ],
}


@dataclass(slots=True)
class Scene:
    """A shopper who has signed in, and the till of the store where he stands."""

    tale: Tale
    till: Counter

    @property
    def staff(self) -> Any:
        """The adviser's console."""
        return self.tale.web.as_(self.till.staff_token)

    def at(self, path: str, door: str = "staff") -> str:
        return f"/v1/{door}/members/{self.tale.member_id}/{path}"

    async def kinds(self, who: Any, path: str) -> list[str]:
        """What that timeline shows."""
        return [one["kind"] for one in (await who.get(path, page_size=100))["records"]]


@pytest_asyncio.fixture(scope="module")
async def scene(fleet: TestFleet, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        tale = await stack.enter_async_context(opened(fleet, tmp_path_factory.mktemp("counter")))
        till = await stack.enter_async_context(tale.counter(brand.STORE))
        await till.sign_in(LIN)
        for tag, label, origins in (
            ("likes-camel", "喜歡駝色", ["staff", "survey"]),
            ("zip-trouble", "拉鍊問題", ["staff"]),
            ("winter-campaign", "冬季活動", ["marketing"]),
        ):
            await tale.hq.put(f"/v1/hq/tags/{tag}", {"label": label, "origins": origins})
        await tale.hq.put("/v1/hq/questionnaires", {"questionnaire": _QUESTIONS})
        yield Scene(tale, till)


async def test_the_counter_as_the_story_tells_it(scene: Scene) -> None:
    tale, till = scene.tale, scene.till
    await _tries_and_buys(scene)
    # the code on the adviser's phone: from now on he is hers
    token = (await scene.staff.post("/v1/staff/token", {"purpose": "qr"}))["token"]
    assert (await tale.app.post("/v1/me/binding", {"token": token}))["binding"]["staff_code"] == LIN.code
    await _answers(scene)
    await _complains(scene)
    await tale.stage.settle()
    await _tags_both_ways(scene)
    panel = await till.ask(lambda one: one.GetMemberPanel, pb.GetMemberPanelRequest(member_id=tale.member_id))
    assert list(panel.missing) == []
    assert (panel.member.member_id, panel.binding.staff_code) == (tale.member_id, LIN.code)
    assert {tag.tag for tag in panel.tags} == {"likes-camel", "zip-trouble", "winter-campaign"}
    assert [order.order_id for order in panel.orders] == [tale.sale_id]
    called = await till.ask(lambda one: one.ListCalls, pb.ListCallsRequest(limit=100))
    [entry] = [one for one in called.entries if one.member_id == tale.member_id]
    assert entry.causes[0].reason == profile_pb2.CALL_REASON_COMPLAINT_OPEN
    # whoever looked is told to the member
    reads = (await tale.app.get("/v1/me/reads", page_size=100))["reads"]
    assert {(one["rpc"], one["actor"]["id"]) for one in reads} >= {("ListTimeline", LIN.code), ("ListTags", LIN.code)}


async def _tries_and_buys(scene: Scene) -> None:
    """Two taps at the counter, then three items: both stand on the timeline of every store."""
    tale, till = scene.tale, scene.till
    trial = pb.RecordTrialRequest(
        request_id=uuid7(),
        member_id=tale.member_id,
        skus=["COAT-CAMEL-M"],
        outcome=profile_pb2.TRIAL_OUTCOME_LIKED,
        note="sleeves just right",
    )
    kept = (await till.ask(lambda one: one.RecordTrial, trial)).record
    assert (kept.staff_code, kept.location_id) == (LIN.code, brand.STORE)
    quote = await selling._quote(tale, till)
    fact = selling.sale(tale, quote, tale.stage.now())
    await till.record(fact)
    tale.sale_id = fact.sale_id

    async def kinds() -> list[str]:
        return await scene.kinds(tale.app, "/v1/me/timeline")

    assert (await until("the sale on the timeline", kinds, lambda found: "SALE" in found)).count("TRIAL") == 1


async def _answers(scene: Scene) -> None:
    """The voucher is owed until headquarters makes the programme, and then given for the adviser's offer."""
    tale = scene.tale
    offer = (await scene.staff.post(scene.at("surveys"), {"questionnaire_id": "counter-2026"}))["offer"]
    assert (offer["staff_code"], offer["location_id"]) == (LIN.code, brand.STORE)
    answers = {"answers": [{"question": "colour", "choices": ["camel"]}]}
    done = (await tale.app.post(f"/v1/me/surveys/{offer['offer_id']}/answers", answers))["offer"]
    assert (done["state"], done["voucher_state"]) == ("ANSWERED", "OWED")


async def _complains(scene: Scene) -> None:
    """By chat, as service hears it: which store, which adviser, which purchase."""
    tale = scene.tale
    body = {"channel": "chat", "order_id": tale.sale_id, "text": "the zip broke on the second day"}
    await tale.app.post("/v1/me/complaints", body)
    seen = (await tale.hq.get(scene.at("timeline", "hq"), page_size=100))["records"]
    [complaint] = [one for one in seen if one["kind"] == "COMPLAINT"]
    assert (complaint["subject_id"], complaint["text"]) == (tale.sale_id, "the zip broke on the second day")
    [sale] = [one for one in seen if one["kind"] == "SALE" and one["subject_id"] == tale.sale_id]
    assert (sale["location_id"], sale["data"]["lines"]) == (brand.STORE, "3")
    # what staff note among themselves the shopper never sees
    await scene.staff.post(scene.at("notes"), {"text": "handle with care"})
    assert "NOTE" in await scene.kinds(scene.staff, scene.at("timeline"))
    assert "NOTE" not in await scene.kinds(tale.app, "/v1/me/timeline")


async def _tags_both_ways(scene: Scene) -> None:
    tale = scene.tale
    await scene.staff.put(scene.at("tags/zip-trouble"), {"why": "brought the coat back"})
    await tale.hq.put(scene.at("tags/winter-campaign", "hq"), {"why": "segment of October"})
    for who, door in ((scene.staff, "staff"), (tale.hq, "hq")):
        found = {one["tag"]: one["origin"] for one in (await who.get(scene.at("tags", door)))["tags"]}
        assert found == {"likes-camel": "SURVEY", "zip-trouble": "STAFF", "winter-campaign": "MARKETING"}
