"""Identifiers that were taken from somebody by another's proof, or by somebody's word: why, and what waits."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kit.errors import Code, Fault


class CaseUnknown(Fault):
    """There is no such case, or somebody has closed it."""

    code = Code.NOT_FOUND
    reason = "IDENTITY_CASE_UNKNOWN"


class Reason(StrEnum):
    """Why somebody should look."""

    NOT_MY_ACCOUNT = "NOT_MY_ACCOUNT"
    NOT_MY_NUMBER = "NOT_MY_NUMBER"
    PHONE_RECYCLED = "PHONE_RECYCLED"
    PHONE_DEMOTED = "PHONE_DEMOTED"


@dataclass(frozen=True, slots=True)
class Case:
    """Whose identifier it was, and whether what he has is frozen."""

    case_id: str
    member_id: str
    reason: str
    kind: str
    other_id: str | None
    frozen: bool
    location_id: str
    business_time: datetime
    actor_kind: str
    actor_id: str


def freezes(reason: Reason, *, proved: bool, last: bool) -> bool:
    """Whether what he has waits until a person has looked.

    It does where the identifier has opened the account to somebody who may not be its owner, and where the owner has no
    other way in. What was only typed has opened nothing.
    """
    match reason:
        case Reason.NOT_MY_ACCOUNT | Reason.PHONE_RECYCLED:
            return True
        case Reason.NOT_MY_NUMBER:
            return proved or last
        case Reason.PHONE_DEMOTED:
            return False
