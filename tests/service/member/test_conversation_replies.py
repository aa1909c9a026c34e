"""Replies that cannot be brought, and how long a shopper may wait while nobody is at work."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
import pytest_asyncio

from omo.member.v1 import conversation_pb2 as pb2
from omo.member.v1 import conversation_service_pb2 as pb
from tests.service.member import talk_rig
from tests.service.member.conftest import Place, refusal
from tests.service.member.talk_rig import Talk, said, until

WORDS, ANSWER = "你好，我想改尺寸", "好的"
_LAST_TRY = "UPDATE timers SET attempt = 11, next_time = due_time WHERE kind = 'conversations.deliver'"


@pytest_asyncio.fixture
async def talk(place: Place) -> AsyncIterator[Talk]:
    async with talk_rig.talking(place) as one:
        yield one


async def refused(asked: Any) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await asked
    return refusal(raised.value)


async def _failed(talk: Talk, service: str, conversation_id: str) -> Any:
    """The reply, once nobody tries it any more."""

    async def tried() -> Any:
        async with talk.member.db.transaction() as tx:
            await tx.execute(_LAST_TRY)
        reply = (await talk.read(conversation_id, service)).entries[-1]
        return reply if reply.delivery == pb2.CONVERSATION_DELIVERY_FAILED else None

    return await until(tried)


async def test_a_reply_that_nobody_could_bring_is_seen_and_sent_again(talk: Talk) -> None:
    await talk.webhook(said(WORDS))
    service = await talk.service()
    (thread,) = await talk.listed(service)
    where = thread.conversation_id
    talk.line.taken = (503, {}, {"message": "LINE is down"})
    replied = await talk.reply(where, service, ANSWER)
    entry_id = replied.entry.entry_id

    async def retry(entry: str = entry_id) -> Any:
        request = pb.RetryReplyRequest(request_id=str(uuid.uuid4()), conversation_id=where, entry_id=entry)
        return await talk.ask(talk.talk.RetryReply, request, service)

    assert await refused(retry()) == "REPLY_NOT_FAILED"
    async with talk.at_work():
        failed = await _failed(talk, service, where)
        assert failed.delivery_code == "unavailable"
        (waits,) = await talk.listed(service)
        assert waits.HasField("waiting_since_time"), "he has no answer: whoever looks sees him wait"
        assert await talk.rows("SELECT 1 FROM timers WHERE kind = 'conversations.deliver'") == []
        assert await refused(retry(str(uuid.uuid4()))) == "NOT_FOUND"
        talk.line.taken = (200, {"x-line-request-id": "r-1"}, {"sentMessages": [{"id": "1"}]})
        again = await retry()
        assert not again.conversation.HasField("waiting_since_time")

        async def sent() -> bool:
            entries = (await talk.read(where, service)).entries
            return bool(entries[-1].delivery == pb2.CONVERSATION_DELIVERY_SENT)

        await until(sent)
    keys = {call.headers["x-line-retry-key"] for call in talk.line.calls}
    assert keys == {entry_id}, "under the same id: LINE itself knows a message that it has"
    assert await refused(retry()) == "REPLY_NOT_FAILED"


async def test_nobody_is_asked_for_an_answer_while_nobody_is_at_work(talk: Talk) -> None:
    """Monday to Saturday 10:30 to 21:30: who writes at night waits from the morning on."""
    hours = pb2.ServiceHours(answer_minutes=30, closed_days=["2026-11-24"])
    for weekday in range(1, 7):
        hours.windows.add(weekday=weekday, opens="10:30", closes="21:30")
    admin = (await talk.member.hq("admin")).access_token
    asked = pb.PutServiceHoursRequest(request_id=str(uuid.uuid4()), hours=hours)
    kept = (await talk.ask(talk.talk.PutServiceHours, asked, admin)).hours
    assert (kept.version, len(kept.windows)) == (1, 6)
    again = pb.PutServiceHoursRequest(request_id=str(uuid.uuid4()), hours=hours)
    assert await refused(talk.ask(talk.talk.PutServiceHours, again, admin)) == "CONFLICT"
    assert (await talk.ask(talk.talk.GetServiceHours, pb.GetServiceHoursRequest(), admin)).hours == kept
    service = await talk.service()
    assert await refused(talk.ask(talk.talk.PutServiceHours, again, service)) == "PERMISSION_DENIED"
    talk.member.clock.at = datetime(2026, 11, 23, 13, 20, tzinfo=UTC)  # Monday 21:20; Tuesday is a closed day
    member_id, token = await talk.shopper()
    await talk.write(member_id, token, WORDS)
    (due,) = await talk.rows("SELECT due_time FROM timers WHERE kind = 'conversations.answer'")
    assert due["due_time"] == datetime(2026, 11, 25, 2, 50, tzinfo=UTC), "Wednesday 10:50"
