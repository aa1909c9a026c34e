"""Shoppers write, the right people answer, and nobody answers twice."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
import pytest_asyncio

from omo.member.v1 import conversation_pb2 as pb2
from omo.member.v1 import conversation_service_pb2 as pb
from omo.member.v1 import engagement_events_pb2 as touches
from tests.service.member import talk_rig
from tests.service.member.conftest import Place, refusal
from tests.service.member.talk_rig import Talk, until

WORDS = "請問這件大衣還有M號嗎"
ANSWER = "有的，幫您保留"


@pytest_asyncio.fixture
async def talk(place: Place) -> AsyncIterator[Talk]:
    async with talk_rig.talking(place) as one:
        yield one


async def refused(asked: Any) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await asked
    return refusal(raised.value)


async def test_a_bound_shopper_writes_to_who_serves_him_and_reads_the_answer(talk: Talk) -> None:
    member_id, token = await talk.shopper()
    adviser = await talk.staff("A102", "TPE01")
    await talk.bind(member_id, "A102", "TPE01")
    written = await talk.write(member_id, token, WORDS)
    (thread,) = await talk.listed(adviser, mine=True)
    assert (thread.queue, thread.staff_code, thread.location_id) == (pb2.CONVERSATION_QUEUE_STAFF, "A102", "TPE01")
    assert thread.HasField("waiting_since_time")
    read = await talk.read(thread.conversation_id, adviser)
    assert [one.text for one in read.entries] == [WORDS]
    answered = await talk.reply(thread.conversation_id, adviser, ANSWER)
    assert not answered.conversation.HasField("waiting_since_time")
    shown = await talk.ask(talk.talk.ReadMessages, pb.ReadMessagesRequest(member_id=member_id), token)
    assert [(one.text, one.kind) for one in shown.entries] == [
        (WORDS, pb2.CONVERSATION_ENTRY_KIND_INBOUND),
        (ANSWER, pb2.CONVERSATION_ENTRY_KIND_REPLY),
    ]
    assert not any(one.staff_code for one in shown.entries)
    assert written.conversation_id == shown.conversation_id == thread.conversation_id
    assert talk.line.calls == []


async def test_every_message_is_a_touch_and_a_record_and_its_words_are_nowhere_in_clear(talk: Talk) -> None:
    member_id, token = await talk.shopper()
    adviser = await talk.staff("A102", "TPE01")
    await talk.bind(member_id, "A102", "TPE01")
    thread = await talk.write(member_id, token, WORDS)
    await talk.reply(thread.conversation_id, adviser, ANSWER)
    rows = await talk.rows("SELECT payload FROM outbox WHERE subject LIKE 'omo.member.v1.TouchRecorded.%'")
    told = [touches.TouchRecorded.FromString(row["payload"]) for row in rows]
    kinds = {(touches.TouchKind.Name(one.kind), one.channel, one.staff_code, one.member_id) for one in told}
    assert kinds == {
        ("TOUCH_KIND_INBOUND", "app", "", member_id),
        ("TOUCH_KIND_REPLIED", "app", "A102", member_id),
    }
    records = await talk.rows("SELECT kind, source, subject_id FROM timeline_records WHERE kind = 'CHAT'")
    assert [tuple(row) for row in records] == [("CHAT", "app", thread.conversation_id)] * 2
    for table in ("conversations", "conversation_entries", "timeline_records", "outbox", "requests"):
        for row in await talk.rows(f'SELECT one::text AS shown FROM "{table}" AS one'):
            for text in (WORDS, ANSWER):  # bytes are shown in hexadecimal digits
                assert text not in row["shown"], table
                assert text.encode().hex() not in row["shown"], table


async def test_without_an_adviser_the_store_has_it_and_who_answers_takes_it(talk: Talk) -> None:
    adviser, other = await talk.staff("A102", "TPE01"), await talk.staff("B201", "TPE02")
    enrolled = await talk.member.enrol(adviser, phone="0912345678")
    member_id, token = await talk.shopper("0912345678")
    assert member_id == enrolled.member_id
    thread = await talk.write(member_id, token, WORDS)
    (listed,) = await talk.listed(adviser)
    assert (listed.queue, listed.location_id) == (pb2.CONVERSATION_QUEUE_STORE, "TPE01")
    assert await talk.listed(other) == []
    assert await refused(talk.read(thread.conversation_id, other)) == "NOT_FOUND"
    assert await refused(talk.reply(thread.conversation_id, other, ANSWER)) == "NOT_FOUND"
    answered = await talk.reply(thread.conversation_id, adviser, ANSWER)
    assert (answered.conversation.queue, answered.conversation.staff_code) == (pb2.CONVERSATION_QUEUE_STAFF, "A102")


async def test_without_a_store_customer_service_has_it(talk: Talk) -> None:
    member_id, token = await talk.shopper()
    adviser = await talk.staff("A102", "TPE01")
    thread = await talk.write(member_id, token, WORDS)
    service = await talk.service()
    (listed,) = await talk.listed(service, queue=pb2.CONVERSATION_QUEUE_SERVICE)
    assert listed.conversation_id == thread.conversation_id
    assert await talk.listed(adviser) == []
    await talk.reply(thread.conversation_id, service, ANSWER)
    assert await refused(talk.listed(service, mine=True)) == "FIELD_INVALID"


async def test_somebody_who_left_answers_nothing_more(talk: Talk) -> None:
    member_id, token = await talk.shopper()
    await talk.staff("A102", "TPE01")
    await talk.bind(member_id, "A102", "TPE01")
    await talk.write(member_id, token, WORDS)
    await talk.member.put_staff("A102", active=False)
    await talk.write(member_id, token, "還在嗎")
    (thread,) = await talk.listed(await talk.service())
    assert thread.queue == pb2.CONVERSATION_QUEUE_SERVICE
    assert thread.last_sequence == 2


async def test_of_two_who_answer_at_once_one_is_told_to_read_first(talk: Talk) -> None:
    member_id, token = await talk.shopper()
    adviser = await talk.staff("A102", "TPE01")
    manager = await talk.staff("A100", "TPE01", "manager")
    await talk.bind(member_id, "A102", "TPE01")
    thread = await talk.write(member_id, token, WORDS)
    both = [talk.reply(thread.conversation_id, who, ANSWER) for who in (adviser, manager)]
    answers = await asyncio.gather(*both, return_exceptions=True)
    failed = [one for one in answers if isinstance(one, grpc.aio.AioRpcError)]
    assert [refusal(one) for one in failed] == ["CONVERSATION_MOVED"]
    read = await talk.read(thread.conversation_id, adviser)
    assert [one.sequence for one in read.entries] == [1, 2]
    late = manager if read.entries[1].staff_code == "A102" else adviser
    await talk.reply(thread.conversation_id, late, "補充一下", seen=2)


async def test_the_same_reply_again_is_the_same_reply(talk: Talk) -> None:
    member_id, token = await talk.shopper()
    service, key = await talk.service(), str(uuid.uuid4())
    write = str(uuid.uuid4())
    first = await talk.write(member_id, token, WORDS, key=write)
    assert (await talk.write(member_id, token, WORDS, key=write)).entry == first.entry
    one = await talk.reply(first.conversation_id, service, ANSWER, key=key)
    again = await talk.reply(first.conversation_id, service, ANSWER, key=key)
    assert (again.entry, again.entry.text) == (one.entry, ANSWER)
    assert await refused(talk.reply(first.conversation_id, service, "別的", key=key)) == "REQUEST_REUSED"
    assert len((await talk.read(first.conversation_id, service)).entries) == 2


async def test_a_hand_over_brings_the_history_and_happens_once(talk: Talk) -> None:
    member_id, token = await talk.shopper()
    adviser, other = await talk.staff("A102", "TPE01"), await talk.staff("B201", "TPE02")
    await talk.bind(member_id, "A102", "TPE01")
    written = await talk.write(member_id, token, WORDS)
    (thread,) = await talk.listed(adviser)
    note = pb.AddConversationNoteRequest(
        request_id=str(uuid.uuid4()), conversation_id=thread.conversation_id, text="在意尺寸"
    )
    noted = (await talk.ask(talk.talk.AddConversationNote, note, adviser)).conversation
    assert await refused(talk.hand_over(thread, adviser, "SERVICE")) == "CONVERSATION_MOVED"
    await talk.staff("A103", "TPE01")
    races = [
        talk.hand_over(noted, adviser, "STAFF", "我在忙", staff_code="A103"),
        talk.hand_over(noted, adviser, "SERVICE"),
    ]
    ends = await asyncio.gather(*races, return_exceptions=True)
    assert [refusal(one) for one in ends if isinstance(one, grpc.aio.AioRpcError)] == ["CONVERSATION_MOVED"]
    moved = next(one for one in ends if not isinstance(one, BaseException))
    moved = await talk.hand_over(moved, adviser, "STAFF", "西門有貨", staff_code="B201")
    assert (moved.staff_code, moved.location_id) == ("B201", "TPE02")
    texts = [one.text for one in (await talk.read(written.conversation_id, other)).entries]
    assert texts[:2] == [WORDS, "在意尺寸"]
    assert texts[-1] == "西門有貨"
    assert await refused(talk.read(written.conversation_id, adviser)) == "NOT_FOUND"
    shown = await talk.ask(talk.talk.ReadMessages, pb.ReadMessagesRequest(member_id=member_id), token)
    assert [one.text for one in shown.entries] == [WORDS]
    assert await refused(talk.hand_over(moved, other, "STAFF", staff_code="nobody")) == "STAFF_UNKNOWN"


async def test_a_colleague_does_not_answer_what_is_anothers(talk: Talk) -> None:
    member_id, token = await talk.shopper()
    await talk.staff("A102", "TPE01")
    colleague = await talk.staff("A103", "TPE01")
    await talk.bind(member_id, "A102", "TPE01")
    thread = await talk.write(member_id, token, WORDS)
    assert await refused(talk.reply(thread.conversation_id, colleague, ANSWER)) == "CONVERSATION_ASSIGNED"
    (listed,) = await talk.listed(colleague)
    taken = await talk.hand_over(listed, colleague, "STAFF", staff_code="A103")
    await talk.reply(thread.conversation_id, colleague, ANSWER, seen=taken.last_sequence)


async def test_a_closed_thread_opens_again_when_the_shopper_writes(talk: Talk) -> None:
    member_id, token = await talk.shopper()
    service = await talk.service()
    written = await talk.write(member_id, token, WORDS)
    (thread,) = await talk.listed(service)
    close = pb.CloseConversationRequest(
        request_id=str(uuid.uuid4()), conversation_id=thread.conversation_id, version=thread.version
    )
    closed = (await talk.ask(talk.talk.CloseConversation, close, service)).conversation
    assert closed.state == pb2.CONVERSATION_STATE_CLOSED
    assert await talk.listed(service, state=pb2.CONVERSATION_STATE_OPEN) == []
    again = await talk.write(member_id, token, "還有一個問題")
    assert again.conversation_id == written.conversation_id
    assert len(await talk.listed(service, state=pb2.CONVERSATION_STATE_OPEN)) == 1


async def test_who_waits_too_long_becomes_a_task_that_climbs(talk: Talk) -> None:
    member_id, token = await talk.shopper()
    adviser = await talk.staff("A102", "TPE01")
    await talk.bind(member_id, "A102", "TPE01")
    thread = await talk.write(member_id, token, WORDS)
    service = await talk.service()
    async with talk.at_work():
        assert await talk.tasks(adviser) == []
        talk.member.clock.advance(minutes=31)
        (first,) = await until(lambda: talk.tasks(adviser, mine=True))
        assert (first.level, first.staff_code) == (1, "A102")
        talk.member.clock.advance(minutes=31)
        (second,) = await until(lambda: _at_level(talk, adviser, 2))
        assert (second.queue, second.location_id) == (pb2.CONVERSATION_QUEUE_STORE, "TPE01")
        talk.member.clock.advance(minutes=31)
        (third,) = await until(lambda: _at_level(talk, service, 3))
        assert third.queue == pb2.CONVERSATION_QUEUE_SERVICE
    (escalated, *_), open_now = await talk.tasks(service, state=pb2.CONVERSATION_TASK_STATE_ESCALATED), third
    assert escalated.task_id == first.task_id
    read = await talk.read(thread.conversation_id, service)
    await talk.reply(thread.conversation_id, service, ANSWER, seen=read.conversation.last_sequence)
    assert await talk.tasks(service) == []
    (done,) = await talk.tasks(service, state=pb2.CONVERSATION_TASK_STATE_DONE)
    assert done.task_id == open_now.task_id
    assert not await talk.rows("SELECT 1 FROM timers WHERE kind = 'conversations.answer'")


async def _at_level(talk: Talk, token: str, level: int) -> list[Any]:
    return [one for one in await talk.tasks(token) if one.level == level]
