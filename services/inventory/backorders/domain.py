"""Which promises wait for goods at a place, and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

# whose it is: an id and a line
Owner = tuple[str, int]
Place = tuple[str, str]
# sku, location, owner, line
Key = tuple[str, str, str, int]
_UNSAID = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Claim:
    """Units that a hold or an order was promised at a place, whether or not they are there."""

    owner_id: str
    line_no: int
    quantity: int
    create_time: datetime
    priority: int = 0
    order_id: str = ""
    # tells those of the same moment apart
    record_time: datetime = _UNSAID

    @property
    def turn(self) -> tuple[int, datetime, datetime, str, int]:
        """Who is filled first: by priority, then the oldest."""
        return (-self.priority, self.create_time, self.record_time, self.owner_id, self.line_no)


@dataclass(frozen=True, slots=True)
class Coming:
    """Goods that are to come to a place."""

    expected_time: datetime
    quantity: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Units of a claim that are not there; what is to come covers all of them by `promise_time`, or not."""

    claim: Claim
    quantity: int
    promise_time: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """Units of a promise that wait at a place."""

    sku: str
    location_id: str
    owner_id: str
    line_no: int
    order_id: str
    quantity: int
    promise_time: datetime | None
    priority: int
    create_time: datetime

    @property
    def key(self) -> Key:
        return (self.sku, self.location_id, self.owner_id, self.line_no)

    @property
    def place(self) -> Place:
        return (self.sku, self.location_id)


def waiting(there: int, claims: Iterable[Claim], coming: Iterable[Coming]) -> list[Waiting]:
    """What is there, and then what comes, goes to the claims in their turn; who has to wait, and until when."""
    stock, found = _Stock(there, sorted(coming, key=lambda one: one.expected_time)), list[Waiting]()
    for claim in sorted(claims, key=lambda one: one.turn):
        missing = stock.take(claim.quantity)
        if missing:
            found.append(Waiting(claim, missing, stock.wait(missing)))
    return found


class _Stock:
    """What is left of what is there and of what comes."""

    def __init__(self, there: int, coming: Sequence[Coming]) -> None:
        self._there = max(0, there)
        self._coming = [(one.expected_time, one.quantity) for one in reversed(coming) if one.quantity > 0]
        # more is unfit than there is: what comes makes up for that first
        self.wait(max(0, -there))

    def take(self, wanted: int) -> int:
        """Takes of what is there; how much is missing."""
        given = min(self._there, wanted)
        self._there -= given
        return wanted - given

    def wait(self, wanted: int) -> datetime | None:
        """Takes of what comes, the earliest first; when all of it will have come."""
        last = None
        while wanted and self._coming:
            last, units = self._coming.pop()
            if units > wanted:
                self._coming.append((last, units - wanted))
            wanted -= min(units, wanted)
        return None if wanted else last
