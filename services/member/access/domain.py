"""Principals: the rules on who they are, where they may sign in and how long that lasts."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from kit.errors import Code, Fault, invalid

ACCESS_LIFE = timedelta(minutes=10)
SERVICE_LIFE = timedelta(minutes=60)
DEVICE_LIFE = timedelta(minutes=60)
SHOPPER_SESSION = timedelta(days=30)
WORK_SESSION = timedelta(hours=12)
INVITE_LIFE = timedelta(hours=24)
TERMINAL_CODE_LIFE = timedelta(minutes=15)
REUSE_WINDOW = timedelta(seconds=30)

PIN_TRIES = 5
PIN_LOCK = timedelta(minutes=15)
_PIN = re.compile(r"[0-9]{4,8}")

STAFF_ROLES = frozenset({"cashier", "adviser", "manager"})
HQ_ROLES = frozenset({"admin", "merchandiser", "service", "analyst"})


class CredentialInvalid(Fault):
    """Says neither which part was wrong nor whether the name exists."""

    code = Code.UNAUTHENTICATED
    reason = "CREDENTIAL_INVALID"


class CodeSpent(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "CODE_SPENT"


class PinLocked(Fault):
    code = Code.RESOURCE_EXHAUSTED
    reason = "PIN_LOCKED"


class RefreshInvalid(Fault):
    code = Code.UNAUTHENTICATED
    reason = "REFRESH_INVALID"


class UserUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


class TerminalUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


@dataclass(frozen=True, slots=True)
class By:
    """Who changed it."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of a store's staff."""

    staff_code: str
    display_name: str
    home_location_id: str
    roles: tuple[str, ...]
    location_ids: tuple[str, ...]
    active: bool
    start_time: datetime | None = None
    end_time: datetime | None = None
    version: int = 0

    def works_at(self, location_id: str, now: datetime) -> bool:
        """Whether he may sign in there now."""
        begun = self.start_time is None or self.start_time <= now
        ended = self.end_time is not None and self.end_time <= now
        here = location_id == self.home_location_id or location_id in self.location_ids
        return self.active and begun and not ended and here and bool(location_id)


@dataclass(frozen=True, slots=True)
class Terminal:
    """A store system."""

    terminal_id: str
    location_id: str
    name: str
    active: bool
    version: int


@dataclass(frozen=True, slots=True)
class HqUser:
    """A user at headquarters."""

    user_id: str
    display_name: str
    roles: tuple[str, ...]
    active: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """What an access token says."""

    subject: str
    audience: str
    roles: tuple[str, ...] = ()
    location_ids: tuple[str, ...] = ()
    terminal_id: str = ""
    staff_code: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A signed token and its end."""

    text: str = field(repr=False)
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """What a principal gets when he signs in or refreshes."""

    principal_id: str
    access: Token
    refresh: Token


@dataclass(frozen=True, slots=True)
class Family:
    """The refresh tokens of one sign-in."""

    family_id: str
    kind: str
    principal_id: str
    device_id: str
    terminal_id: str
    location_id: str
    current_hash: bytes
    current_sealed: bytes
    previous_hash: bytes | None
    previous_taken: bool
    rotate_time: datetime
    expire_time: datetime
    revoked: bool


class Verdict(StrEnum):
    """What a presented refresh token deserves."""

    ROTATE = "rotate"
    REPEAT = "repeat"
    REVOKE = "revoke"
    REFUSE = "refuse"


def judge(family: Family, presented: bytes, device_id: str, now: datetime) -> Verdict:
    """Decides on a refresh token that is known to be one of ours.

    Mobile networks lose answers, so the previous token is taken once more
    within 30 seconds from the same device and gets the same successor. Any
    other token of the family that is not the present one was copied.
    """
    if family.revoked or family.expire_time <= now:
        return Verdict.REFUSE
    if device_id != family.device_id:
        return Verdict.REVOKE
    if hmac.compare_digest(presented, family.current_hash):
        return Verdict.ROTATE
    previous = family.previous_hash is not None and hmac.compare_digest(presented, family.previous_hash)
    fresh = not family.previous_taken and now - family.rotate_time <= REUSE_WINDOW
    return Verdict.REPEAT if previous and fresh else Verdict.REVOKE


def check_pin(pin: str) -> None:
    """Refuses what is no PIN, and what everybody tries first."""
    if not _PIN.fullmatch(pin):
        raise invalid("pin", "must be 4 to 8 digits")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if steps in ({0}, {1}, {9}):
        raise invalid("pin", "must not be one digit repeated, nor digits in a row")


def check_staff(staff: Staff) -> None:
    """Refuses a staff member who could never sign in, or only by accident."""
    _check_name("staff.display_name", staff.display_name)
    _check_roles("staff.roles", staff.roles, STAFF_ROLES)
    if staff.start_time and staff.end_time and staff.end_time <= staff.start_time:
        raise invalid("staff.end_time", "must be after start_time")


def check_hq_user(display_name: str, roles: Sequence[str]) -> None:
    """Refuses a headquarters user without name or roles."""
    _check_name("display_name", display_name)
    _check_roles("roles", roles, HQ_ROLES)


def _check_name(name: str, value: str) -> None:
    if not value.strip() or len(value) > 100:
        raise invalid(name, "must be 1 to 100 characters")


def _check_roles(name: str, roles: Sequence[str], known: frozenset[str]) -> None:
    if not roles or not known.issuperset(roles):
        raise invalid(name, f"must be one or more of {', '.join(sorted(known))}")
