"""What a capability keeps of persons: how it hands it out to them, and how it forgets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from kit.postgres import Tx
from services.member.vault import Vault

# one row as the member reads it: words, numbers and times (ISO 8601), nothing sealed
Row = Mapping[str, object]


class Holding(Protocol):
    """A capability's share of access export and erasure.

    It is asked with every id that means the person: the member's own first, then all that were merged
    into it. Everything runs in the asker's transaction.
    """

    @property
    def tables(self) -> Collection[str]:
        """The tables with a `member_id` that this holding answers for; tests/house compares them with the schema."""

    async def export(self, tx: Tx, member_ids: Sequence[str], vault: Vault) -> Mapping[str, Sequence[Row]]:
        """What is kept of the person, section by section; `opening.opener` opens sealed texts."""

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """Forgets whatever is not a book; answers how many rows were changed or removed.

        The member's key is destroyed in the same transaction, so sealed texts need no care: remove what
        could still tell who somebody was (lookups, addresses, tokens, free words), leave ledgers as they are.
        Asked again it finds nothing more to do.
        """


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a person cannot be forgotten yet: an UPPER_SNAKE word, how much, and of what (ids, never personal)."""

    reason: str
    count: int = 1
    amount: int = 0
    subject_id: str = ""


@runtime_checkable
class Blocking(Protocol):
    """A holding may also say what stands in the way of forgetting: value that the member still has."""

    async def blockers(self, tx: Tx, member_ids: Sequence[str]) -> Sequence[Blocker]:
        """What the person still has; nothing where forgetting costs him nothing."""


@runtime_checkable
class Leaving(Protocol):
    """A holding with value settles what the forgotten leave, by moves of its ledger."""

    async def forfeit(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """It is the brand's from now on; asked again it finds nothing more to do. Answers how much was moved."""

    async def hand_on(self, tx: Tx, member_ids: Sequence[str], taker_id: str, business_time: datetime) -> int:
        """It is somebody else's, who has proved that it is his; how many pieces."""
