"""Sends login codes: printed where developers work, by a signed webhook where shoppers do."""

import json
import sys
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TextIO

from kit.errors import Code, Fault
from kit.telemetry import logs
from services.member.channels.contract import Refused, Unknown
from services.member.channels.hook import Hook
from services.member.settings import Settings

_SECONDS = 1.5
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
    """Posts codes to a messaging provider's adapter, by the hook that text messages take too.

    Body: JSON {challenge_id, phone, code, expire_time, purpose: "login"}, signed as every hook is. 2xx means taken;
    the same challenge_id is never a second message.
    """

    def __init__(self, url: str, secret: str) -> None:
        self._hook = Hook(url, secret, _SECONDS)

    async def send(self, letter: Letter) -> None:
        """One POST."""
        document = {
            "challenge_id": letter.challenge_id,
            "phone": letter.phone,
            "code": letter.code,
            "expire_time": letter.expire_time.isoformat(),
            "purpose": "login",
        }
        try:
            await self._hook.post(document)
        except (Refused, Unknown) as error:
            # a code that may have arrived is asked for anew all the same: the shopper is waiting
            _log.warning("code not sent", error=f"{type(error).__name__}: {error}")
            raise NotSent("the message provider does not answer: try again in a minute") from None

    async def close(self) -> None:
        """Closes the connections."""
        await self._hook.close()


def sender(settings: Settings) -> Sender:
    """The sender that the settings ask for; they refuse the console in production."""
    if settings.otp_sender == "webhook":
        return WebhookSender(settings.otp_webhook_url, settings.otp_webhook_secret.get_secret_value())
    return ConsoleSender()
