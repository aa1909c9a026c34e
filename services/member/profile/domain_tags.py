"""Words that members are tagged with: who may give one, and how long it is kept."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import Code, Fault, invalid


class TagUnknown(Fault):
    """The brand's list has no such tag, or it is no longer given."""

    code = Code.NOT_FOUND
    reason = "TAG_UNKNOWN"


class TagNotYours(Fault):
    """Others give this tag."""

    code = Code.PERMISSION_DENIED
    reason = "TAG_NOT_YOURS"


class Origin(StrEnum):
    """Who gave a tag."""

    STAFF = "STAFF"
    MARKETING = "MARKETING"
    SERVICE = "SERVICE"
    RULE = "RULE"
    SURVEY = "SURVEY"


class Change(StrEnum):
    """What was done about a tag."""

    SET = "SET"
    REMOVED = "REMOVED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Definition:
    """A word of the list."""

    tag: str
    label: str
    label_en: str
    origins: tuple[str, ...]
    keep_days: int
    active: bool
    version: int = 0


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that a member has."""

    member_id: str
    tag: str
    origin: Origin
    staff_code: str
    location_id: str
    set_time: datetime
    expire_time: datetime | None
    why: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change as it is kept."""

    member_id: str
    change_id: str
    tag: str
    kind: str
    origin: str
    actor_kind: str
    actor_id: str
    actor_terminal_id: str
    location_id: str
    why_sealed: bytes | None = field(repr=False)
    expire_time: datetime | None
    business_time: datetime


_MOST_DAYS = 36_500


def check(definition: Definition) -> Definition:
    """Refuses a word that nobody could give."""
    known = {one.value.lower() for one in Origin}
    if not definition.origins or not known.issuperset(definition.origins):
        raise invalid("definition.origins", f"must be some of {', '.join(sorted(known))}")
    if not 0 <= definition.keep_days <= _MOST_DAYS:
        raise invalid("definition.keep_days", f"must be 0 to {_MOST_DAYS}")
    return definition


def origin_of(definition: Definition, roles: Collection[str], *, staff: bool) -> Origin:
    """As who the caller gives it; an admin of headquarters gives what marketing or service may."""
    if staff:
        meant = [Origin.STAFF]
    else:
        marketing = [Origin.MARKETING] if {"admin", "merchandiser"} & set(roles) else []
        meant = marketing + ([Origin.SERVICE] if {"admin", "service"} & set(roles) else [])
    allowed = [one for one in meant if one.value.lower() in definition.origins]
    if not allowed:
        raise TagNotYours("others give this tag", tag=definition.tag, origins=", ".join(definition.origins))
    return allowed[0]


def expiry(definition: Definition, asked: datetime | None, now: datetime) -> datetime | None:
    """Until when it is had: as asked, but never longer than the list says."""
    if asked is not None and asked <= now:
        raise invalid("expire_time", "must be in the future")
    longest = now + timedelta(days=definition.keep_days) if definition.keep_days else None
    if asked is None or longest is None:
        return asked or longest
    return min(asked, longest)
