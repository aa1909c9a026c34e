"""Messages: who is written to, when and by what, once; what became of it, and when it must stop."""

import pytest

from kit.errors import Fault
from omo.member.v1 import engagement_events_pb2 as events
from services.member.channels.contract import BLOCKED, THROTTLED, Letter, Refused, Unknown
from services.member.channels.reports import Report
from services.member.messages import store_rules
from services.member.messages.domain_hours import Quiet
from services.member.messages.domain_sending import Liked, Rules
from services.member.privacy.domain import Choice
from tests.service.member.engagement_rig import HOUR, Desk, Purpose, desk

__all__ = ["desk"]
PHONE, EMAIL = "+886912345678", "ming@example.com"


def first_line(letter: Letter) -> str:
    """What it says, without the way out."""
    return letter.text.partition("\n")[0]


async def _reported(desk: Desk, message_id: str, outcome: str) -> None:
    async with desk.db.transaction() as tx:
        await desk.room.reporting.hear(tx, Report("sms", message_id, "", outcome, desk.clock()))


async def _rules(desk: Desk, **changed: object) -> None:
    held = {name: getattr(store_rules.DEFAULT, name) for name in Rules.__slots__}
    async with desk.db.transaction() as tx:
        await desk.room.messages.put_rules(tx, Rules(**{**held, **changed}))


async def test_marketing_goes_only_to_who_agreed_and_by_what_he_agreed_to(desk: Desk) -> None:
    await desk.template()
    nobody, texts = await desk.person(PHONE, EMAIL), await desk.person("+886912345679", "hua@example.com")
    await desk.consent(texts, "sms")
    silent, written = await desk.enqueue(nobody), await desk.enqueue(texts)
    await desk.quiet()
    assert await desk.state(silent) == ("WITHHELD", "NO_CONSENT")
    assert await desk.state(written) == ("SENT", "")
    assert [(one.address, first_line(one)) for one in desk.letters("sms")] == [("+886912345679", "哈囉 陳小明")]
    assert desk.letters("email") == []


async def test_what_serves_a_purchase_goes_out_until_it_is_refused(desk: Desk) -> None:
    await desk.template(purpose=Purpose.SERVICE)
    member_id = await desk.person(PHONE)
    first = await desk.enqueue(member_id, Purpose.SERVICE)
    await desk.quiet()
    await desk.consent(member_id, "sms", choice=Choice.REFUSED, use="SERVICE")
    second = await desk.enqueue(member_id, Purpose.SERVICE)
    await desk.quiet()
    assert (await desk.state(first))[0] == "SENT"
    assert await desk.state(second) == ("WITHHELD", "NO_CONSENT")


async def test_a_key_is_one_message_and_nothing_of_its_words_is_kept(desk: Desk) -> None:
    await desk.template("{member_name}：{sku} 特價", params=("sku",))
    member_id = await desk.person(PHONE)
    await desk.consent(member_id, "sms")
    one = await desk.enqueue(member_id, key="k", params={"sku": "COAT"})
    assert await desk.enqueue(member_id, key="k", params={"sku": "HAT"}) == one
    await desk.quiet()
    assert [first_line(letter) for letter in desk.letters()] == ["陳小明：COAT 特價"]
    async with desk.db.read() as tx:
        row = str(dict(await tx.fetchrow("SELECT * FROM messages")))
    assert "陳小明" not in row
    assert PHONE not in row


async def test_quiet_hours_of_the_brand_and_of_the_member(desk: Desk) -> None:
    await desk.template(purpose=Purpose.SERVICE)
    member_id = await desk.person(PHONE)
    async with desk.db.transaction() as tx:
        await desk.room.messages.put_preferences(tx, Liked(member_id, "", Quiet(9 * 60, 10 * 60 + 30), ()))
    desk.advance(hours=10)  # 22:00 in Taipei
    late, urgent = await desk.enqueue(member_id, Purpose.SERVICE), await desk.enqueue(member_id, Purpose.TRANSACTIONAL)
    await desk.quiet()
    assert await desk.state(late) == ("WAITING", "QUIET")
    assert (await desk.state(urgent))[0] == "SENT"
    desk.advance(hours=12)  # 10:00: the brand speaks again, he does not listen yet
    await desk.quiet()
    assert await desk.state(late) == ("WAITING", "QUIET")
    desk.advance(hours=1)
    await desk.quiet()
    assert (await desk.state(late))[0] == "SENT"


async def test_caps_hold_over_all_campaigns_and_let_go_with_time(desk: Desk) -> None:
    await desk.template()
    member_id = await desk.person(PHONE)
    await desk.consent(member_id, "sms")
    first, second = await desk.enqueue(member_id), await desk.enqueue(member_id)
    await desk.quiet()
    states = {await desk.state(first), await desk.state(second)}
    assert states == {("SENT", ""), ("WAITING", "CAPPED")}, "two batches at once found one place"
    desk.advance(hours=25)
    await desk.quiet()
    assert {await desk.state(first), await desk.state(second)} == {("SENT", "")}
    hopeless = await desk.enqueue(member_id, end_time=desk.clock() + HOUR)
    await desk.quiet()
    assert await desk.state(hopeless) == ("WITHHELD", "CAPPED")


