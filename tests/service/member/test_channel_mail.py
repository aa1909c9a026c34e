"""E-mail by a real SMTP server, the console, and which channels the settings make."""

import io
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from email.headerregistry import Address
from typing import Any

import pytest
import pytest_asyncio

from kit.settings import SettingsRefused, read
from services.member.channels import contract
from services.member.channels.console import ConsoleChannel
from services.member.channels.contract import Unknown
from services.member.channels.mail import MailChannel, Server
from services.member.channels.registry import registry
from services.member.channels.settings import ChannelSettings
from tests.service.member import channel_rig
from tests.service.member.channel_rig import LETTER, MESSAGE, SOON, Mailbox, refused


@pytest_asyncio.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with channel_rig.mailbox() as one:
        yield one


def mail(box: Mailbox, **changed: Any) -> MailChannel:
    server = Server("127.0.0.1", box.port, changed.pop("security", "none"))
    return MailChannel(server, "hello@hikari.example", "https://hikari.example/u", **changed)


TO_XIAOMING = replace(LETTER, channel="email", address="xiaoming@example.com")


async def test_mail_is_text_and_html_and_says_how_to_be_left_alone(mailbox: Mailbox) -> None:
    sent = await mail(mailbox).send(TO_XIAOMING)
    sender, to, message = mailbox.letters[0]
    assert (sender, to) == ("hello@hikari.example", ["xiaoming@example.com"])
    assert message["Subject"] == "外套到了"
    assert message["Message-ID"] == sent.provider_ref == f"<{MESSAGE}@hikari.example>"
    assert message["List-Unsubscribe"] == "<https://hikari.example/u/leave-me-alone>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text, html = (part.get_content().strip() for part in message.iter_parts())
    assert (text, html) == ("您的駝色大衣到了", "<p>您的駝色大衣到了</p>")


def test_the_way_out_is_written_so_that_machines_can_read_it() -> None:
    """RFC 8058: an address that the library has folded or encoded is no address to a mail program."""
    token = "bwGZpcRxsXG4y8AAAAAAAAAAAAAAAAAAAAAAAAA"
    channel = MailChannel(Server("127.0.0.1", 9, "none"), "hello@hikari.example", "https://shop.hikari.example/v1/t")
    letter = replace(TO_XIAOMING, link_token=token)
    raw = channel.compose(letter, Address(addr_spec=letter.address)).as_bytes()
    assert f"\r\nList-Unsubscribe: <https://shop.hikari.example/v1/t/{token}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    none = channel.compose(replace(letter, link_token=""), Address(addr_spec=letter.address))
    assert none["List-Unsubscribe"] is none["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize(
    ("at", "said", "code", "permanent"),
    [
        ("at_rcpt", "550 5.1.1 no such user", contract.UNKNOWN_ADDRESS, True),
        ("at_rcpt", "554 5.2.1 mailbox disabled", contract.UNKNOWN_ADDRESS, True),
        ("at_rcpt", "550 mailbox unavailable", contract.UNKNOWN_ADDRESS, True),
        ("at_rcpt", "552 5.2.2 mailbox full", contract.THROTTLED, False),
        ("at_rcpt", "550 5.7.1 your server is on a list", contract.UNSUITABLE, True),
        ("at_rcpt", "450 4.2.1 try later", contract.THROTTLED, False),
        ("at_data", "554 5.7.1 looks like spam", contract.UNSUITABLE, True),
        ("at_data", "451 4.3.0 disk full", contract.THROTTLED, False),
    ],
)
async def test_what_a_mail_server_refuses_is_told_apart(
    mailbox: Mailbox, at: str, said: str, code: str, permanent: bool
) -> None:
    setattr(mailbox, at, said)
    error = await refused(mail(mailbox), TO_XIAOMING)
    assert (error.code, error.permanent) == (code, permanent)
    assert error.of_address is (code == contract.UNKNOWN_ADDRESS)


async def test_a_mail_server_that_falls_silent_after_the_letter_may_have_it(mailbox: Mailbox) -> None:
    mailbox.at_data = "silence"
    with pytest.raises(Unknown):
        await mail(mailbox, seconds=SOON).send(TO_XIAOMING)
    assert len(mailbox.letters) == 1


