"""Codes leave by the console or by a signed webhook."""

import asyncio
import hmac
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from services.member.identity.senders import ConsoleSender, Letter, NotSent, WebhookSender

SECRET = "shared with the adapter"
LETTER = Letter("c1", "+886912345678", "+886 9** *** 678", "123456", datetime(2026, 3, 1, tzinfo=UTC))


class Provider:
    """An HTTP server that keeps what it was sent and answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        self.requests.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[Provider]:
    one = Provider()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/otp"
    yield one
    server.close()


async def test_the_console_prints_one_line_without_the_number() -> None:
    stream = io.StringIO()
    await ConsoleSender(stream).send(LETTER)
    line = json.loads(stream.getvalue())
    assert line == {"event": "otp", "phone": "+886 9** *** 678", "code": "123456", "challenge_id": "c1"}


async def test_the_webhook_is_signed(provider: Provider) -> None:
    sender = WebhookSender(provider.url, SECRET)
    await sender.send(LETTER)
    await sender.close()
    headers, body = provider.requests[0]
    told = json.loads(body)
    assert (told["phone"], told["code"], told["challenge_id"]) == ("+886912345678", "123456", "c1")
    at, signature = (part.partition("=")[2] for part in headers["omo-signature"].split(","))
    expected = hmac.new(SECRET.encode(), at.encode() + b"." + body, "sha256").hexdigest()
    assert signature == expected


@pytest.mark.parametrize("status", ["500 Oops", "429 Slow", "302 Found\r\nlocation: http://127.0.0.1:1/elsewhere"])
async def test_what_the_provider_does_not_take_is_said(provider: Provider, status: str) -> None:
    provider.answer = f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
    sender = WebhookSender(provider.url, SECRET)
    with pytest.raises(NotSent):
        await sender.send(LETTER)
    await sender.close()
    assert len(provider.requests) == 1


async def test_a_provider_that_is_away_is_said() -> None:
    sender = WebhookSender("http://127.0.0.1:9/otp", SECRET)
    with pytest.raises(NotSent):
        await sender.send(LETTER)
    await sender.close()


def test_a_letter_does_not_show_when_printed() -> None:
    assert "123456" not in repr(LETTER)
    assert "+886912345678" not in repr(LETTER)
