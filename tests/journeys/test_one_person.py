"""J6, no second registration: a store's card, the web's e-mail address and a LINE account are one person, and three."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cli.demo import brand, cups, joining, offers, selling
from cli.demo.brand import LIN, WANG
from cli.demo.line import LineUser
from cli.demo.tale import Tale
from kit.ids import uuid7
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import SHIRT, SHIRT_PRICE, basket, paid_by
from tests.journeys.stages import opened, printed_code, refused

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]

GIFT, WELCOME = 500, 200
COAT, COAT_PRICE = "COAT-CAMEL-M", 12_800
# a coat makes silver, and earns a point for each NT$10
EARNED = COAT_PRICE // 10
_ZONE = ZoneInfo("Asia/Taipei")
_CUPS = 12
_TABLET = "tablet-1"


@dataclass(slots=True)
class People:
    """Three accounts, and what each held before anybody knew that they are one person's."""

    tale: Tale
    line: LineUser
    web_id: str = ""
    line_id: str = ""
    card_id: str = ""
    card_no: str = field(default_factory=lambda: f"HIKARI-{uuid7()[-8:].upper()}")
    before: dict[str, dict[str, Any]] = field(default_factory=dict)
    merges: list[str] = field(default_factory=list)


async def test_one_person_is_known_everywhere_and_can_be_two_again(fleet: TestFleet, tmp_path: Path) -> None:
    async with opened(fleet, tmp_path) as tale:
        people = People(tale, LineUser(tale), tale.member_id)
        await _by_email(tale)
        await _by_line(people)
        await _by_card(people)
        ids = (people.web_id, people.line_id, people.card_id)
        people.before = {one: await _holding(tale, one) for one in ids}
        await _proves_and_merges(people)
        await _is_merged_at_the_counter(people)
        whole = _sum(people.before[one] for one in ids)
        assert await _holding(tale, people.web_id) == whole | {"tier": "silver"}
        for one in (people.line_id, people.card_id):
            assert await _holding(tale, one) == await _holding(tale, people.web_id), "each id means the member"
        await _spends_online(people)
        await _are_three_again(people)
        _, drifts = await tale.stage.prove()
        assert drifts == []


async def _by_email(tale: Tale) -> None:
    """The web's member: signed in by telephone, an address proved beside it."""
    sent = await tale.app.post("/v1/me/email", {"email": f"{tale.shopper.phone}@example.com"})
    proof = {"challenge_id": sent["challenge_id"], "code": await printed_code(tale, sent["challenge_id"])}
    await tale.app.post("/v1/me/email/verify", proof)
    known = (await tale.app.get("/v1/me/identifiers"))["identifiers"]
    assert {one["kind"] for one in known if one["state"] == "VERIFIED"} == {"PHONE", "EMAIL"}


async def _by_line(people: People) -> None:
    """A second registration: LINE Login on a tablet, no telephone; it is welcomed with points and a coupon."""
    tale = people.tale
    people.line_id = (await people.line.join(_TABLET))["member"]["member_id"]
    await tale.hq.post(f"/v1/hq/members/{people.line_id}/points", {"points": WELCOME, "reason": "welcome"})
    await _coupon(tale, people.line_id)


async def _by_card(people: People) -> None:
    """A third: the store's, by a card alone, with a coat, points, credit, a coupon and twelve cups."""
    tale = people.tale
    program = uuid7()
    twelve = offers.PACK | {"program_id": program, "name": "拿鐵十二杯", "units": _CUPS, "price": 1_000}
    await tale.hq.put("/v1/hq/prepaid/programs", {"program": twelve})
    async with tale.counter(brand.STORE) as counter:
        await counter.sign_in(LIN)
        card = people.card_id = await joining.card_member(counter, people.card_no)
        await selling.sold(tale, counter, LIN, card, (COAT,))
        pack = {"program_id": program, "location_id": brand.STORE}
        await tale.web.as_(counter.staff_token).post(f"/v1/staff/members/{card}/prepaid", pack)
    await tale.hq.post(f"/v1/hq/members/{card}/points", {"points": GIFT, "reason": "goodwill"})
    await joining.is_given(tale, card)
    await tale.stage.settle()
    assert await _holding(tale, card) == {
        "points_active": GIFT,
        "points_pending": EARNED,
        "points_spent": 0,
        "qualifying_spend": COAT_PRICE,
        "tier": "silver",
        "credit": joining.CREDIT,
        "coupons": 1,
        "cups": _CUPS,
    }


async def _proves_and_merges(people: People) -> None:
    """Two verified identifiers, the telephone by which he signed in and the LINE account: he may merge by himself."""
    tale = people.tale
    unproven = await refused(tale.app.post("/v1/me/merges", {"other_member_id": people.card_id}))
    assert unproven.reason == "MERGE_UNPROVEN", "nobody takes an account that he has not proved is his"
    assert (await tale.app.get("/v1/me/merge-candidates"))["candidates"] == []
    linked = await people.line.link(tale.app, tale.shopper.device)
    assert linked["signed_in"]["member"]["member_id"] == people.web_id, "proving takes nothing from the other account"
    (candidate,) = (await tale.app.get("/v1/me/merge-candidates"))["candidates"]
    assert candidate["proof"] == "LINE"
    seen = (await tale.app.get(f"/v1/me/merge-candidates/{people.line_id}"))["preview"]
    assert (seen["survivor_id"], seen["absorbed_id"]) == (people.web_id, people.line_id), "who was here first"
    assert _gains(seen) == {"POINTS_ACTIVE": WELCOME, "COUPON": 1}
    merge = (await tale.app.post("/v1/me/merges", {"other_member_id": people.line_id}))["merge"]
    assert (merge["origin"], merge["proof"]) == ("SHOPPER", "LINE")
    people.merges.append(merge["merge_id"])


