"""Sends login codes: printed where developers work, by a signed webhook where shoppers do."""

import asyncio
import hmac
import json
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TextIO

from kit.errors import Code, Fault
from kit.telemetry import logs
from services.member.settings import Settings

_TIMEOUT = 1.5
_log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """One code on its way."""

    challenge_id: str
    phone: str = field(repr=False)
    masked_phone: str
    code: str = field(repr=False)
    expire_time: datetime


class NotSent(Fault):
    """The provider did not take it; it counts against the limits all the same."""

    code = Code.UNAVAILABLE
    reason = "UNAVAILABLE"


class Sender(Protocol):
    """Whoever brings a code to a phone; returns when the provider has taken it, raises NotSent if it has not."""

    async def send(self, letter: Letter) -> None:
        """Hands the code over."""


class ConsoleSender:
    """Prints codes to the process log. Not through the logger, which would rightly hide them."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    async def send(self, letter: Letter) -> None:
        """One line of JSON."""
        line = {"event": "otp", "phone": letter.masked_phone, "code": letter.code, "challenge_id": letter.challenge_id}
        stream = self._stream or sys.stdout
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        stream.flush()


class WebhookSender:
    """Posts codes to a messaging provider's adapter.

    Body: JSON {challenge_id, phone, code, expire_time, purpose}. Header `omo-signature: t=<unix>,v1=<hex>` is
    HMAC-SHA256 over `{t}.{body}`. 2xx means taken; the same challenge_id is never a second message.
    """

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret.encode()
        # no redirects: a code goes where it was configured to go, and nowhere else
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())

    async def send(self, letter: Letter) -> None:
        """One POST, in a thread of its own."""
        body = json.dumps(
            {
                "challenge_id": letter.challenge_id,
                "phone": letter.phone,
                "code": letter.code,
                "expire_time": letter.expire_time.isoformat(),
                "purpose": "login",
            }
        ).encode()
        try:
            await asyncio.to_thread(self._post, body)
        except (OSError, urllib.error.URLError) as error:
            _log.warning("code not sent", error=type(error).__name__)
            raise NotSent("the message provider does not answer: try again in a minute") from None

    def _post(self, body: bytes) -> None:
        at = str(int(time.time()))
        signature = hmac.new(self._secret, at.encode() + b"." + body, "sha256").hexdigest()
        headers = {"content-type": "application/json", "omo-signature": f"t={at},v1={signature}"}
        request = urllib.request.Request(self._url, body, headers, method="POST")  # noqa: S310  # https by settings
        with self._opener.open(request, timeout=_TIMEOUT) as reply:
            reply.read(1024)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Makes a redirect an error."""

    def redirect_request(self, *_: Any) -> None:
        return None


def sender(settings: Settings) -> Sender:
    """The sender that the settings ask for; they refuse the console in production."""
    if settings.otp_sender == "webhook":
        return WebhookSender(settings.otp_webhook_url, settings.otp_webhook_secret.get_secret_value())
    return ConsoleSender()
