"""Which staff member a member is bound to at a time, as a pure fold over all that was ever noted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from kit.errors import Code, Fault


class Source(IntEnum):
    """How a binding came to be; the numbers are those of the contract."""

    QR = 1
    LINK = 2
    TILL = 3
    ENROLMENT = 4
    IMPORT = 5
    TRANSFER = 6


class TokenInvalid(Fault):
    """The code is forged, expired or not one of ours."""

    code = Code.INVALID_ARGUMENT
    reason = "BINDING_TOKEN_INVALID"


class StaffUnknown(Fault):
    """No active staff member has that code."""

    code = Code.NOT_FOUND
    reason = "STAFF_UNKNOWN"


class Protected(Fault):
    """The member is bound to somebody else, who is protected for now."""

    code = Code.FAILED_PRECONDITION
    reason = "BINDING_PROTECTED"


class NotBound(Fault):
    """Nobody serves the member now."""

    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Policy:
    """The brand's binding policy: protected-first (features 2.8.2)."""

    version: str
    protected: timedelta
    valid: timedelta


@dataclass(frozen=True, slots=True)
class Staff:
    """A staff member as far as attribution cares."""

    staff_code: str
    display_name: str
    home_location_id: str
    active: bool
    version: int


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Who enrolled a member in a store."""

    staff_code: str
    location_id: str
    enrol_time: datetime


@dataclass(frozen=True, slots=True)
class StaffToken:
    """What a token says once it has been verified."""

    token_id: str
    staff_code: str
    location_id: str
    purpose: str
    issue_time: datetime
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class Noted:
    """One binding fact; facts are only ever added."""

    binding_id: str
    member_id: str
    staff_code: str
    location_id: str
    source: Source
    bind_time: datetime
    evidence: str
    # the id under which it came, where that means somebody else by now
    named_id: str | None = None

    @property
    def named(self) -> str:
        """The id under which it came."""
        return self.named_id or self.member_id


@dataclass(frozen=True, slots=True)
class Binding:
    """A fact that holds, with the ends that the policy gives it."""

    noted: Noted
    protected_until: datetime
    valid_until: datetime


def at(facts: Iterable[Noted], policy: Policy, moment: datetime) -> Binding | None:
    """The binding that holds at `moment`; the same whatever order the facts arrived in.

    Facts are taken in the order of their own time. One that falls into
    somebody else's protection changes nothing; one of the same staff member
    renews; after validity the member is free.
    """
    current: Binding | None = None
    for fact in sorted(facts, key=lambda fact: (fact.bind_time, fact.binding_id)):
        if fact.bind_time > moment:
            break
        current = follow(current, fact, policy)
    return current if current and moment < current.valid_until else None


def follow(current: Binding | None, fact: Noted, policy: Policy) -> Binding:
    """What holds after one more fact."""
    if current is not None and _shields(current, fact):
        return current
    return Binding(fact, fact.bind_time + policy.protected, fact.bind_time + policy.valid)


def _shields(current: Binding, fact: Noted) -> bool:
    other = current.noted.staff_code != fact.staff_code
    return other and fact.bind_time < min(current.protected_until, current.valid_until)
