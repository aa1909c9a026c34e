"""The messaging simulator stands in for LINE, text messages and mail, and calls back as they do."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from kit.ids import uuid7
from services.member.channels import contract
from services.member.channels.contract import Letter, Refused
from services.member.channels.line import LineChannel
from services.member.channels.mail import MailChannel, Server
from services.member.channels.sms import SmsChannel
from simulators.messaging.mail import PostOffice
from simulators.messaging.notices import Teller
from simulators.messaging.settings import Settings
from simulators.messaging.store import Book
from simulators.messaging.web import Door
from tests.service.member import channel_rig, talk_rig
from tests.service.member.channel_rig import Provider
from tests.service.member.conftest import Place
from tests.service.member.talk_rig import SECRET, SMS_SECRET, USER, until

TOLD = Settings(env="test", line_token="token of the account", line_secret=SECRET, sms_secret=SMS_SECRET)


@dataclass(frozen=True, slots=True)
class Stage:
    """The simulator, and where it calls."""

    http: str
    smtp: int
    gateway: Provider

    async def sent(self) -> list[dict[str, str]]:
        async with aiohttp.ClientSession() as session, session.get(f"{self.http}/messages") as reply:
            return list((await reply.json())["messages"])

    async def post(self, path: str, **body: Any) -> int:
        async with aiohttp.ClientSession() as session, session.post(f"{self.http}{path}", json=body) as reply:
            return reply.status


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    book = Book(None)
    async with channel_rig.provider() as gateway:
        teller = Teller(book, f"{gateway.url}/v1/webhooks/messages", TOLD.line_secret, TOLD.sms_secret)
        door, office = (
            Door("127.0.0.1:0", book, teller, TOLD.line_token, TOLD.sms_secret),
            PostOffice("127.0.0.1:0", book),
        )
        address, smtp = await door.start(), await office.start()
        async with talk_rig.running(teller):
            yield Stage(f"http://{address}", int(smtp.rpartition(":")[2]), gateway)
        await office.stop()
        await door.stop()
    book.close()


def letter(channel: str, address: str) -> Letter:
    return Letter(uuid7(), channel, address, "到貨通知", "您的大衣到了")


async def test_every_channel_is_shown_once_however_often_it_is_sent(stage: Stage) -> None:
    line = LineChannel(TOLD.line_token, stage.http)
    sms = SmsChannel(f"{stage.http}/sms", SMS_SECRET)
    mail = MailChannel(Server("127.0.0.1", stage.smtp, "none"), "hello@hikari.example")
    for channel, address in ((line, USER), (sms, "+886912345678"), (mail, "ming@example.com")):
        one = letter(channel.kind, address)
        refs = {(await channel.send(one)).provider_ref for _ in range(2)}
        assert len(refs) == 1, channel.kind
        await channel.close()
    shown = [(one["channel"], one["address"], one["text"]) for one in await stage.sent()]
    assert shown == [
        ("line", USER, "您的大衣到了"),
        ("sms", "+886912345678", "您的大衣到了"),
        ("email", "ming@example.com", "您的大衣到了"),
    ]


async def test_it_refuses_as_providers_do(stage: Stage) -> None:
    cases: list[tuple[Any, str, str]] = [
        (LineChannel("another token", stage.http), USER, contract.MISCONFIGURED),
        (LineChannel(TOLD.line_token, stage.http), "U9999", contract.UNKNOWN_ADDRESS),
        (SmsChannel(f"{stage.http}/sms", "another secret"), "+886912345678", contract.MISCONFIGURED),
        (SmsChannel(f"{stage.http}/sms", SMS_SECRET), "+886912340000", contract.BLOCKED),
        (
            MailChannel(Server("127.0.0.1", stage.smtp, "none"), "a@b.example"),
            "unknown@b.example",
            contract.UNKNOWN_ADDRESS,
        ),
    ]
    for channel, address, code in cases:
        with pytest.raises(Refused) as refused:
            await channel.send(letter(channel.kind, address))
        await channel.close()
        assert refused.value.code == code
    assert await stage.sent() == []


async def test_what_people_write_reaches_the_service_signed_as_line_signs(stage: Stage, place: Place) -> None:
    async with talk_rig.talking(place) as talk:
        assert await stage.post(f"/line/users/{USER}/say", text="有M號嗎") == 202
        assert await stage.post(f"/line/users/{USER}/unfollow") == 202

        async def heard() -> bool:
            return len(stage.gateway.calls) == 2

        await until(heard)
        for call in stage.gateway.calls:
            await talk.notify(call.path.rpartition("/")[2], call.body, call.headers)
        (thread,) = await talk.listed(await talk.service())
        assert [one.text for one in (await talk.read(thread.conversation_id, await talk.service())).entries] == [
            "有M號嗎"
        ]
        assert await talk.rows("SELECT 1 FROM address_ends WHERE channel = 'line'")


async def test_it_reports_what_it_delivered_until_it_is_heard(stage: Stage, place: Place) -> None:
    stage.gateway.answers = [(500, {}, {})]
    sms = SmsChannel(f"{stage.http}/sms", SMS_SECRET)
    sent = letter("sms", "+886912345678")
    await sms.send(sent)
    await sms.close()

    async def heard() -> bool:
        return len(stage.gateway.calls) == 2

    await until(heard)
    first, second = stage.gateway.calls
    assert first.body == second.body
    assert second.document["message_id"] == sent.message_id
    async with talk_rig.talking(place) as talk:
        reports: list[Any] = []

        async def hear(_tx: Any, report: Any) -> None:
            reports.append(report)

        talk.member.parts.conversation.reports.on_report(hear)
        await talk.notify("sms", second.body, second.headers)
        assert [(one.message_id, one.outcome) for one in reports] == [(sent.message_id, "delivered")]
