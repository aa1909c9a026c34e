"""What a person should look at of what tills told of people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.errors import Code, Fault

# where it stands in the queue: when it was kept, by whose and which fact
Place = tuple[datetime, str, int]


class ReviewUnknown(Fault):
    """Nobody waits for anybody to look at that."""

    code = Code.NOT_FOUND
    reason = "PEOPLE_REVIEW_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Review:
    """A fact with flags."""

    terminal_id: str
    sequence: int
    kind: str
    member_id: str | None
    sku: str
    staff_code: str
    location_id: str
    outcome: str
    flags: Sequence[str]
    business_time: datetime
    record_time: datetime

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.record_time, self.terminal_id, self.sequence