async def test_a_mail_server_that_is_away_or_in_clear_gets_nothing(mailbox: Mailbox) -> None:
    away = MailChannel(Server("127.0.0.1", 9, "none"), "hello@hikari.example")
    assert (await refused(away, TO_XIAOMING)).code == contract.UNAVAILABLE
    assert not (await refused(mail(mailbox, security="starttls"), TO_XIAOMING)).permanent
    assert not mailbox.letters


@pytest.mark.parametrize("address", ["", "no address", "小明@example.com", "a@b.c\r\nBcc: all@example.com", "a@b, c@d"])
async def test_an_address_that_is_none_is_refused(mailbox: Mailbox, address: str) -> None:
    error = await refused(mail(mailbox), replace(TO_XIAOMING, address=address))
    assert (error.code, error.permanent) == (contract.UNKNOWN_ADDRESS, True)
    assert not mailbox.letters


async def test_a_subject_cannot_bring_headers_along(mailbox: Mailbox) -> None:
    error = await refused(mail(mailbox), replace(TO_XIAOMING, subject="Hi\r\nBcc: all@example.com"))
    assert error.code == contract.UNSUITABLE
    assert not mailbox.letters


async def test_the_console_prints_a_message_without_its_address() -> None:
    stream = io.StringIO()
    await ConsoleChannel(stream).send(replace(LETTER, address="U4af4980629"))
    line = json.loads(stream.getvalue())
    assert line == {"event": "message", "message_id": MESSAGE, "subject": "外套到了", "text": "您的駝色大衣到了"}


ALL = {
    "OMO_SMTP_HOST": "mail.example",
    "OMO_MAIL_FROM": "hello@hikari.example",
    "OMO_UNSUBSCRIBE_URL": "https://shop.hikari.example/v1/t",
    "OMO_LINE_CHANNEL_TOKEN": "token",
    "OMO_LINE_CHANNEL_SECRET": secrets.token_hex(16),
    "OMO_SMS_WEBHOOK_URL": "https://sms.example/send",
    "OMO_SMS_WEBHOOK_SECRET": secrets.token_hex(16),
    "OMO_PUSH_PRIVATE_KEY": channel_rig.push_key(),
    "OMO_PUSH_CONTACT": "mailto:it@hikari.example",
    "OMO_MESSAGE_CONSOLE": "true",
}
SAFE = {"OMO_ENV": "production", "OMO_SERVICE_SECRET": secrets.token_hex(16), **ALL, "OMO_MESSAGE_CONSOLE": "false"}


def test_a_channel_exists_where_its_provider_is_named() -> None:
    assert registry(read(ChannelSettings, {})) == {}
    assert set(registry(read(ChannelSettings, ALL))) == {"email", "line", "sms", "push", "console"}
    assert set(registry(read(ChannelSettings, SAFE))) == {"email", "line", "sms", "push"}


def test_a_letter_does_not_show_when_printed() -> None:
    shown = repr(replace(LETTER, address="+886912345678"))
    assert not any(one in shown for one in ("+886912345678", "大衣", "外套", "leave-me-alone"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"OMO_MESSAGE_CONSOLE": "true"}, "OMO_MESSAGE_CONSOLE"),
        ({"OMO_SMTP_SECURITY": "none"}, "OMO_SMTP_SECURITY"),
        ({"OMO_MAIL_FROM": ""}, "OMO_MAIL_FROM"),
        ({"OMO_UNSUBSCRIBE_URL": ""}, "OMO_UNSUBSCRIBE_URL"),
        ({"OMO_SMS_WEBHOOK_URL": "http://sms.example"}, "https"),
        ({"OMO_SMS_WEBHOOK_SECRET": ""}, "OMO_SMS_WEBHOOK_SECRET"),
        ({"OMO_SMS_WEBHOOK_SECRET": "short"}, "shorter"),
        ({"OMO_LINE_CHANNEL_SECRET": ""}, "OMO_LINE_CHANNEL_SECRET"),
        ({"OMO_LINE_API_URL": "http://127.0.0.1:1"}, "https"),
        ({"OMO_PUSH_HOSTS": "127.0.0.1"}, "OMO_PUSH_HOSTS"),
        ({"OMO_PUSH_CONTACT": ""}, "OMO_PUSH_CONTACT"),
    ],
)
def test_production_refuses_unsafe_channels(changed: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsRefused) as found:
        read(ChannelSettings, SAFE | changed)
    assert said in str(found.value)
    assert SAFE["OMO_SMS_WEBHOOK_SECRET"] not in str(found.value)
