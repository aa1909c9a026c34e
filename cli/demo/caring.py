"""After the sale: questions for a voucher, a complaint in LINE that all see, a tag that marketing finds (J2)."""

from typing import Any

from cli.demo import brand, offers, selling
from cli.demo.brand import LIN
from cli.demo.counter import Counter
from cli.demo.line import LineUser
from cli.demo.stage import dollars, expect, until
from cli.demo.tale import Tale
from cli.demo.web import Web
from kit.ids import uuid7
from omo.storelink.v1 import till_service_pb2 as pb
from omo.type.v1 import spend_pb2

SHIRT = "SHIRT-WHITE-M"
# 1,680 less 5 % for gold (84) less the voucher
VOUCHER, LEFT = 300, 1_296
COMPLAINT, ANSWER = "外套的拉鍊第二天就壞了。", "非常抱歉，請帶來信義店，我幫您處理。"
TROUBLE = "zip-trouble"


async def play(tale: Tale, counter: Counter) -> None:
    """Questions, voucher, complaint, answer, tag."""
    lot = await answers(tale, counter)
    tale.stage.step(
        "app", f"he answers {LIN.code}'s question of his favourite colour: a voucher for {dollars(VOUCHER)}"
    )
    quote, _ = await redeems(tale, counter, lot)
    expect("a shirt costs", quote.totals.grand_total.minor_units, LEFT)
    await until("the voucher's end", lambda: wallet(tale), lambda found: found[lot["lot_id"]]["state"] == "REDEEMED")
    tale.stage.step(brand.STORE, f"it pays {dollars(VOUCHER)} of a shirt, {dollars(LEFT)} are left; it is REDEEMED")
    if tale.stage.doors.messages_url:
        user = LineUser(tale, tale.shopper.name)
        await user.link(tale.app, tale.shopper.device)
        await complains(tale, tale.hq, user)
        tale.stage.step("LINE", f"he links his account and writes “{COMPLAINT}”: customer service sees the receipt,")
        tale.stage.note(f"{brand.STORE} and {LIN.code}, and notes a complaint of it")
        await is_answered(tale, counter, user)
        tale.stage.step(brand.STORE, f"{LIN.code} answers on her till; his phone shows “{ANSWER}”")
    found = await is_tagged(tale, tale.web.as_(counter.staff_token))
    tale.stage.step(brand.STORE, f"she tags him {TROUBLE}: marketing's segment of that tag counts him, {found} in all")


async def answers(tale: Tale, counter: Counter) -> dict[str, Any]:
    """The adviser offers the questions, the shopper answers in his app; the voucher that it earns."""
    staff = tale.web.as_(counter.staff_token)
    asked = {"questionnaire_id": offers.QUESTIONS}
    offer = (await staff.post(f"/v1/staff/members/{tale.member_id}/surveys", asked))["offer"]
    expect("who offered the questions", (offer["staff_code"], offer["location_id"]), (LIN.code, brand.STORE))
    given = {"answers": [{"question": "colour", "choices": ["camel"]}]}
    done = (await tale.app.post(f"/v1/me/surveys/{offer['offer_id']}/answers", given))["offer"]
    expect("the answers", (done["state"], done["voucher_state"]), ("ANSWERED", "GRANTED"))
    lot: dict[str, Any] = (await wallet(tale))[done["voucher_id"]]
    expect("the voucher", (lot["state"], lot["rule_id"]), ("ISSUED", offers.TRIAL))
    return lot


async def redeems(tale: Tale, counter: Counter, *vouchers: dict[str, Any], more: tuple[str, ...] = ()) -> Any:
    """He takes a shirt, and what else his vouchers are for: quote and sale."""
    uses = [
        spend_pb2.Spend(
            kind=spend_pb2.SPEND_KIND_BENEFIT,
            ref=lot["lot_id"],
            rule_id=lot["rule_id"],
            rule_version=lot["rule_version"],
        )
        for lot in vouchers
    ]
    sold = await selling.sold(tale, counter, LIN, tale.member_id, (SHIRT, *more), *uses)
    await tale.stage.settle()
    return sold


async def wallet(tale: Tale) -> dict[str, dict[str, Any]]:
    """What he holds, piece by piece."""
    found = (await tale.app.get("/v1/me/wallet"))["wallet"]
    return {lot["lot_id"]: lot for lot in found["lots"]}


async def complains(tale: Tale, desk: Web, user: LineUser) -> dict[str, Any]:
    """He writes in LINE; service reads it beside what it concerns, and notes the complaint."""
    await user.write(COMPLAINT)

    async def threads() -> list[dict[str, Any]]:
        found = (await desk.get("/v1/hq/conversations", member_id=tale.member_id, state="OPEN"))["conversations"]
        return [one for one in found if one["channel"] == "line"]

    (thread,) = await until("what he wrote", threads, bool)
    expect("who is to answer", (thread["queue"], thread["staff_code"]), ("STAFF", LIN.code))
    read = (await desk.get(f"/v1/hq/conversations/{thread['conversation_id']}"))["entries"]
    expect("his words", [one["text"] for one in read], [COMPLAINT])
    seen = (await desk.get(f"/v1/hq/members/{tale.member_id}/timeline", page_size=100))["records"]
    sale = next((one for one in seen if one["kind"] == "SALE" and one["subject_id"] == tale.sale_id), None)
    expect("the sale", sale and (sale["location_id"], sale["staff_code"], sale["data"]["lines"]), _SOLD)
    told = {"channel": "chat", "order_id": tale.sale_id, "text": COMPLAINT}
    noted: dict[str, Any] = (await desk.post(f"/v1/hq/members/{tale.member_id}/complaints", told))["record"]
    expect("the complaint is of", noted["subject_id"], tale.sale_id)
    return noted


_SOLD = (brand.STORE, LIN.code, "3")


async def is_answered(tale: Tale, counter: Counter, user: LineUser) -> None:
    """The adviser answers at her till; LINE brings it."""
    found = await counter.ask(lambda till: till.ListConversations, pb.ListConversationsRequest(mine=True))
    (thread,) = (one for one in found.conversations if one.member_id == tale.member_id and one.channel == "line")
    reply = pb.ReplyToConversationRequest(
        request_id=uuid7(), conversation_id=thread.conversation_id, text=ANSWER, seen_sequence=thread.last_sequence
    )
    await counter.ask(lambda till: till.ReplyToConversation, reply)
    expect("what LINE brings him", await user.inbox(1), [ANSWER])


async def is_tagged(tale: Tale, staff: Any) -> int:
    """The adviser tags him; how many members marketing's segment of that tag means, and he is one of them."""
    rule = {"field": "tags", "operator": "HAS_ANY", "values": [TROUBLE]}
    before = await _meant(tale, rule)
    await staff.put(f"/v1/staff/members/{tale.member_id}/tags/{TROUBLE}", {"why": "wrote about the zip of his coat"})
    after = await _meant(tale, rule)
    expect("members with that tag", after, before + 1)
    return after


async def _meant(tale: Tale, rule: dict[str, Any]) -> int:
    found: int = (await tale.hq.post("/v1/hq/segments/preview", {"rule": rule}))["members"]
    return found
