"""Members who bring members: who may be brought, by whom, and for how long."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from kit.errors import Code, Fault, invalid

YEAR = timedelta(days=365)
CODE_LENGTH = 8
# no vowels, so no words; nothing that is read as something else
_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
_MOST_POINTS = 1_000_000


class ReferralCodeUnknown(Fault):
    """Nobody has that code."""

    code = Code.NOT_FOUND
    reason = "REFERRAL_CODE_UNKNOWN"


class ReferralRefused(Fault):
    """A rule stands against it."""

    code = Code.FAILED_PRECONDITION
    reason = "REFERRAL_REFUSED"


class State(IntEnum):
    """How far a referral is."""

    BOUND = 1
    REWARDED = 2
    VOID = 3
    OVER_LIMIT = 4


@dataclass(frozen=True, slots=True)
class Rules:
    """The brand's rules."""

    version: int = 0
    active: bool = False
    bind_days: int = 30
    advocate_points: int = 0
    friend_points: int = 0
    limit_per_year: int = 0


@dataclass(frozen=True, slots=True)
class Friend:
    """Who says that somebody brought him, as far as the rules ask."""

    member_id: str
    join_time: datetime
    has_bought: bool
    bound_to: str = ""


def check(rules: Rules) -> None:
    """Refuses rules that cannot be meant."""
    if not 1 <= rules.bind_days <= YEAR.days:
        raise invalid("rules.bind_days", f"must be 1 to {YEAR.days}")
    for name in ("advocate_points", "friend_points", "limit_per_year"):
        if not 0 <= getattr(rules, name) <= _MOST_POINTS:
            raise invalid(f"rules.{name}", f"must be 0 to {_MOST_POINTS}")


def bind(rules: Rules, friend: Friend, advocate_id: str, brought_by: str, now: datetime) -> None:
    """Refuses whom nobody can have brought; `brought_by` is who brought the advocate."""
    if not rules.active:
        raise _refused("OFF", "nobody is being brought at present")
    if friend.member_id == advocate_id:
        raise _refused("SELF", "nobody brings himself")
    if friend.bound_to:
        raise _refused("BOUND", "somebody else has brought this member")
    if brought_by == friend.member_id:
        raise _refused("CIRCLE", "this member has brought the other one")
    if now > friend.join_time + timedelta(days=rules.bind_days):
        raise _refused("LATE", f"only within {rules.bind_days} days of joining")
    if friend.has_bought:
        raise _refused("CUSTOMER", "this member has bought before")


def code(key: bytes, member_id: str, attempt: int) -> str:
    """The code of a member: not to be guessed from his id."""
    number = int.from_bytes(hmac.digest(key, f"{member_id}:{attempt}".encode(), "sha256")[:8])
    signs = []
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(_ALPHABET))
        signs.append(_ALPHABET[place])
    return "".join(signs)


def _refused(rule: str, why: str) -> ReferralRefused:
    return ReferralRefused(why, rule=rule)
