"""Several members on one card: who may come in, who may take points, and what the program says of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import Code, Fault

INVITED = timedelta(days=3)
CODE_BYTES = 10


class HouseholdTaken(Fault):
    """The member shares another card."""

    code = Code.ALREADY_EXISTS
    reason = "HOUSEHOLD_TAKEN"


class HouseholdUnknown(Fault):
    """The member shares no card."""

    code = Code.NOT_FOUND
    reason = "HOUSEHOLD_UNKNOWN"


class HouseholdFull(Fault):
    """As many share the card as may."""

    code = Code.FAILED_PRECONDITION
    reason = "HOUSEHOLD_FULL"


class HouseholdCodeInvalid(Fault):
    """The code lets nobody in."""

    code = Code.PERMISSION_DENIED
    reason = "HOUSEHOLD_CODE_INVALID"


class HouseholdOwnerOnly(Fault):
    """That is the owner's to do."""

    code = Code.PERMISSION_DENIED
    reason = "HOUSEHOLD_OWNER_ONLY"


class Earning(StrEnum):
    """Whose the points are that somebody in a household earns."""

    PERSON = "person"
    HOUSEHOLD = "household"


class Drawing(StrEnum):
    """Who may take points out of the pot."""

    EVERYONE = "everyone"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the program says of shared cards."""

    limit: int
    earning: Earning
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class Household:
    """One card and those who share it, the owner too, in the order in which they came."""

    household_id: str
    owner_id: str
    member_ids: Sequence[str]

    def refuse_full(self, policy: Policy) -> None:
        """Refuses one more than the program allows."""
        if len(self.member_ids) >= policy.limit:
            raise HouseholdFull(f"{policy.limit} may share one card", limit=policy.limit)

    def refuse_other(self, member_id: str) -> None:
        """Refuses what only the owner may do."""
        if member_id != self.owner_id:
            raise HouseholdOwnerOnly("only the owner may do that", field="member_id")


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code, as the owner is told it."""

    code: str
    expire_time: datetime
