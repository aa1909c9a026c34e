"""J6, no second registration: one person known by a store's card and by his telephone, made one and two again."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cli.demo import brand, selling
from cli.demo.stage import until
from cli.demo.tale import Tale
from kit.ids import uuid7
from omo.order.v1 import order_service_pb2 as order_pb
from omo.storelink.v1 import till_service_pb2 as till_pb
from omo.type.v1 import trade_pb2
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import SHIRT, basket, paid_by
from tests.journeys.stages import login_code, opened, refused, sign_in, stranger

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]

GIFT, SPENT = 500, 300
_ZONE = ZoneInfo("Asia/Taipei")
_CARRY_OUT = trade_pb2.FULFILMENT_METHOD_CARRY_OUT
COAT = selling.COATS[0]


async def test_one_person_is_known_everywhere_and_can_be_two_again(fleet: TestFleet, tmp_path: Path) -> None:
    async with opened(fleet, tmp_path) as tale:
        step = tale.stage.step
        phone = tale.member_id
        card = await _card_member(tale)
        step(
            brand.STORE, "a card member buys a coat, and headquarters gives the card points; the web knows a telephone"
        )
        before = {who: await _standing(tale, who) for who in (card, phone)}
        preview = await _previewed(tale, card, phone)
        assert (preview["survivor_id"], preview["absorbed_id"]) == (phone, card), "who signs in stays"
        gains = {one["kind"]: one["amount"] for one in preview["gains"] if one["kind"] != "IDENTIFIER"}
        assert gains["POINTS_ACTIVE"] == before[card]["points_active"] >= GIFT
        assert gains["QUALIFYING_SPEND"] == before[card]["qualifying_spend"]
        merged = await _merged(tale, card, phone)
        step("HQ", "headquarters looks at both, and makes them one")
        both = await _standing(tale, phone)
        for name in ("points_active", "points_pending", "qualifying_spend"):
            assert both[name] == before[card][name] + before[phone][name], name
        assert await _standing(tale, card) == both, "the card's id means the member"
        found = await tale.hq.post("/v1/hq/members/find", {"key": _card_no(tale)})
        assert found["member"]["member_id"] == phone
        order = await _spent(tale)
        step("web", f"the same minute he spends {SPENT} of the card's points online")
        own = {one["order_id"] for one in (await tale.app.get("/v1/orders"))["orders"]}
        assert {order, tale.sale_id} <= own, "and sees the store's sale beside his order"
        await _undone(tale, merged, card, phone, before)
        step("HQ", "undone: the card has its own again, less what was spent; both sign in again")
        assert (await refused(tale.refresh())).reason == "REFRESH_INVALID"
        again = (await refused(tale.hq.post(f"/v1/hq/merges/{merged}/undo", {"reason": "TWO_PEOPLE"}))).reason
        assert again == "MERGE_FINAL"
        _, drifts = await tale.stage.prove()
        assert drifts == []


async def test_a_receipt_from_before_is_claimed(fleet: TestFleet, tmp_path: Path) -> None:
    async with opened(fleet, tmp_path) as tale:
        member_id, tale.member_id = tale.member_id, ""
        total = await _sold(tale, "")
        day = f"{tale.stage.now().astimezone(_ZONE):%Y-%m-%d}"
        told = {"receipt_no": tale.receipt_no, "day": day, "grand_total": total}
        wrong = await refused(tale.app.post("/v1/me/receipts", {**told, "grand_total": total + 1}))
        assert (wrong.status, wrong.reason) == (404, "SALE_UNKNOWN")
        claimed = await tale.app.post("/v1/me/receipts", told)
        assert claimed["order_id"] == tale.sale_id
        assert await tale.app.post("/v1/me/receipts", told) == claimed

        async def standing() -> Any:
            return (await tale.app.get("/v1/me/standing"))["standing"]

        def earned(found: Any) -> bool:
            return bool(found["points_active"] + found["points_pending"] == total // 10)

        await until("the points of the sale", standing, earned)
        assert (await standing())["qualifying_spend"] == total
        other = Tale(tale.stage, tale.web, tale.hq, tale.till, stranger())
        await sign_in(other)
        assert (await refused(other.app.post("/v1/me/receipts", told))).reason == "SALE_TAKEN"
        assert member_id in {one["member_id"] for one in (await tale.app.get("/v1/orders"))["orders"]}


async def test_a_shopper_makes_his_own_two_accounts_one(fleet: TestFleet, tmp_path: Path) -> None:
    async with opened(fleet, tmp_path) as tale:
        other = Tale(tale.stage, tale.web, tale.hq, tale.till, stranger())
        await sign_in(other)
        await tale.hq.post(f"/v1/hq/members/{other.member_id}/points", {"points": GIFT, "reason": "goodwill"})
        assert (await tale.app.get("/v1/me/merge-candidates"))["candidates"] == []
        await tale.stage.advance(timedelta(minutes=2))
        await tale.refresh()
        challenge_id, code = await login_code(other)
        proof = {"challenge_id": challenge_id, "code": code, "device_id": other.shopper.device}
        await tale.app.post("/v1/me/phone/verify", proof)
        (candidate,) = (await tale.app.get("/v1/me/merge-candidates"))["candidates"]
        assert candidate["proof"] == "PHONE"
        seen = (await tale.app.get(f"/v1/me/merge-candidates/{other.member_id}"))["preview"]
        assert (seen["survivor_id"], seen["absorbed_id"]) == (tale.member_id, other.member_id), "who was here first"
        merge = (await tale.app.post("/v1/me/merges", {"other_member_id": other.member_id}))["merge"]
        assert (merge["origin"], merge["proof"]) == ("SHOPPER", "PHONE")
        assert (await tale.app.get("/v1/me/standing"))["standing"]["points_active"] == GIFT
        assert (await refused(other.refresh())).reason == "REFRESH_INVALID"


async def _card_member(tale: Tale) -> str:
    """Somebody whom the store knows by a card, with a purchase and with points to spend."""
    async with tale.counter(brand.STORE) as counter:
        await counter.sign_in(brand.LIN)
        asked = till_pb.EnrolMemberRequest(request_id=uuid7(), card_no=_card_no(tale), display_name="陳小明")
        card: str = (await counter.ask(lambda till: till.EnrolMember, asked)).member.member_id
    await _sold(tale, card)
    await tale.hq.post(f"/v1/hq/members/{card}/points", {"points": GIFT, "reason": "goodwill"})
    await until("what the card has bought", lambda: _standing(tale, card), lambda found: found["qualifying_spend"] > 0)
    return card


async def _sold(tale: Tale, member_id: str) -> int:
    """A coat, over the store stream; what it came to."""
    keep, tale.member_id = tale.member_id, member_id
    async with tale.counter(brand.STORE) as counter:
        await counter.sign_in(brand.LIN)
        lines = [order_pb.BasketLine(sku=COAT, quantity=1, method=_CARRY_OUT)]
        asked = till_pb.QuoteRequest(request_id=uuid7(), channel_id=brand.TILLS, lines=lines)
        quote = (await counter.ask(lambda till: till.Quote, asked)).quote
        fact = selling.sale(tale, quote, tale.stage.now())
        await counter.record(fact)
    tale.sale_id, tale.receipt_no, tale.member_id = fact.sale_id, fact.receipt_no, keep
    await tale.stage.settle()
    return int(quote.totals.grand_total.minor_units)


async def _previewed(tale: Tale, card: str, phone: str) -> dict[str, Any]:
    """The same, whoever is named first; and nothing was changed by looking."""
    one = await tale.hq.get(f"/v1/hq/members/{card}/merges/{phone}")
    assert one == await tale.hq.get(f"/v1/hq/members/{phone}/merges/{card}")
    found: dict[str, Any] = one["preview"]
    return found


async def _merged(tale: Tale, card: str, phone: str) -> str:
    pair = {"member_id": card, "other_member_id": phone, "reason": "SAME_PERSON"}
    unproven = await refused(tale.app.post("/v1/me/merges", {"other_member_id": card}))
    assert unproven.reason == "MERGE_UNPROVEN", "nobody takes an account that he has not proved is his"
    merge = (await tale.hq.post("/v1/hq/merges", pair))["merge"]
    twice = await refused(tale.hq.post("/v1/hq/merges", pair))
    assert (twice.reason, twice.metadata["member_id"]) == ("ALREADY_MERGED", phone)
    await tale.stage.settle()
    return str(merge["merge_id"])


async def _spent(tale: Tale) -> str:
    """Points that came with the card pay online."""
    body = basket(SHIRT) | paid_by("sim_ok") | {"spend_points": SPENT}
    order = (await tale.app.post("/v1/orders", body))["order"]
    assert order["state"] == "CONFIRMED"
    await tale.stage.settle()
    assert (await _standing(tale, tale.member_id))["points_spent"] == SPENT
    return str(order["order_id"])


async def _undone(tale: Tale, merge_id: str, card: str, phone: str, before: dict[str, Any]) -> None:
    undone = (await tale.hq.post(f"/v1/hq/merges/{merge_id}/undo", {"reason": "TWO_PEOPLE"}))["merge"]
    assert undone["undo_time"]
    await tale.stage.settle()
    theirs, mine = await _standing(tale, card), await _standing(tale, phone)
    assert theirs["points_active"] == before[card]["points_active"] - SPENT, "his order took from the card's oldest lot"
    assert theirs["qualifying_spend"] == before[card]["qualifying_spend"]
    assert mine["points_active"] == before[phone]["points_active"]
    assert mine["points_spent"] == before[phone]["points_spent"] + SPENT
    assert theirs["tier"] == before[card]["tier"]


async def _standing(tale: Tale, member_id: str) -> dict[str, Any]:
    """As headquarters sees it, without what changes with every look."""
    adjusted = await tale.hq.post("/v1/hq/members/find", {"key": member_id})
    found: dict[str, Any] = adjusted["standing"]
    return found


def _card_no(tale: Tale) -> str:
    return f"CARD-{tale.shopper.phone[-7:]}"
