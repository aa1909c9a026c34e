"""Whom to call first, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Reason(StrEnum):
    """Why somebody should be called."""

    WISH_ON_OFFER = "WISH_ON_OFFER"
    POINTS_EXPIRING = "POINTS_EXPIRING"
    BIRTHDAY = "BIRTHDAY"
    LAPSED = "LAPSED"
    COMPLAINT_OPEN = "COMPLAINT_OPEN"
    VOUCHER_UNUSED = "VOUCHER_UNUSED"


# what cannot wait comes first; what the member gains counts more than what the brand does
WEIGHTS: Mapping[Reason, int] = {
    Reason.COMPLAINT_OPEN: 100,
    Reason.WISH_ON_OFFER: 60,
    Reason.POINTS_EXPIRING: 50,
    Reason.BIRTHDAY: 40,
    Reason.VOUCHER_UNUSED: 30,
    Reason.LAPSED: 20,
}
POINTS_AHEAD = timedelta(days=30)
BIRTHDAY_AHEAD = timedelta(days=7)
LAPSED_AFTER = timedelta(days=90)
# whoever was spoken to is left alone for so long, unless he complained
QUIET = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason, and what it is about."""

    member_id: str
    reason: Reason
    subject_id: str = ""
    amount: int = 0
    due_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """A SKU's price in a list."""

    sku: str
    price_list_id: str
    amount: int
    change_time: datetime
    start_time: datetime | None
    end_time: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A member to call; the weightiest cause first."""

    member_id: str
    causes: tuple[Cause, ...]
    last_contact_time: datetime | None

    @property
    def score(self) -> int:
        """How soon: the weights of his reasons, each once."""
        return sum(WEIGHTS[one] for one in {cause.reason for cause in self.causes})


def rank(causes: Sequence[Cause], contacts: Mapping[str, datetime], now: datetime) -> list[Entry]:
    """Members with a reason, the weightiest first; whoever was spoken to lately only where he complained."""
    by_member: dict[str, list[Cause]] = {}
    for cause in causes:
        by_member.setdefault(cause.member_id, []).append(cause)
    entries = [
        Entry(member_id, tuple(sorted(found, key=_weight)), contacts.get(member_id))
        for member_id, found in by_member.items()
    ]
    due = [one for one in entries if _may(one, now)]
    return sorted(due, key=lambda one: (-one.score, one.member_id))


def _weight(cause: Cause) -> tuple[int, str]:
    return -WEIGHTS[cause.reason], cause.subject_id


def _may(entry: Entry, now: datetime) -> bool:
    last = entry.last_contact_time
    complained = any(cause.reason is Reason.COMPLAINT_OPEN for cause in entry.causes)
    return complained or last is None or now - last >= QUIET
