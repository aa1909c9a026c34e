"""No second registration: a card from another store and the account in the app are one person (journey J6)."""

from datetime import timedelta
from typing import Any

from cli.demo import brand, offers
from cli.demo.brand import CHANG
from cli.demo.counter import Counter
from cli.demo.cups import held
from cli.demo.stage import dollars, expect
from cli.demo.tale import Tale
from kit.ids import uuid7
from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import till_service_pb2 as pb

CREDIT, SPENT = 500, 300
SCARF, SCARF_PRICE = "SCARF-GREY-ONE", 990
# 5 % for gold is 49.5, in the shopper's favour; then what the card brought pays
PAID = 640


async def play(tale: Tale) -> None:
    """A card, a pair that the till finds, a look before, one member, credit spent, two again."""
    async with await tale.branch(CHANG.location_id) as counter:
        await counter.sign_in(CHANG)
        card_no = f"HIKARI-{uuid7()[-8:].upper()}"
        card = await card_member(counter, card_no)
        await is_given(tale, card)
        tale.stage.step("TPE02", f"knows a customer by card {card_no} alone: {dollars(CREDIT)} of credit, a coupon")
        await shows_both(tale, counter, card_no, card)
        tale.stage.step("TPE02", "a form that he fills in names his number and that card: a pair for the review queue")
    had = await held(tale)
    gains = await looked_at(tale, card)
    expect("what he would get", (gains["CREDIT"], gains["COUPON"]), (CREDIT, 1))
    merge_id = await merged(tale, card)
    expect("his credit now", (await held(tale))["credit_active"], had["credit_active"] + CREDIT)
    tale.stage.step("HQ", f"sees before what would move ({dollars(CREDIT)}, a coupon, the card), and makes them one")
    order = await spent(tale)
    tenders = {tender["kind"]: tender["amount"]["amount"] for tender in order["tenders"]}
    expect("what pays", tenders, {"STORE_CREDIT": SPENT, "PROVIDER": PAID})
    paid = f"{dollars(SPENT)} by shopping credit, {dollars(PAID)} by card"
    tale.stage.step("web", f"the same minute he buys a scarf: {paid}")
    await tale.stage.settle()
    await parted(tale, merge_id, card, had["credit_active"])
    tale.stage.step("HQ", f"undone within 30 days: the card has its coupon and {dollars(CREDIT - SPENT)} again")


async def card_member(counter: Counter, card_no: str) -> str:
    """Somebody whom a store knows by a card."""
    asked = pb.EnrolMemberRequest(request_id=uuid7(), card_no=card_no, display_name="陳小明")
    member_id: str = (await counter.ask(lambda till: till.EnrolMember, asked)).member.member_id
    return member_id


async def is_given(tale: Tale, member_id: str) -> None:
    """Shopping credit that ends before any other, and a coupon."""
    until = (tale.stage.now() + timedelta(days=90)).isoformat()
    credit = {"amount": CREDIT, "reason": "goodwill", "expire_time": until}
    await tale.hq.post(f"/v1/hq/members/{member_id}/credit", credit)
    body = {"member_ids": [member_id]}
    issued = await tale.hq.post(f"/v1/hq/coupon-campaigns/{offers.THANKS_CAMPAIGN}/issue", body)
    expect("coupons", issued["issued"], 1)


async def shows_both(tale: Tale, counter: Counter, card_no: str, card: str) -> None:
    """A till enrols him by a number of one and a card of another: he is no third member, and a person is to look."""
    made = uuid7()
    fact = facts.PeopleFact(
        fact_id=uuid7(),
        staff_code=CHANG.code,
        enrolled=facts.MemberEnrolledAtTill(
            member_id=made, phone=tale.shopper.phone, name=tale.shopper.name, card_no=card_no
        ),
    )
    fact.business_time.FromDatetime(tale.stage.now())
    await counter.record(fact)
    found = await tale.hq.post("/v1/hq/members/find", {"key": made})
    expect("whom the till's own id means", found["member"]["member_id"], tale.member_id)
    queue = (await tale.hq.get("/v1/hq/merge-candidates", page_size=100))["candidates"]
    pairs = [{one["member_id"], one["other_member_id"]} for one in queue]
    expect("pairs of the two in the queue", pairs.count({card, tale.member_id}), 1)


async def looked_at(tale: Tale, other: str) -> dict[str, int]:
    """What would move, by kind; looking changes nothing."""
    found = (await tale.hq.get(f"/v1/hq/members/{tale.member_id}/merges/{other}"))["preview"]
    expect("who stays and who is absorbed", (found["survivor_id"], found["absorbed_id"]), (tale.member_id, other))
    return {
        one["kind"]: one["count"] if one["kind"] == "COUPON" else one["amount"]
        for one in found["gains"]
        if one["kind"] != "IDENTIFIER"
    }


async def merged(tale: Tale, other: str) -> str:
    """One member."""
    pair = {"member_id": other, "other_member_id": tale.member_id, "reason": "SAME_PERSON"}
    merge_id: str = (await tale.hq.post("/v1/hq/merges", pair))["merge"]["merge_id"]
    return merge_id


async def spent(tale: Tale) -> dict[str, Any]:
    """Credit that came with the card pays online."""
    line = {"sku": SCARF, "quantity": 1, "method": "COLLECT", "fulfilment_location_id": brand.STORE}
    body = {
        "channel_id": brand.WEB,
        "lines": [line],
        "spends": [{"kind": "CREDIT", "amount": SPENT}],
        "payment": {"provider": "simulator", "instrument_token": "sim_ok"},
    }
    order: dict[str, Any] = (await tale.app.post("/v1/orders", body))["order"]
    expect("the order", order["state"], "CONFIRMED")
    return order


async def parted(tale: Tale, merge_id: str, card: str, had: int) -> None:
    """Two again: each has what was his, less what was spent of it."""
    await tale.hq.post(f"/v1/hq/merges/{merge_id}/undo", {"reason": "TWO_PEOPLE"})
    theirs = await held(tale, card)
    coupons = [lot["state"] for lot in theirs["lots"] if lot["kind"] == "COUPON"]
    expect("what the card has again", (theirs["credit_active"], coupons), (CREDIT - SPENT, ["ISSUED"]))
    expect("what he has", (await held(tale))["credit_active"], had)
