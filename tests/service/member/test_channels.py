"""LINE, text messages and web push hand over what they were given, and tell a refusal from silence."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import ECKey

from kit.settings import read
from services.member.channels import contract, hook, push
from services.member.channels.contract import Unknown
from services.member.channels.line import LineChannel
from services.member.channels.push import PushChannel
from services.member.channels.settings import ChannelSettings
from services.member.channels.sms import SmsChannel
from tests.service.member import channel_rig
from tests.service.member.channel_rig import LETTER, MESSAGE, SILENCE, SOON, Browser, Provider, refused

SECRET = "shared with the adapter"


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[Provider]:
    async with channel_rig.provider() as one:
        yield one


TO_LINE = replace(LETTER, channel="line", address="U4af4980629")


async def test_a_line_push_carries_the_token_and_the_retry_key(provider: Provider) -> None:
    provider.taken = (200, {"x-line-request-id": "r-1"}, {"sentMessages": [{"id": "1"}]})
    channel = LineChannel("channel token", provider.url)
    assert (await channel.send(TO_LINE)).provider_ref == "r-1"
    await channel.close()
    call = provider.calls[0]
    assert call.path == "/v2/bot/message/push"
    assert call.headers["authorization"] == "Bearer channel token"
    assert call.headers["x-line-retry-key"] == MESSAGE
    assert call.document["to"] == "U4af4980629"
    assert call.document["messages"] == [{"type": "text", "text": "您的駝色大衣到了"}]


async def test_line_knows_a_letter_that_it_has(provider: Provider) -> None:
    channel = LineChannel("channel token", provider.url, seconds=SOON)
    provider.answers = [
        (SILENCE, {}, {}),
        (409, {"x-line-accepted-request-id": "r-1"}, {"message": "The retry key is already accepted"}),
    ]
    with pytest.raises(Unknown):
        await channel.send(TO_LINE)
    assert channel.recognises_retries
    assert (await channel.send(TO_LINE)).provider_ref == "r-1"
    await channel.close()
    assert len({call.headers["x-line-retry-key"] for call in provider.calls}) == 1


async def test_a_letter_that_line_took_with_a_strange_answer_is_sent(provider: Provider) -> None:
    provider.taken = (200, {}, {"strange": True})
    channel = LineChannel("channel token", provider.url)
    await channel.send(TO_LINE)
    await channel.close()


@pytest.mark.parametrize(
    ("status", "said", "code", "permanent"),
    [
        (400, {"message": "The property, 'to', in the request body is invalid"}, contract.UNKNOWN_ADDRESS, True),
        (400, {"message": "May not be empty"}, contract.UNSUITABLE, True),
        (401, {"message": "Authentication failed"}, contract.MISCONFIGURED, False),
        (429, {"message": "You have reached your monthly limit."}, contract.THROTTLED, False),
        (503, {}, contract.UNAVAILABLE, False),
    ],
)
async def test_what_line_refuses_is_told_apart(
    provider: Provider, status: int, said: Any, code: str, permanent: bool
) -> None:
    provider.answers = [(status, {"retry-after": "7"}, said)]
    error = await refused(LineChannel("channel token", provider.url), TO_LINE)
    assert (error.code, error.permanent) == (code, permanent)
    assert error.retry_after == (7 if status in (429, 503) else None)


async def test_a_text_that_line_does_not_carry_is_not_sent(provider: Provider) -> None:
    error = await refused(LineChannel("channel token", provider.url), replace(TO_LINE, text="衣" * 5001))
    assert error.code == contract.UNSUITABLE
    assert not provider.calls


TO_PHONE = replace(LETTER, channel="sms", address="+886912345678")


async def test_a_text_message_is_signed_and_named(provider: Provider) -> None:
    provider.taken = (202, {}, {"reference": "sms-1"})
    channel = SmsChannel(f"{provider.url}/sms", SECRET)
    assert (await channel.send(TO_PHONE)).provider_ref == "sms-1"
    await channel.close()
    call = provider.calls[0]
    assert call.document == {
        "message_id": MESSAGE,
        "phone": "+886912345678",
        "text": "您的駝色大衣到了",
        "purpose": "message",
    }
    signed = call.headers[hook.HEADER]
    at = float(signed.removeprefix("t=").partition(",")[0])
    assert hook.verifies(call.body, signed, SECRET, at + 299)
    assert not hook.verifies(call.body, signed, SECRET, at + 301)
    assert not hook.verifies(call.body + b" ", signed, SECRET, at)
    assert not hook.verifies(call.body, signed, "another secret", at)
    assert not hook.verifies(call.body, signed, "", at)


@pytest.mark.parametrize(
    ("status", "said", "code", "permanent"),
    [
        (422, {"code": "blocked"}, contract.BLOCKED, True),
        (422, {"code": "unknown_address"}, contract.UNKNOWN_ADDRESS, True),
        (422, {"code": "+886912345678 is no number"}, contract.UNSUITABLE, True),
        (302, {}, contract.MISCONFIGURED, False),
        (429, {}, contract.THROTTLED, False),
        (503, {}, contract.UNAVAILABLE, False),
    ],
)
async def test_what_an_adapter_refuses_is_told_apart(
    provider: Provider, status: int, said: Any, code: str, permanent: bool
) -> None:
    provider.answers = [(status, {"location": f"{provider.url}/elsewhere"} if status == 302 else {}, said)]
    error = await refused(SmsChannel(provider.url, SECRET), TO_PHONE)
    assert (error.code, error.permanent) == (code, permanent)
    assert len(provider.calls) == 1


@pytest.mark.parametrize("status", [SILENCE, 500, 502])
async def test_an_adapter_that_may_have_it_is_not_called_refusing(provider: Provider, status: int) -> None:
    provider.answers = [(status, {}, {})]
    channel = SmsChannel(provider.url, SECRET, seconds=SOON)
    with pytest.raises(Unknown):
        await channel.send(TO_PHONE)
    await channel.close()


async def test_an_adapter_that_is_away_is_refusing() -> None:
    error = await refused(SmsChannel("http://127.0.0.1:9/sms", SECRET), TO_PHONE)
    assert (error.code, error.permanent) == (contract.UNAVAILABLE, False)


HOSTS = ("127.0.0.1",)


async def test_a_notification_opens_with_the_browsers_keys_only(provider: Provider) -> None:
    provider.taken = (201, {"location": "/message/1"}, {})
    browser, key = Browser(f"{provider.url}/push/1"), channel_rig.push_key()
    channel = PushChannel(key, "mailto:it@hikari.example", HOSTS)
    assert (await channel.send(replace(LETTER, channel="push", address=browser.address))).provider_ref == "/message/1"
    await channel.close()
    call = provider.calls[0]
    assert browser.read(call.body) == {
        "tag": MESSAGE,
        "title": "外套到了",
        "body": "您的駝色大衣到了",
        "link_token": "leave-me-alone",
    }
    assert (call.headers["content-encoding"], len(call.headers["topic"])) == ("aes128gcm", 22)
    scheme, _, rest = call.headers["authorization"].partition(" ")
    token, shown = (part.split("=", 1)[1] for part in rest.split(","))
    assert (scheme, shown) == ("vapid", push.public_key(key))
    claims = jwt.decode(token, _public(shown), algorithms=["ES256"]).claims
    assert (claims["aud"], claims["sub"]) == (provider.url, "mailto:it@hikari.example")


def _public(point: str) -> ECKey:
    x, y = base64.urlsafe_b64decode(point + "=")[1:33], base64.urlsafe_b64decode(point + "=")[33:]
    shown = {name: base64.urlsafe_b64encode(half).rstrip(b"=").decode() for name, half in (("x", x), ("y", y))}
    return ECKey.import_key({"kty": "EC", "crv": "P-256", **shown})


@pytest.mark.parametrize(
    ("status", "code", "permanent"),
    [
        (404, contract.SUBSCRIPTION_ENDED, True),
        (410, contract.SUBSCRIPTION_ENDED, True),
        (413, contract.UNSUITABLE, True),
        (429, contract.THROTTLED, False),
        (403, contract.MISCONFIGURED, False),
    ],
)
async def test_what_a_push_service_refuses_is_told_apart(
    provider: Provider, status: int, code: str, permanent: bool
) -> None:
    provider.answers = [(status, {}, {})]
    letter = replace(LETTER, channel="push", address=Browser(f"{provider.url}/push/1").address)
    error = await refused(PushChannel(channel_rig.push_key(), "mailto:it@hikari.example", HOSTS), letter)
    assert (error.code, error.permanent) == (code, permanent)


@pytest.mark.parametrize(
    "address",
    [
        "no JSON",
        "{}",
        '{"endpoint": "http://127.0.0.1/p", "keys": {"p256dh": "AAAA", "auth": "AAAA"}}',
        '{"endpoint": "http://127.0.0.1/p", "keys": {"p256dh": 1, "auth": []}}',
    ],
)
async def test_a_subscription_that_no_browser_made_is_refused(address: str) -> None:
    channel = PushChannel(channel_rig.push_key(), "mailto:it@hikari.example", HOSTS)
    assert (await refused(channel, replace(LETTER, address=address))).permanent


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://169.254.169.254/latest/meta-data",
        "http://fcm.googleapis.com/send/1",
        "https://fcm.googleapis.com:8443/send/1",
        "https://fcm.googleapis.com@10.0.0.1/send/1",
        "https://evilpush.apple.com.example/1",
        "https://[::1",
        "file:///etc/passwd",
    ],
)
async def test_nothing_is_posted_where_no_push_service_is(endpoint: str) -> None:
    hosts = read(ChannelSettings, {}).push_services()
    channel = PushChannel(channel_rig.push_key(), "mailto:it@hikari.example", hosts)
    error = await refused(channel, replace(LETTER, address=Browser(endpoint).address))
    assert error.code == contract.SUBSCRIPTION_ENDED
