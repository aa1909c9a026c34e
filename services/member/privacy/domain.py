"""What a member may agree to, and what holds where he has said nothing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kit.errors import invalid


class Purpose(StrEnum):
    """What something about a member is used for."""

    MARKETING = "MARKETING"
    SERVICE = "SERVICE"
    BROWSING = "BROWSING"
    SHARING = "SHARING"


class Choice(StrEnum):
    """What he said."""

    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    # as if nothing had been said: a merge that had brought a choice was undone
    UNSAID = "UNSAID"


CHANNELS = frozenset({"email", "sms", "line", "push", "phone"})
SOURCES = frozenset({"app", "web", "store", "service", "import"})
_BY_CHANNEL = frozenset({Purpose.MARKETING, Purpose.SERVICE})
# what concerns his own purchases may be said until he refuses; everything else needs his word first
_UNLESS_REFUSED = frozenset({Purpose.SERVICE})
# nobody can refuse to hear of his own order, whatever the channel
TRANSACTIONAL = "TRANSACTIONAL"


@dataclass(frozen=True, slots=True)
class Said:
    """One choice for one purpose and channel."""

    purpose: Purpose
    channel: str
    choice: Choice


@dataclass(frozen=True, slots=True)
class Consent:
    """A choice as it is on record."""

    member_id: str
    record_id: str
    said: Said
    source: str
    text_version: str
    actor_kind: str
    actor_id: str
    business_time: datetime


def check(said: Said) -> Said:
    """Refuses a channel that the purpose does not have."""
    if said.purpose in _BY_CHANNEL and said.channel not in CHANNELS:
        raise invalid("consents.channel", f"must be one of {', '.join(sorted(CHANNELS))}")
    if said.purpose not in _BY_CHANNEL and said.channel:
        raise invalid("consents.channel", "must be empty: the purpose is the same in every channel")
    return said


def holds(purpose: str, choice: Choice | None) -> bool:
    """Whether something may be done for a purpose, as the member last said."""
    if purpose == TRANSACTIONAL:
        return True
    meant = Purpose(purpose)
    if choice in (None, Choice.UNSAID):
        return meant in _UNLESS_REFUSED
    return choice is Choice.GRANTED


def stricter(own: Choice | None, other: Choice | None) -> Choice | None:
    """What holds for one person of whom two different choices are known; unsaid is no choice."""
    said = {one for one in (own, other) if one not in (None, Choice.UNSAID)}
    if Choice.REFUSED in said:
        return Choice.REFUSED
    return Choice.GRANTED if said else None
