"""Who a person is, and how often anybody may ask for a code: identifiers, masks, windows."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from kit.errors import Code, Fault

OTP_LIFE = timedelta(minutes=5)
OTP_TRIES = 5
OTP_DIGITS = 6
PREFIX_DIGITS = 7
# of the last sends of a prefix or country, so many must have been completed
BREAKER_SENDS = 200
BREAKER_RATIO = 0.20
BREAKER_SPAN = timedelta(days=1)

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


class OtpWrong(Fault):
    code = Code.PERMISSION_DENIED
    reason = "OTP_WRONG"


class OtpSpent(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "OTP_SPENT"


class OtpLimited(Fault):
    code = Code.RESOURCE_EXHAUSTED
    reason = "OTP_LIMITED"


class PhoneInvalid(Fault):
    code = Code.INVALID_ARGUMENT
    reason = "PHONE_INVALID"


class IdentifierTaken(Fault):
    code = Code.ALREADY_EXISTS
    reason = "IDENTIFIER_TAKEN"


class MemberUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "MEMBER_UNKNOWN"


class TooManyMisses(Fault):
    code = Code.RESOURCE_EXHAUSTED
    reason = "RATE_LIMITED"


class Kind(StrEnum):
    """What a member is to the brand."""

    GUEST = "guest"
    MEMBER = "member"


class IfTaken(StrEnum):
    """What a staff member says of an identifier that somebody has."""

    ASK = "ask"
    SAME = "same"
    ANOTHER = "another"


class By(StrEnum):
    """How somebody can be recognised."""

    PHONE = "phone"
    EMAIL = "email"
    CARD = "card"
    LINE = "line"
    EXTERNAL = "external"
    APP_INSTALL = "app_install"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Phone:
    """A mobile number, normalised."""

    e164: str = field(repr=False)
    country_code: str
    region: str

    @property
    def digits(self) -> str:
        return self.e164[1:]

    @property
    def prefix(self) -> str:
        """What neighbouring numbers have in common."""
        return self.digits[:PREFIX_DIGITS]


@dataclass(frozen=True, slots=True)
class Identifier:
    """One way to recognise a member; the value is normalised and in clear."""

    kind: By
    value: str = field(repr=False)
    source: str = ""
    verify_time: datetime | None = None
    add_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A shopper, with personal data in clear."""

    member_id: str
    kind: Kind
    name: str = field(repr=False)
    identifiers: tuple[Identifier, ...]
    claim_time: datetime | None
    enrolled_location_id: str
    enrolled_staff_code: str
    source: str
    join_time: datetime
    version: int = 1


class Limit(NamedTuple):
    """So many in so long."""

    most: int
    period: timedelta


NUMBER = (Limit(1, timedelta(seconds=60)), Limit(5, _HOUR), Limit(10, _DAY))
DEVICE = (Limit(10, _DAY),)
NETWORK = (Limit(20, _HOUR),)
PREFIX = (Limit(10, timedelta(minutes=10)),)
TRIES = (Limit(20, _DAY),)
# look-ups at the till that found nobody: a slip of the finger each, or somebody trying numbers
MISSES = (Limit(30, timedelta(minutes=10)), Limit(100, _HOUR))


def pumped(sent: int, completed: int) -> bool:
    """Codes that nobody types in: somebody earns by having them sent."""
    return sent >= BREAKER_SENDS and completed < BREAKER_RATIO * sent


_CARD = re.compile(r"[0-9A-Z][0-9A-Z_/-]{2,63}")
# what systems write when they know nobody: such a value would make thousands one person
_NOBODY = re.compile(r"[0-]*|(.)\1*|NULL|NONE|NIL|N/A|ANONYMOUS|UNKNOWN|TEST|-1")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


def normalised(kind: By, text: str) -> str | None:
    """The one way to write an e-mail address, card number or foreign id; None if it is none, or means nobody."""
    value = unicodedata.normalize("NFKC", text).strip()
    if kind is By.EMAIL:
        value = value.lower()
        return value if _EMAIL.fullmatch(value) and len(value) <= 254 else None
    if kind is By.CARD:
        value = re.sub(r"[\s.]", "", value).upper()
        return value if _CARD.fullmatch(value) and not _NOBODY.fullmatch(value) else None
    return value if 1 <= len(value) <= 128 and not _NOBODY.fullmatch(value.upper()) else None


_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af\U00020000-\U0003ffff]")


def masked_name(name: str) -> str:
    """陳小明 -> 陳○明; John Smith -> J*** S***: enough for the person at the counter to say yes."""
    name = name.strip()
    if not name:
        return ""
    if _HAN.search(name):
        compact = re.sub(r"\s", "", name)
        last = compact[-1] if len(compact) > 2 else ""
        return compact[0] + "○" * max(1, len(compact) - 1 - len(last)) + last
    return " ".join(f"{word[0]}***" for word in name.split())


def same_name(one: str, other: str) -> bool:
    """Whether both are said, and the same but for how they are written."""
    plain, also = (re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).casefold() for name in (one, other))
    return bool(plain) and plain == also


def masked(kind: By, value: str, country_code: str = "") -> str:
    """An identifier as others may see it."""
    if kind is By.PHONE:
        return _masked_phone(value, country_code)
    if kind is By.EMAIL:
        return f"{value[0]}***@{value.rpartition('@')[2]}"
    return "****" + (value[-4:] if len(value) >= 8 else value[-2:])


def _masked_phone(e164: str, country_code: str) -> str:
    """+886 9** *** 678."""
    national = e164[1 + len(country_code) :]
    shown = national[0] + "*" * (len(national) - 4) + national[-3:]
    head = len(shown) % 3
    groups = [shown[:head]] if head else []
    groups += [shown[at : at + 3] for at in range(head, len(shown), 3)]
    return " ".join([f"+{country_code}", *groups])


# scope -> its limits, for everything that a request for a code is counted under
Windows = Mapping[bytes, Sequence[Limit]]
