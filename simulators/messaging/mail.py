"""The simulator's SMTP face: takes every letter for every address, and shows it in the book."""

import asyncio
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP

from kit.ids import uuid7
from simulators.messaging.store import Book, Message

_UNKNOWN = "unknown"


class PostOffice:
    """A mail server on one port; nobody named `unknown` lives here."""

    def __init__(self, listen: str, book: Book) -> None:
        self._listen = listen
        self._book = book
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        """Listens."""
        loop, (host, _, port) = asyncio.get_running_loop(), self._listen.rpartition(":")
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="mail.simulator", loop=loop), host, int(port)
        )
        bound = self._server.sockets[0].getsockname()
        return f"{bound[0]}:{bound[1]}"

    async def ready(self, able: bool) -> None:
        """Nothing depends on it."""

    async def stop(self) -> None:
        """Takes no more letters."""
        if self._server is not None:
            self._server.close()

    def _session(self) -> SMTP:
        return SMTP(self, hostname="mail.simulator", loop=asyncio.get_running_loop())

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        """Whether somebody lives there."""
        if address.partition("@")[0] == _UNKNOWN:
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keeps the letter under its Message-ID."""
        letter = message_from_bytes(envelope.original_content, policy=default)
        assert isinstance(letter, EmailMessage)
        plain = letter.get_body(("plain",))
        text = str(plain.get_content()).strip() if plain is not None else ""
        key = str(letter["Message-ID"] or uuid7()).strip("<>").partition("@")[0]
        for address in envelope.rcpt_tos:
            self._book.keep(Message(key, "email", address, str(letter["Subject"] or ""), text, uuid7()))
        return "250 taken"