async def test_a_blocked_address_ends_and_another_channel_is_tried(desk: Desk) -> None:
    await desk.template()
    member_id = await desk.person(PHONE, EMAIL)
    await desk.consent(member_id, "sms", "email")
    desk.wires["email"].answers.append(Refused(BLOCKED, permanent=True))
    message_id = await desk.enqueue(member_id, channels=("email", "sms"))
    await desk.quiet()
    assert (await desk.state(message_id))[0] == "SENT"
    kinds = [event.kind for event in await desk.events("TouchRecorded")]
    assert kinds == [events.TOUCH_KIND_BLOCKED, events.TOUCH_KIND_SENT]
    desk.advance(days=2)
    again = await desk.enqueue(member_id, channels=("email",))
    await desk.quiet()
    assert await desk.state(again) == ("WITHHELD", "NO_ADDRESS")


async def test_a_provider_that_is_busy_is_asked_again_later(desk: Desk) -> None:
    await desk.template()
    member_id = await desk.person(PHONE)
    await desk.consent(member_id, "sms")
    desk.wires["sms"].answers.append(Refused(THROTTLED, permanent=False, retry_after=600))
    message_id = await desk.enqueue(member_id)
    await desk.quiet()
    assert await desk.state(message_id) == ("WAITING", "THROTTLED")
    desk.advance(minutes=5)
    await desk.quiet()
    assert len(desk.letters()) == 1
    desk.advance(minutes=6)
    await desk.quiet()
    assert await desk.state(message_id) == ("SENT", "")


async def test_a_provider_that_fell_silent_is_not_asked_twice(desk: Desk) -> None:
    """Unless it knows our id: then the same letter is handed over again."""
    await desk.template()
    member_id = await desk.person(PHONE, EMAIL)
    await desk.consent(member_id, "sms", "email")
    desk.wires["email"].answers.append(Unknown("timeout"))
    lost = await desk.enqueue(member_id, channels=("email",))
    await desk.quiet()
    desk.advance(days=2)
    await desk.quiet()
    assert await desk.state(lost) == ("UNKNOWN", "UNKNOWN")
    assert len(desk.letters("email")) == 1
    desk.wires["sms"].answers.append(Unknown("timeout"))
    sure = await desk.enqueue(member_id, channels=("sms", "email"))
    await desk.quiet()
    desk.advance(minutes=1)
    await desk.quiet()
    assert await desk.state(sure) == ("SENT", "")
    assert [one.message_id for one in desk.letters("sms")] == [sure, sure]
    assert len(desk.letters("email")) == 1


async def test_a_report_settles_what_was_unknown(desk: Desk) -> None:
    await desk.template()
    member_id = await desk.person(email=EMAIL)
    await desk.consent(member_id, "email")
    desk.wires["email"].answers.append(Unknown("timeout"))
    message_id = await desk.enqueue(member_id)
    await desk.quiet()
    for _ in range(2):
        await _reported(desk, message_id, "delivered")
    assert await desk.state(message_id) == ("SENT", "")
    kinds = [event.kind for event in await desk.events("TouchRecorded")]
    assert kinds == [events.TOUCH_KIND_SENT, events.TOUCH_KIND_DELIVERED]
    await _reported(desk, "no id of ours", "delivered")


async def test_a_crash_with_letters_in_hand_sends_none_twice(desk: Desk) -> None:
    """What was claimed may have gone out: only a provider that knows our ids gets it again."""
    await desk.template()
    member_id = await desk.person(PHONE, EMAIL)
    await desk.consent(member_id, "sms", "email")
    mail = await desk.enqueue(member_id, channels=("email",))
    text = await desk.enqueue(member_id, Purpose.TRANSACTIONAL, channels=("sms",))
    async with desk.db.transaction() as tx:
        await tx.execute("UPDATE messages SET state = 2, channel = channels[1], tries = 1")
    await desk.quiet()
    assert await desk.state(mail) == ("UNKNOWN", "UNKNOWN")
    assert await desk.state(text) == ("SENT", "")
    assert desk.letters("email") == []


async def test_what_too_many_block_stops_and_says_so(desk: Desk) -> None:
    await desk.template()
    await _rules(desk, block_min_sent=4, block_limit_bp=3000)
    people = [await desk.person(f"+8869123450{number:02}") for number in range(6)]
    for member_id in people:
        await desk.consent(member_id, "sms")
    sent = [await desk.enqueue(member_id) for member_id in people[:5]]
    await desk.quiet()
    for message_id in sent[:2]:
        await _reported(desk, message_id, "blocked")
    assert [(event.channel, event.sent, event.blocked) for event in await desk.events("CampaignHalted")] == [
        ("sms", 5, 2)
    ]
    held = await desk.enqueue(people[5])
    await desk.quiet()
    assert await desk.state(held) == ("WAITING", "CHANNEL_STANDS")
    async with desk.db.transaction() as tx:
        assert dict(await desk.room.messages.resume(tx, "sms"))["sent"] == 0
    desk.advance(hours=1)
    await desk.quiet()
    assert await desk.state(held) == ("SENT", "")


async def test_rules_are_changed_by_one_at_a_time(desk: Desk) -> None:
    await _rules(desk, per_day=2)
    with pytest.raises(Fault) as refused:
        await _rules(desk, per_day=3)
    assert refused.value.reason == "CONFLICT"
