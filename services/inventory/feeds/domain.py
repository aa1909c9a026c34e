"""What other systems tell of stock, in sequences of their own."""

from dataclasses import dataclass
from datetime import datetime

from kit.errors import Code, Fault


class FeedGap(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "FEED_GAP"


class FeedReused(Fault):
    """The same sequence with other content."""

    code = Code.INVALID_ARGUMENT
    reason = "FEED_REUSED"


@dataclass(frozen=True, slots=True)
class Row:
    """One SKU of a batch."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes, or what was counted, at one location."""

    source: str
    location_id: str
    sequence: int
    reset: bool
    at: datetime
    rows: tuple[Row, ...]
    fingerprint: bytes

    @property
    def source_id(self) -> str:
        """What the journal calls it."""
        return f"feed:{self.source}:{self.location_id}:{self.sequence}"


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a source is at a location."""

    source: str
    location_id: str
    sequence: int
    business_time: datetime | None
    reset_time: datetime | None
    update_time: datetime


def must_be_next(batch: Batch, sequence: int) -> None:
    """Refuses a batch before which others are missing."""
    if batch.sequence != sequence + 1:
        raise FeedGap(
            f"{sequence + 1} is expected next", source=batch.source, location_id=batch.location_id,
            expected=sequence + 1,
        )  # fmt: skip
