"""What a person may ask of his data: to have it, and that it is forgotten."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kit.errors import Code, Fault

# whose answers are awaited; member's own part needs no event
SERVICES = ("attribution", "inventory", "order")
# what its owner may give up; what an order waits for he may not
FORFEITABLE = frozenset({"VALUE_HELD", "POINTS_LEFT"})


class NoSuchRequest(Fault):
    """No such export or erasure of the caller's."""

    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


class LinkInvalid(Fault):
    """Not a link of ours, or past its time."""

    code = Code.NOT_FOUND
    reason = "LINK_INVALID"


class LinkSpent(Fault):
    """The file was handed out."""

    code = Code.FAILED_PRECONDITION
    reason = "LINK_SPENT"


class ClaimInvalid(Fault):
    """Nothing is kept for this code, or not any more."""

    code = Code.NOT_FOUND
    reason = "CLAIM_INVALID"


class ErasureStarted(Fault):
    """The key is destroyed."""

    code = Code.FAILED_PRECONDITION
    reason = "ERASURE_STARTED"


class RetentionFixed(Fault):
    """A law says how long."""

    code = Code.FAILED_PRECONDITION
    reason = "RETENTION_FIXED"


class ExportState(StrEnum):
    """How far an export is."""

    GATHERING = "GATHERING"
    READY = "READY"
    DOWNLOADED = "DOWNLOADED"
    EXPIRED = "EXPIRED"


class ErasureState(StrEnum):
    """How far an erasure is."""

    ASKING = "ASKING"
    DELAYED = "DELAYED"
    STARTED = "STARTED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Export:
    """A person's file."""

    export_id: str
    member_id: str
    state: ExportState
    request_time: datetime
    ready_time: datetime | None
    expire_time: datetime | None
    download_time: datetime | None
    size_bytes: int
    given_bytes: int
    file_sealed: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Held:
    """What stands in the way of forgetting, and whose word it is."""

    reason: str
    count: int = 1
    amount: int = 0
    subject_id: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A service's word that it has forgotten."""

    service: str
    rows: int
    business_time: datetime


@dataclass(frozen=True, slots=True)
class Erasure:
    """A person's wish to be forgotten."""

    erasure_id: str
    member_id: str
    state: ErasureState
    forfeit_value: bool
    round: int
    blockers: tuple[Held, ...]
    request_time: datetime
    next_time: datetime | None
    start_time: datetime | None
    end_time: datetime | None


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long something is kept."""

    subject: str
    keep_days: int
    least_days: int
    basis: str
    books: bool
    version: int


def standing(blockers: Sequence[Held], *, forfeit_value: bool) -> list[Held]:
    """What still stands in the way; value does not, once its owner has given it up."""
    return [one for one in blockers if not (forfeit_value and one.reason in FORFEITABLE)]


def complete(answered: Collection[str]) -> bool:
    """Whether every service has spoken."""
    return set(SERVICES) <= set(answered)


def check_retention(rule: RetentionRule, keep_days: int) -> None:
    """Refuses less than the law says."""
    if keep_days < rule.least_days:
        raise RetentionFixed(
            "the law says how long at least", subject=rule.subject, keep_days=rule.least_days, field="keep_days"
        )
