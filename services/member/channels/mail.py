"""E-mail by SMTP: text and HTML in one message, which names how to be left alone."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from typing import Any, cast

import aiosmtplib

from services.member.channels import contract
from services.member.channels.contract import Kind, Letter, Refused, Sent, Unknown

_SECONDS = 10.0
# what a status says of (RFC 3463): 1 the address, 2 the mailbox, 7 what is allowed to whom
_STATUS = re.compile(r"\b[245]\.(\d{1,3})\.(\d{1,3})\b")
_FULL, _POLICY_SUBJECT = ("2", "2"), "7"
_OURS = (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPNotSupported)


class _Whole(UnstructuredHeader):
    """A header that is an address for machines: folded or encoded, as the library does with long ones, it is none."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """One line, whatever its length."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", cast(Any, _Whole))
_POLICY = SMTP.clone(header_factory=_HEADERS)


class Server:
    """Where letters are handed over, and how we make ourselves known there."""

    def __init__(self, host: str, port: int, security: str, user: str = "", password: str = "") -> None:
        self._host = host
        self._port = port
        self._security = security
        self._user = user
        self._password = password

    def client(self, seconds: float) -> aiosmtplib.SMTP:
        """A connection to be opened; with `starttls` one that stays in clear is refused."""
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user or None,
            password=self._password or None,
            use_tls=self._security == "tls",
            start_tls=self._security == "starttls",
            timeout=seconds,
        )


class MailChannel:
    """One letter, one connection.

    A server cannot be told that it has a letter already, so retries are not recognised; the Message-ID is the message
    id all the same, and mailboxes that look for it show a letter once.
    """

    kind = Kind.EMAIL.value
    recognises_retries = False

    def __init__(self, server: Server, sender: str, unsubscribe_url: str = "", seconds: float = _SECONDS) -> None:
        self._server = server
        self._sender = Address(addr_spec=sender)
        self._unsubscribe_url = unsubscribe_url
        self._seconds = seconds

    async def send(self, letter: Letter) -> Sent:
        """Composes and hands over."""
        to = _address(letter.address)
        try:
            message = self.compose(letter, to)
        except (ValueError, MessageError):
            raise Refused(contract.UNSUITABLE, permanent=True) from None
        client = self._server.client(self._seconds)
        try:
            await self._hand_over(client, message, to.addr_spec)
            with suppress(aiosmtplib.SMTPException, TimeoutError, OSError):
                await client.quit()
        finally:
            client.close()
        return Sent(str(message["Message-ID"]))

    async def close(self) -> None:
        """Nothing stays open between letters."""

    def compose(self, letter: Letter, to: Address) -> EmailMessage:
        """The message; a line break in a subject is refused by the library."""
        message = EmailMessage(policy=_POLICY)
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{letter.message_id}@{self._sender.domain}>"
        if letter.link_token and self._unsubscribe_url:
            message["List-Unsubscribe"] = f"<{self._unsubscribe_url.rstrip('/')}/{letter.link_token}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(letter.text, cte="base64")
        if letter.html:
            message.add_alternative(letter.html, subtype="html", cte="base64")
        return message

    async def _hand_over(self, client: aiosmtplib.SMTP, message: EmailMessage, to: str) -> None:
        try:
            await client.connect()
            await client.mail(self._sender.addr_spec)
            await client.rcpt(to)
        except (aiosmtplib.SMTPException, TimeoutError, OSError) as error:
            raise _refused(error) from error
        try:
            await client.data(message.as_bytes())
        except aiosmtplib.SMTPDataError as error:
            raise _refused(error) from error
        except (aiosmtplib.SMTPException, TimeoutError, OSError) as error:
            # all of it may have arrived but the answer
            raise Unknown(type(error).__name__) from error


def _address(given: str) -> Address:
    """An address that any server takes: in ASCII, and one alone."""
    try:
        if given.isascii():
            return Address(addr_spec=given)
    except (ValueError, MessageError, IndexError):
        pass
    raise Refused(contract.UNKNOWN_ADDRESS, permanent=True)


def _of_mailbox(code: int, status: re.Match[str] | None) -> Refused:
    """A 5xx at RCPT: nobody is there, unless the status says that the mailbox is full, or that we may not."""
    detail = f"{code} {status[0]}" if status else str(code)
    if status and status.groups() == _FULL:
        return Refused(contract.THROTTLED, permanent=False, detail=detail)
    if status and status[1] == _POLICY_SUBJECT:
        return Refused(contract.UNSUITABLE, permanent=True, detail=detail)
    return Refused(contract.UNKNOWN_ADDRESS, permanent=True, detail=detail)


def _refused(error: Exception) -> Refused:
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
    if isinstance(
        error, aiosmtplib.SMTPAuthenticationError | aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPNotSupported
    ):
        return Refused(contract.MISCONFIGURED, permanent=False)
    if isinstance(error, aiosmtplib.SMTPRecipientRefused) and code >= 500:
        return _of_mailbox(code, _STATUS.search(str(error.message)))
    if code >= 500:
        return Refused(contract.UNSUITABLE, permanent=True)
    if code in (421, 450, 451, 452):
        return Refused(contract.THROTTLED, permanent=False)
    return Refused(contract.UNAVAILABLE, permanent=False)