async def _is_merged_at_the_counter(people: People) -> None:
    """He shows the card and says his number; the store's manager looks at both before she makes them one."""
    tale, card = people.tale, people.card_id
    async with tale.counter(brand.STORE) as counter:
        await counter.sign_in(WANG)
        await joining.shows_both(tale, counter, people.card_no, card)
        manager = tale.web.as_(counter.staff_token)
        seen = await manager.get(f"/v1/staff/members/{card}/merges/{people.web_id}")
        assert seen == await manager.get(f"/v1/staff/members/{people.web_id}/merges/{card}"), "whoever is named first"
        assert (seen["preview"]["survivor_id"], seen["preview"]["absorbed_id"]) == (people.web_id, card)
        assert _gains(seen["preview"]) == {
            "POINTS_ACTIVE": GIFT,
            "POINTS_PENDING": EARNED,
            "QUALIFYING_SPEND": COAT_PRICE,
            "TIER": 1,
            "CREDIT": joining.CREDIT,
            "COUPON": 1,
            "PREPAID": _CUPS,
        }
        pair = {"member_id": card, "other_member_id": people.web_id, "reason": "SAME_PERSON"}
        merge = (await manager.post("/v1/staff/merges", pair))["merge"]
        twice = await refused(manager.post("/v1/staff/merges", pair))
        assert (twice.reason, twice.metadata["member_id"]) == ("ALREADY_MERGED", people.web_id)
    people.merges.append(merge["merge_id"])


async def _spends_online(people: People) -> None:
    """The same minute, by LINE on the tablet: the card's credit pays a part, and all of his is in one history."""
    tale = people.tale
    came = (await people.line.log_in(_TABLET))["signed_in"]
    assert came["member"]["member_id"] == people.web_id
    tablet = tale.web.as_(came["session"]["access_token"])
    spend = {"spends": [{"kind": "CREDIT", "amount": joining.SPENT}]}
    order = (await tablet.post("/v1/orders", basket(SHIRT) | paid_by("sim_ok") | spend))["order"]
    paid = {tender["kind"]: tender["amount"]["amount"] for tender in order["tenders"]}
    assert paid == {"STORE_CREDIT": joining.SPENT, "PROVIDER": SHIRT_PRICE - joining.SPENT}
    await tale.stage.settle()
    held = (await tablet.get("/v1/me/wallet"))["wallet"]
    assert (held["credit_active"], held["credit_held"]) == (joining.CREDIT - joining.SPENT, 0)
    own = {one["order_id"]: one["channel_kind"] for one in (await tablet.get("/v1/orders"))["orders"]}
    assert sorted(own.values()) == ["ONLINE", "STORE"], "the store's coat is beside his order"


async def _are_three_again(people: People) -> None:
    """Undone, the last first: each has what was his, less what was spent of it; nobody is signed in any more."""
    tale, before = people.tale, people.before
    for merge_id in reversed(people.merges):
        undone = (await tale.hq.post(f"/v1/hq/merges/{merge_id}/undo", {"reason": "TWO_PEOPLE"}))["merge"]
        assert undone["undo_time"]
        again = await refused(tale.hq.post(f"/v1/hq/merges/{merge_id}/undo", {"reason": "TWO_PEOPLE"}))
        assert again.reason == "MERGE_FINAL"
    await tale.stage.settle()
    left = joining.CREDIT - joining.SPENT
    assert await _holding(tale, people.card_id) == before[people.card_id] | {"credit": left}
    assert await _holding(tale, people.line_id) == before[people.line_id]
    bought = {"qualifying_spend": SHIRT_PRICE, "points_pending": SHIRT_PRICE // 10, "tier": "basic"}
    assert await _holding(tale, people.web_id) == before[people.web_id] | bought
    assert (await refused(tale.refresh())).reason == "REFRESH_INVALID"
    alone = (await people.line.log_in(_TABLET))["signed_in"]
    assert alone["member"]["member_id"] == people.line_id, "his LINE account is the other's again"


async def _holding(tale: Tale, member_id: str) -> dict[str, Any]:
    """What somebody has, as headquarters sees it by any of his ids."""
    standing = (await tale.hq.get(f"/v1/hq/members/{member_id}/standing"))["standing"]
    wallet = await cups.held(tale, member_id)
    names = ("points_active", "points_pending", "points_spent", "qualifying_spend", "tier")
    return {name: standing[name] for name in names} | {
        "credit": wallet["credit_active"],
        "coupons": sum(lot["active"] for lot in wallet["lots"] if lot["kind"] == "COUPON"),
        "cups": sum(lot["active"] for lot in wallet["lots"] if lot["kind"] == "PREPAID"),
    }


def _sum(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """All of them together, but for the tier, which no sum tells."""
    total: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            total[name] = value if isinstance(value, str) or name not in total else total[name] + value
    return total


def _gains(preview: dict[str, Any]) -> dict[str, int]:
    """What would move, but for how he is recognised; counted where it is no amount."""
    counted = ("TIER", "COUPON")
    found = (one for one in preview["gains"] if one["kind"] not in _KNOWN)
    return {one["kind"]: one["count"] if one["kind"] in counted else one["amount"] for one in found}


# by what somebody is known, what segments know of him, and what waits to be said to him
_KNOWN = ("IDENTIFIER", "ORDERS_KNOWN", "MESSAGES_WAITING")


async def _coupon(tale: Tale, member_id: str) -> None:
    path = f"/v1/hq/coupon-campaigns/{offers.THANKS_CAMPAIGN}/issue"
    assert (await tale.hq.post(path, {"member_ids": [member_id]}))["issued"] == 1
