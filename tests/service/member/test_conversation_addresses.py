"""Where members can be reached: addresses that are proved, browsers, reports of what came back, merges and oblivion."""

import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
import pytest_asyncio

from omo.member.v1 import conversation_service_pb2 as pb
from services.member.channels.reports import Report
from services.member.conversation import personal
from services.member.conversation.joining import PART
from services.member.identity import store as people
from tests.service.member import talk_rig
from tests.service.member.channel_rig import Browser
from tests.service.member.conftest import Place, refusal
from tests.service.member.talk_rig import SMS_SECRET, Talk, said

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


async def test_reports_of_an_adapter_are_signed_fresh_and_taken_once(talk: Talk) -> None:
    heard: list[Report] = []

    async def hear(tx: Any, report: Report) -> None:
        heard.append(report)

    talk.member.parts.conversation.reports.on_report(hear)
    member_id, _ = await talk.shopper("0912345678")
    told: dict[str, Any] = {
        "report_id": "r-1",
        "message_id": str(uuid.uuid4()),
        "outcome": "blocked",
        "address": "+886912345678",
    }
    late = talk.member.wall().timestamp() - 301
    assert await refused(talk.report("sms", at=late, **told)) == "SIGNATURE_INVALID"
    assert await refused(talk.report("sms", secret="another", **told)) == "SIGNATURE_INVALID"
    assert await refused(talk.report("email", **told)) == "CHANNEL_UNKNOWN"
    assert await refused(talk.report("sms", **(told | {"outcome": "eaten"}))) == "FIELD_INVALID"
    assert heard == []
    await talk.report("sms", SMS_SECRET, **told)
    await talk.report("sms", SMS_SECRET, **told)
    assert [(one.channel, one.message_id, one.outcome) for one in heard] == [("sms", told["message_id"], "blocked")]
    async with talk.member.db.read() as tx:
        assert "sms" not in await talk.member.parts.conversation.book.addresses(tx, member_id)


async def test_only_proved_addresses_are_in_the_book(talk: Talk) -> None:
    adviser = await talk.staff("A102", "TPE01")
    enrolled = await talk.member.enrol(adviser, phone="0912345678")
    book = talk.member.parts.conversation.book
    async with talk.member.db.read() as tx:
        assert await book.addresses(tx, enrolled.member_id) == {"console": [enrolled.member_id]}
    member_id, _ = await talk.shopper("0912345678")
    async with talk.member.db.transaction() as tx:
        assert (await book.addresses(tx, member_id))["sms"] == ["+886912345678"]
        await book.end(tx, "sms", "+886912345678", "blocked", talk.member.clock())
        assert "sms" not in await book.addresses(tx, member_id)
        assert await book.addresses(tx, str(uuid.uuid4())) == {}


async def test_a_browser_belongs_to_who_is_signed_in_there(talk: Talk) -> None:
    book = talk.member.parts.conversation.book
    first, token = await talk.shopper("0912345678")
    second, other = await talk.shopper("0922333444")
    browser = Browser("http://127.0.0.1:1/push/1")

    def asked(member_id: str, endpoint: str = browser.endpoint, **keys: str) -> Any:
        told = {**browser.keys, **keys}
        return pb.AddPushSubscriptionRequest(
            request_id=str(uuid.uuid4()), member_id=member_id, endpoint=endpoint, **told
        )

    add = talk.channels.AddPushSubscription
    kept = await talk.ask(add, asked(first), token)
    assert (await talk.ask(add, asked(first), token)).subscription_id == kept.subscription_id
    assert await refused(talk.ask(add, asked(first, "https://169.254.169.254/x"), token)) == "FIELD_INVALID"
    assert await refused(talk.ask(add, asked(first, p256dh="AAAA"), token)) == "FIELD_INVALID"
    assert await refused(talk.ask(add, asked(first), other)) == "NOT_FOUND"
    async with talk.member.db.read() as tx:
        assert json.loads((await book.addresses(tx, first))["push"][0])["endpoint"] == browser.endpoint
    mine = await talk.ask(add, asked(second), other)
    async with talk.member.db.transaction() as tx:
        assert "push" not in await book.addresses(tx, first)
        assert len((await book.addresses(tx, second))["push"]) == 1
    gone = pb.RemovePushSubscriptionRequest(
        request_id=str(uuid.uuid4()), member_id=first, subscription_id=mine.subscription_id
    )
    await talk.ask(talk.channels.RemovePushSubscription, gone, token)  # not his: nothing happens
    async with talk.member.db.transaction() as tx:
        assert len((await book.addresses(tx, second))["push"]) == 1
        await book.end(tx, "push", browser.address, "subscription_ended", talk.member.clock())
        assert "push" not in await book.addresses(tx, second)
    assert len((await talk.ask(talk.channels.GetPushKey, pb.GetPushKeyRequest())).public_key) == 87


async def test_threads_are_counted_in_a_merge_handed_out_and_forgotten(talk: Talk) -> None:
    member_id = await talk.sign_in_by_line()
    await talk.webhook(said(WORDS))
    db, vault = talk.member.db, talk.member.parts.ground.vault
    async with db.transaction() as tx:
        gains = await PART.preview(tx, str(uuid.uuid4()), member_id)
        assert [(gain.kind, gain.count) for gain in gains] == [("CONVERSATION", 1)]
        told = await personal.HOLDING.export(tx, [member_id], vault)
        assert [row["text"] for row in told["conversations"]] == [WORDS]
        survivor = await talk.sign_in_by_line("Usurvivor")
        await people.alias(tx, member_id, survivor, "merge")
    service = await talk.service()
    (thread,) = await talk.listed(service, member_id=survivor)
    assert [one.text for one in (await talk.read(thread.conversation_id, service)).entries] == [WORDS]
    async with db.transaction() as tx:
        ids = [survivor, member_id]
        assert await personal.HOLDING.erase(tx, ids, talk.member.clock()) > 0
        assert await personal.HOLDING.erase(tx, ids, talk.member.clock()) == 0
    assert (await talk.read(thread.conversation_id, service)).entries[0].text == ""
    assert await refused(talk.reply(thread.conversation_id, service, ANSWER)) == "CONVERSATION_CHANNEL_CLOSED"
