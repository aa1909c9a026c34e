"""J2, the counter: a trial, three items, the adviser's code, a voucher, a complaint in LINE, a gift, tags both ways."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from cli.demo import brand, caring, counter, offers, selling
from cli.demo.brand import LIN
from cli.demo.counter import Counter
from cli.demo.line import LineUser
from cli.demo.stage import until
from cli.demo.tale import Tale
from cli.demo.web import Web
from kit.ids import uuid7
from omo.member.v1 import profile_pb2
from omo.storelink.v1 import till_service_pb2 as pb
from tests.harness.fleet import TestFleet
from tests.journeys.stages import desk, opened, refused

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]

_BROWSED, _BROWSED_PRICE = "SCARF-GREY-ONE", 990


@dataclass(slots=True)
class Scene:
    """A shopper who has signed in, the till of the store where he stands, and two desks at headquarters."""

    tale: Tale
    till: Counter
    service: Web
    marketing: Web

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
        service, marketing = await desk(tale, "service"), await desk(tale, "merchandiser")
        yield Scene(tale, till, service, marketing)


async def test_the_counter_as_the_story_tells_it(scene: Scene) -> None:
    tale, till = scene.tale, scene.till
    await _tries_and_buys(scene)
    # the code on the adviser's phone: from now on he is hers
    token = (await scene.staff.post("/v1/staff/token", {"purpose": "qr"}))["token"]
    assert (await tale.app.post("/v1/me/binding", {"token": token}))["binding"]["staff_code"] == LIN.code
    trial = await caring.answers(tale, till)
    complaint = await _complains(scene)
    gift = await _is_given_what_he_looked_at(scene)
    await _redeems_both(scene, trial, gift)
    await _tags_both_ways(scene)
    panel = await till.ask(lambda one: one.GetMemberPanel, pb.GetMemberPanelRequest(member_id=tale.member_id))
    assert list(panel.missing) == []
    assert (panel.member.member_id, panel.binding.staff_code) == (tale.member_id, LIN.code)
    assert {tag.tag for tag in panel.tags} == {"likes-camel", "zip-trouble", "winter-campaign"}
    assert tale.sale_id in {order.order_id for order in panel.orders}
    assert await _causes(scene) == [profile_pb2.CALL_REASON_COMPLAINT_OPEN]
    await scene.staff.post(scene.at(f"complaints/{complaint['record_id']}/settle"), {"text": "zip mended in the store"})
    assert await _causes(scene) == []
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


async def _complains(scene: Scene) -> dict[str, Any]:
    """By LINE: service reads it beside store, adviser and purchase; the adviser's answer comes back by LINE."""
    tale = scene.tale
    user = LineUser(tale)
    linked = await user.link(tale.app, tale.shopper.device)
    assert linked["signed_in"]["member"]["member_id"] == tale.member_id
    await tale.stage.settle()  # who serves him is known everywhere
    complaint = await caring.complains(tale, scene.service, user)
    await caring.is_answered(tale, scene.till, user)
    seen = (await scene.service.get(scene.at("timeline", "hq"), page_size=100))["records"]
    [noted] = [one for one in seen if one["kind"] == "COMPLAINT"]
    assert (noted["subject_id"], noted["text"]) == (tale.sale_id, caring.COMPLAINT)
    assert sum(one["kind"] == "CHAT" for one in seen) == 2
    # marketing knows that he complained and wrote, and reads nothing of it
    known = (await scene.marketing.get(scene.at("timeline", "hq"), page_size=100))["records"]
    assert {one["text"] for one in known if one["kind"] in ("COMPLAINT", "CHAT")} == {""}
    # what staff note among themselves the shopper never sees
    await scene.staff.post(scene.at("notes"), {"text": "handle with care"})
    assert "NOTE" in await scene.kinds(scene.staff, scene.at("timeline"))
    assert "NOTE" not in await scene.kinds(tale.app, "/v1/me/timeline")
    return complaint


