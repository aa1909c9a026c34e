"""LINE, as it calls and is called: signed, repeated, taken back, blocked, and at last known by name."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
import pytest_asyncio

from omo.member.v1 import conversation_pb2 as pb2
from omo.member.v1 import engagement_events_pb2 as touches
from tests.service.member import talk_rig
from tests.service.member.conftest import Place, refusal
from tests.service.member.talk_rig import USER, Talk, said, until

WORDS = "你好，我想改尺寸"
ANSWER = "好的"


@pytest_asyncio.fixture
async def talk(place: Place) -> AsyncIterator[Talk]:
    async with talk_rig.talking(place) as one:
        yield one


async def refused(asked: Any) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await asked
    return refusal(raised.value)


async def _entries(talk: Talk) -> list[Any]:
    return await talk.rows("SELECT sequence, kind, form, delivery, delivery_code FROM conversation_entries ORDER BY 1")


async def test_only_what_line_signed_is_taken_and_only_once(talk: Talk) -> None:
    event = said(WORDS, "event-1")
    assert await refused(talk.webhook(event, secret="another")) == "SIGNATURE_INVALID"
    assert await refused(talk.notify("line", json.dumps({"events": [event]}).encode(), {})) == "SIGNATURE_INVALID"
    assert await refused(talk.webhook(body=b"no json")) == "FIELD_INVALID"
    assert await refused(talk.notify("fax", b"{}", {})) == "CHANNEL_UNKNOWN"
    assert await _entries(talk) == []
    await talk.webhook()  # LINE's own button for trying it
    await talk.webhook(event)
    await asyncio.gather(*(talk.webhook({**event, "deliveryContext": {"isRedelivery": True}}) for _ in range(3)))
    assert len(await _entries(talk)) == 1


async def test_a_copy_of_what_was_signed_long_ago_is_nothing_new(talk: Talk) -> None:
    event = said(WORDS, "event-1")
    await talk.webhook(event)
    talk.member.wall.advance(days=8)
    await talk.webhook(event)
    await talk.webhook(event | {"webhookEventId": "event-2"})
    assert len(await _entries(talk)) == 1
    talk.member.wall.advance(days=23)
    await talk.webhook()
    assert await talk.rows("SELECT 1 FROM channel_notices") == []
    await talk.webhook(event)
    assert len(await _entries(talk)) == 1


async def test_an_event_that_could_not_be_kept_does_not_come_for_ever(talk: Talk) -> None:
    broken = said("a\x00b\ud83d", "event\x00-1", message={"id": 5, "type": ["text"], "text": {"no": "text"}})
    words = said("c\x00d\ud83d", timestamp="soon")
    body = json.dumps({"events": [broken, words, {"type": "message"}, {"source": "nobody"}]}).encode()
    await talk.webhook(body=body)
    service = await talk.service()
    (thread,) = await talk.listed(service)
    entries = (await talk.read(thread.conversation_id, service)).entries
    assert [(one.text, one.form == pb2.CONVERSATION_FORM_TEXT) for one in entries] == [("", False), ("cd?", True)]


async def test_many_words_at_once_come_in_order_into_one_thread(talk: Talk) -> None:
    group = said("群組", source={"type": "group", "groupId": "C1", "userId": USER})
    standby = said("別的模組", mode="standby")
    picture = said("", message={"id": "m-2", "type": "image", "contentProvider": {"type": "line"}})
    await asyncio.gather(talk.webhook(said(WORDS), picture, group, standby), talk.webhook(said("第三句")))
    (thread,) = await talk.listed(await talk.service())
    read = await talk.read(thread.conversation_id, await talk.service())
    assert [one.sequence for one in read.entries] == [1, 2, 3]
    assert {(one.text, pb2.ConversationForm.Name(one.form)) for one in read.entries} == {
        (WORDS, "CONVERSATION_FORM_TEXT"),
        ("", "CONVERSATION_FORM_IMAGE"),
        ("第三句", "CONVERSATION_FORM_TEXT"),
    }


async def test_an_answer_goes_out_by_line_and_a_retry_carries_the_same_key(talk: Talk) -> None:
    await talk.webhook(said(WORDS))
    service = await talk.service()
    (thread,) = await talk.listed(service)
    assert (thread.member_id, thread.channel) == ("", "line")
    talk.line.answers = [(500, {}, {}), (409, {"x-line-accepted-request-id": "r-1"}, {})]
    answered = await talk.reply(thread.conversation_id, service, ANSWER)
    assert answered.entry.delivery == pb2.CONVERSATION_DELIVERY_WAITING
    async with talk.at_work():
        await until(lambda: _called(talk, 1))
        talk.member.clock.advance(seconds=5)
        read = await until(lambda: _delivered(talk, thread.conversation_id, service))
    assert read.entries[1].delivery == pb2.CONVERSATION_DELIVERY_SENT
    assert [call.headers["x-line-retry-key"] for call in talk.line.calls] == [answered.entry.entry_id] * 2
    assert talk.line.calls[0].document["to"] == USER
    assert talk.line.calls[0].document["messages"] == [{"type": "text", "text": ANSWER}]


async def _called(talk: Talk, times: int) -> bool:
    return len(talk.line.calls) >= times and bool(await talk.rows("SELECT 1 FROM timers WHERE last_error <> ''"))


async def _delivered(talk: Talk, conversation_id: str, token: str) -> Any:
    read = await talk.read(conversation_id, token)
    return read if read.entries[-1].delivery != pb2.CONVERSATION_DELIVERY_WAITING else None


async def test_an_address_that_line_does_not_know_ends_with_its_reply(talk: Talk) -> None:
    await talk.webhook(said(WORDS))
    service = await talk.service()
    (thread,) = await talk.listed(service)
    talk.line.answers = [(400, {}, {"message": "The property, 'to', in the request body is invalid"})]
    await talk.reply(thread.conversation_id, service, ANSWER)
    async with talk.at_work():
        read = await until(lambda: _delivered(talk, thread.conversation_id, service))
    last = read.entries[-1]
    assert (last.delivery, last.delivery_code) == (pb2.CONVERSATION_DELIVERY_REFUSED, "unknown_address")
    assert await refused(talk.reply(thread.conversation_id, service, "還在嗎", seen=2)) == "CONVERSATION_CHANNEL_CLOSED"


async def test_whoever_blocks_the_brand_is_not_written_to_until_he_follows_again(talk: Talk) -> None:
    member_id = await talk.sign_in_by_line()
    await talk.webhook(said(WORDS))
    service = await talk.service()
    (thread,) = await talk.listed(service)
    left = {"type": "unfollow", "webhookEventId": "e-2", "mode": "active", "source": {"type": "user", "userId": USER}}
    await talk.webhook(left)
    assert await refused(talk.reply(thread.conversation_id, service, ANSWER)) == "CONVERSATION_CHANNEL_CLOSED"
    async with talk.member.db.read() as tx:
        assert "line" not in await talk.member.parts.conversation.book.addresses(tx, member_id)
    rows = await talk.rows("SELECT payload FROM outbox WHERE subject LIKE 'omo.member.v1.TouchRecorded.%'")
    told = [touches.TouchRecorded.FromString(row["payload"]) for row in rows]
    assert [one.member_id for one in told if one.kind == touches.TOUCH_KIND_BLOCKED] == [member_id]
    await talk.webhook(left | {"type": "follow", "webhookEventId": "e-3"})
    await talk.reply(thread.conversation_id, service, ANSWER)
    async with talk.member.db.read() as tx:
        assert (await talk.member.parts.conversation.book.addresses(tx, member_id))["line"] == [USER]


async def test_what_is_taken_back_leaves_no_words(talk: Talk) -> None:
    await talk.webhook(said(WORDS, message={"id": "m-1", "type": "text", "text": WORDS}))
    unsend = said("", message=None, type="unsend", unsend={"messageId": "m-1"})
    del unsend["message"]
    await talk.webhook(unsend | {"source": {"type": "user", "userId": "Usomebodyelse"}})
    service = await talk.service()
    (thread,) = await talk.listed(service)
    assert [one.text for one in (await talk.read(thread.conversation_id, service)).entries] == [WORDS]
    await talk.webhook(unsend | {"webhookEventId": "e-9"})
    (entry,) = (await talk.read(thread.conversation_id, service)).entries
    assert (entry.text, entry.unsent) == ("", True)


async def test_a_stranger_becomes_the_member_who_signs_in_by_line(talk: Talk) -> None:
    await talk.webhook(said(WORDS))
    member_id = await talk.sign_in_by_line()
    service = await talk.service()
    (thread,) = await talk.listed(service, member_id=member_id)
    assert thread.member_id == member_id
    assert [one.text for one in (await talk.read(thread.conversation_id, service)).entries] == [WORDS]
    adviser = await talk.staff("A102", "TPE01")
    await talk.bind(member_id, "A102", "TPE01")
    await talk.webhook(said("第二句"))
    (again,) = await talk.listed(service, member_id=member_id)
    assert (again.conversation_id, again.last_sequence) == (thread.conversation_id, 2)
    assert await talk.listed(adviser) == []  # customer service has it, and gives it away if it should


async def test_a_stranger_who_is_bound_when_he_signs_in_goes_to_his_adviser(talk: Talk) -> None:
    member_id = await talk.sign_in_by_line("Ufirst")
    adviser = await talk.staff("A102", "TPE01")
    await talk.bind(member_id, "A102", "TPE01")
    await talk.webhook(said(WORDS, user="Ufirst"))
    (thread,) = await talk.listed(adviser, mine=True)
    assert thread.member_id == member_id


async def test_an_address_that_moved_to_somebody_else_opens_a_thread_of_its_own(talk: Talk) -> None:
    first = await talk.sign_in_by_line()
    await talk.webhook(said(WORDS))
    service = await talk.service()
    (thread,) = await talk.listed(service)
    async with talk.member.db.transaction() as tx:  # the account now belongs to nobody whom we know
        await tx.execute("DELETE FROM identifier_holders WHERE kind = 'line'")
        await tx.execute("DELETE FROM member_identifiers WHERE kind = 'line'")
    second = await talk.sign_in_by_line()
    await talk.webhook(said("我是別人"))
    (other,) = await talk.listed(service, member_id=second)
    assert (thread.member_id, other.member_id) == (first, second)
    assert [one.text for one in (await talk.read(other.conversation_id, service)).entries] == ["我是別人"]
    refusal_ = await refused(talk.reply(thread.conversation_id, service, ANSWER))
    assert refusal_ == "CONVERSATION_CHANNEL_CLOSED"
