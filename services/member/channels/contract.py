"""What a message is to whoever carries it, and the three ways in which carrying it can end."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """The channels by which a person is reached; a new one is a new provider, not a new branch elsewhere."""

    EMAIL = "email"
    LINE = "line"
    SMS = "sms"
    PUSH = "push"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one address; the same `message_id` is never a second message.

    `address` is the channel's own: an e-mail address, an E.164 phone number, a LINE userId, or (push) the JSON
    subscription {"endpoint", "keys": {"p256dh", "auth"}}. `link_token` ends the subscription when it is followed.
    """

    message_id: str
    channel: str
    address: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(default="", repr=False)
    link_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken it."""

    provider_ref: str


class Refused(Exception):
    """The provider did not take it, and will not have sent it.

    `code` is one of the words below: never the provider's own text, which may quote the address. Permanent means
    that handing the same letter over again is useless; otherwise it may be, not before `retry_after` seconds if
    that is given. `detail` is the provider's status, such as "550 5.1.1", for people. `of_address` says that it is
    the address which is refused: those are what block rates count.
    """

    def __init__(self, code: str, *, permanent: bool, retry_after: int | None = None, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent
        self.retry_after = retry_after
        self.detail = detail

    @property
    def of_address(self) -> bool:
        """Whether nothing more will ever reach this address."""
        return self.code in OF_ADDRESS


class Unknown(Exception):
    """It may have been sent: the provider fell silent after it had the letter.

    Handing the same letter over again is safe where `Channel.recognises_retries` says so (the provider knows our
    message id); elsewhere a person might be written to twice, and whoever sends decides.
    """


# the codes of Refused
BLOCKED = "blocked"
UNKNOWN_ADDRESS = "unknown_address"
SUBSCRIPTION_ENDED = "subscription_ended"
OF_ADDRESS = frozenset({BLOCKED, UNKNOWN_ADDRESS, SUBSCRIPTION_ENDED})
UNSUITABLE = "unsuitable"
THROTTLED = "throttled"
UNAVAILABLE = "unavailable"
MISCONFIGURED = "misconfigured"


class Channel(Protocol):
    """One way to reach a person."""

    @property
    def kind(self) -> str:
        """Its name in the registry, in consents and in touches."""

    @property
    def recognises_retries(self) -> bool:
        """Whether the provider takes a repeated message id for the message that it has."""

    async def send(self, letter: Letter) -> Sent:
        """Hands one letter over; raises Refused, or Unknown, and nothing else."""

    async def close(self) -> None:
        """Lets go of its connections."""
