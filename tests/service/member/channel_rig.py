"""Providers of messages that keep what they are given and answer as they are told: HTTP, SMTP, and a browser's keys."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import http_ece
import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.member.channels.contract import Letter, Refused

MESSAGE = "0199a5c2-8811-7d10-9a4b-1c2d3e4f5a6b"
SILENCE = 0


@dataclass(frozen=True, slots=True)
class Call:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Provider:
    """An HTTP server; `answers` are used up one by one, then every call is taken."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    taken: tuple[int, dict[str, str], Any] = (200, {}, {})
    ends: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.calls.append(Call(request.path, headers, await request.read()))
        status, said, body = self.answers.pop(0) if self.answers else self.taken
        if status == SILENCE:
            await self.ends.wait()
        return web.Response(status=status or 200, headers=said, text=json.dumps(body), content_type="application/json")


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    one = Provider()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", one.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    one.url = f"http://{host}:{port}"
    yield one
    one.ends.set()
    await runner.cleanup()


@dataclass(slots=True)
class Mailbox:
    """An SMTP server's side: what it took, and what it says instead."""

    port: int = 0
    letters: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    at_rcpt: str = ""
    at_data: str = ""
    ends: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.at_rcpt:
            return self.at_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.original_content, policy=default)
        assert isinstance(message, EmailMessage)
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, message))
        if self.at_data == "silence":
            await self.ends.wait()
        return self.at_data or "250 taken"


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    one = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(one, hostname="mail.test", loop=loop), "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    yield one
    one.ends.set()
    server.close()


@dataclass(slots=True)
class Browser:
    """One browser's subscription, and the keys that only the browser has."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def keys(self) -> dict[str, str]:
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return {"p256dh": _text(point), "auth": _text(self.auth)}

    @property
    def address(self) -> str:
        return json.dumps({"endpoint": self.endpoint, "keys": self.keys})

    def read(self, body: bytes) -> Any:
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth))


def push_key() -> str:
    """A VAPID private key."""
    return _text(ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big"))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


LETTER = Letter(MESSAGE, "", "", "外套到了", "您的駝色大衣到了", "<p>您的駝色大衣到了</p>", "leave-me-alone")
# half of it must do to connect, on a machine that may stand still for a second
SOON = 3.0


async def refused(channel: Any, letter: Letter) -> Refused:
    try:
        with pytest.raises(Refused) as raised:
            await channel.send(letter)
    finally:
        await channel.close()
    return raised.value