async def _is_given_what_he_looked_at(scene: Scene) -> dict[str, Any]:
    """Kept only since he agreed, shown to staff only since he agreed; the adviser asks for it, service grants it."""
    tale = scene.tale
    look = {"views": [{"sku": _BROWSED, "view_time": tale.stage.now().isoformat(), "seconds": 40, "channel_id": "app"}]}
    assert (await tale.app.post("/v1/me/browsing", look))["kept"] == 0
    for purpose, kept, shown in (("BROWSING", 1, False), ("SHARING", 1, True)):
        said = {"consents": [{"purpose": purpose, "choice": "GRANTED"}], "text_version": "2026-11"}
        await tale.app.put("/v1/me/consents", said)
        assert (await tale.app.post("/v1/me/browsing", look))["kept"] == kept
        assert ("BROWSING" in await scene.kinds(scene.staff, scene.at("timeline"))) is shown, purpose
    seen = (await scene.staff.get(scene.at("timeline"), kind=["BROWSING"]))["records"]
    assert {one["subject_id"] for one in seen} == {_BROWSED}
    grant = {"member_id": tale.member_id, "occasion_key": f"complaint {tale.sale_id}"}
    path = f"/v1/hq/benefit-programs/{offers.GIFT_PROGRAM}/grant"
    gift: dict[str, Any] = (await scene.service.post(path, grant))["benefit"]
    assert (await scene.service.post(path, grant))["benefit"]["lot_id"] == gift["lot_id"], "once for one complaint"
    return gift


async def _redeems_both(scene: Scene, trial: dict[str, Any], gift: dict[str, Any]) -> None:
    """A shirt with the questionnaire's voucher, the scarf for nothing; neither pays twice."""
    tale = scene.tale
    quote, fact = await caring.redeems(tale, scene.till, trial, gift, more=(_BROWSED,))
    shirt, scarf = quote.lines
    assert [(one.rule_id, one.amount) for one in scarf.discounts] == [(offers.GIFT, _BROWSED_PRICE)]
    assert (shirt.net_total.minor_units, scarf.net_total.minor_units) == (caring.LEFT, 0)
    held = await caring.wallet(tale)
    assert {held[one["lot_id"]]["state"] for one in (trial, gift)} == {"REDEEMED"}
    receipt = (await tale.app.get(f"/v1/orders/{fact.sale_id}"))["order"]
    assert {one["ref"] for one in receipt["spends"]} == {trial["lot_id"], gift["lot_id"]}
    again = await counter.refused(caring.redeems(tale, scene.till, trial))
    assert (again.reason, again.metadata["state"]) == ("VALUE_SPENT", "REDEEMED")


async def _causes(scene: Scene) -> list[int]:
    """Why he stands on the call list of the store."""
    called = await scene.till.ask(lambda one: one.ListCalls, pb.ListCallsRequest(limit=100))
    return [one.causes[0].reason for one in called.entries if one.member_id == scene.tale.member_id]


async def _tags_both_ways(scene: Scene) -> None:
    """Marketing finds him by staff's tag, service sees marketing's."""
    tale = scene.tale
    segment = f"zip-{uuid7()}"
    rule = {"field": "tags", "operator": "HAS_ANY", "values": [caring.TROUBLE]}
    await scene.marketing.put(f"/v1/hq/segments/{segment}", {"name": "拉鍊問題", "rule": rule})
    assert tale.member_id not in (await _meant(scene, segment))["member_ids"]
    await caring.is_tagged(tale, scene.staff)
    assert tale.member_id in (await _meant(scene, segment))["member_ids"]
    await scene.marketing.put(scene.at("tags/winter-campaign", "hq"), {"why": "segment of October"})
    for who, door in ((scene.staff, "staff"), (scene.service, "hq"), (scene.marketing, "hq")):
        found = {one["tag"]: one["origin"] for one in (await who.get(scene.at("tags", door)))["tags"]}
        assert found == {"likes-camel": "SURVEY", caring.TROUBLE: "STAFF", "winter-campaign": "MARKETING"}
    theirs = await refused(scene.service.put(scene.at("tags/winter-campaign", "hq"), {"why": "mine too"}))
    assert theirs.reason == "TAG_NOT_YOURS"


async def _meant(scene: Scene, segment: str) -> Any:
    return await scene.marketing.post("/v1/hq/segments/preview", {"segment_id": segment})
