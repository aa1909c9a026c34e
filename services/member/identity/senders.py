"""Sends login codes: printed where developers work, by a signed webhook where shoppers do."""

import json
import sys
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TextIO

from kit.errors import Code, Fault
from kit.telemetry import logs
from services.member.channels import contract as channels
from services.member.channels.contract import Channel, Refused, Unknown
from services.member.channels.hook import Hook
from services.member.channels.registry import registry
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
    # "login" goes to a phone, "email" to the address that is to be proved, with a link beside the code
    purpose: str = "login"
    email: str = field(default="", repr=False)
    link: str = field(default="", repr=False)


class NotSent(Fault):
    """The provider did not take it; it counts against the limits all the same."""

    code = Code.UNAVAILABLE
    reason = "UNAVAILABLE"


class Sender(Protocol):
    """Whoever brings a code to a person; returns when the provider has taken it, raises NotSent if it has not."""

    async def send(self, letter: Letter) -> None:
        """Hands the code over."""


class ConsoleSender:
    """Prints codes to the process log. Not through the logger, which would rightly hide them."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    async def send(self, letter: Letter) -> None:
        """One line of JSON."""
        line = {"event": "otp", "phone": letter.masked_phone, "code": letter.code, "challenge_id": letter.challenge_id}
        if letter.link:
            line["link"] = letter.link
        stream = self._stream or sys.stdout
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        stream.flush()


class WebhookSender:
    """Posts codes to a messaging provider's adapter, by the hook that text messages take too.

    Body: JSON {challenge_id, phone, code, expire_time, purpose: "login"}, or {…, email, link, purpose: "email"},
    signed as every hook is. 2xx means taken; the same challenge_id is never a second message.
    """

    def __init__(self, url: str, secret: str) -> None:
        self._hook = Hook(url, secret, _SECONDS)

    async def send(self, letter: Letter) -> None:
        """One POST."""
        to = {"email": letter.email, "link": letter.link} if letter.email else {"phone": letter.phone}
        document = {
            "challenge_id": letter.challenge_id,
            **to,
            "code": letter.code,
            "expire_time": letter.expire_time.isoformat(),
            "purpose": letter.purpose,
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


class MailSender:
    """Letters to addresses go by e-mail, everything else goes on."""

    def __init__(self, mail: Channel, others: Sender) -> None:
        self._mail = mail
        self._others = others

    async def send(self, letter: Letter) -> None:
        """One letter, in the brand's language and in English."""
        if not letter.email:
            await self._others.send(letter)
            return
        text = _MAIL.format(code=letter.code, link=letter.link)
        out = channels.Letter(letter.challenge_id, channels.Kind.EMAIL, letter.email, _SUBJECT, text)
        try:
            await self._mail.send(out)
        except (Refused, Unknown) as error:
            _log.warning("code not sent", error=f"{type(error).__name__}: {error}")
            raise NotSent("the mail server does not take it: look at the address, or try again in a minute") from None


_SUBJECT = "您的驗證碼 / Your code"
_MAIL = """您的電子郵件驗證碼為 {code}，請於一小時內輸入，或開啟以下連結。若非您本人操作，請忽略此信。

Your code is {code}. Type it within the hour, or open the link. If you did not ask for it, do nothing.

{link}
"""


def sender(settings: Settings) -> Sender:
    """The sender that the settings ask for; they refuse the console in production."""
    if settings.otp_sender == "webhook":
        codes: Sender = WebhookSender(settings.otp_webhook_url, settings.otp_webhook_secret.get_secret_value())
    else:
        codes = ConsoleSender()
    mail = registry(settings).get(channels.Kind.EMAIL)
    return MailSender(mail, codes) if mail else codes
