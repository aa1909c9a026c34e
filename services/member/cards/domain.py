"""Gift cards: their codes, and where a card stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kit.errors import Code, Fault

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})
_LENGTH = 13
"""65 random bits: nobody guesses one."""


class CardUnknown(Fault):
    """No card has that code."""

    code = Code.NOT_FOUND
    reason = "GIFT_CARD_UNKNOWN"


class CardState(Fault):
    """The card stands where this cannot be done."""

    code = Code.FAILED_PRECONDITION
    reason = "GIFT_CARD_STATE"


class State(StrEnum):
    """Where a card stands."""

    MADE = "MADE"
    ACTIVE = "ACTIVE"
    PARTIALLY_REDEEMED = "PARTIALLY_REDEEMED"
    REDEEMED = "REDEEMED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


LIVE = (State.ACTIVE, State.PARTIALLY_REDEEMED)


@dataclass(frozen=True, slots=True)
class Batch:
    """Cards that are made together."""

    batch_id: str
    name: str
    prefix: str
    count: int
    valid_days: int
    business_time: datetime


@dataclass(frozen=True, slots=True)
class Card:
    """A card and what its lot says of it; without a lot it was never sold."""

    card_id: str
    batch_id: str
    ending: str
    valid_days: int
    sale_time: datetime | None = None
    cancel_time: datetime | None = None
    member_id: str | None = None
    issued: int = 0
    active: int = 0
    held: int = 0
    spent: int = 0
    expire_time: datetime | None = None

    def state(self, now: datetime) -> State:
        """In one word."""
        if self.cancel_time is not None:
            return State.CANCELLED
        if self.sale_time is None:
            return State.MADE
        if self.expire_time is not None and self.expire_time <= now and not self.held:
            return State.EXPIRED
        if not self.active and not self.held:
            return State.REDEEMED
        return State.PARTIALLY_REDEEMED if self.spent else State.ACTIVE

    def require(self, now: datetime, *states: State) -> None:
        """Refuses a card that stands elsewhere."""
        state = self.state(now)
        if state not in states:
            raise CardState(f"this card is {state.lower()}", card_id=self.card_id, state=state)


def code(prefix: str, seed: bytes) -> str:
    """A code from 13 or more random bytes: prefix, thirteen signs, and one that tells typing errors."""
    body = prefix + "".join(_DIGITS[byte & 31] for byte in seed[:_LENGTH])
    return body + _check(body)


def read(text: str) -> str:
    """A code as it was made, however it was typed; refuses one with a typing error without looking for it."""
    typed = text.upper().replace("-", "").replace(" ", "")
    clean = typed[: -(_LENGTH + 1)] + typed[-(_LENGTH + 1) :].translate(_READ_AS)
    if len(clean) <= _LENGTH + 1 or not clean.isascii() or not clean.isalnum() or _check(clean[:-1]) != clean[-1]:
        raise CardUnknown("no gift card has this code", field="code")
    return clean


def _check(body: str) -> str:
    """Weighted, so that a wrong sign, or two that changed places, are told but by rare chance."""
    total = 0
    for sign in body:
        total = (total * 3 + int(sign, 36)) % 31
    return _DIGITS[total]
