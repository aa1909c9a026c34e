"""What a session knows of each lane, and what it needs of the journal behind it."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Head:
    """Where a lane stands: the last sequence recorded, the last one that the server has for good."""

    head: int
    acked: int
    # False until this journal first heard what the server has
    contacted: bool = True


class Facts(Protocol):
    """What a session needs of a journal; one that is only read may do nothing in `contact` and `note`."""

    def head(self, lane: int) -> Head:
        """Where the lane stands."""

    def read(self, lane: int, first: int, limit: int) -> list[tuple[int, bytes]]:
        """Facts with contiguous sequences from `first` on."""

    def acknowledge(self, lane: int, durable_ack: int) -> None:
        """The server has everything up to here."""

    def contact(self, lane: int, durable_ack: int) -> None:
        """What the server has, said before anything is sent."""

    def note(self, lane: int, sequence: int, note: str) -> None:
        """A fact needs a person."""


@dataclass(slots=True)
class Lane:
    """What of a lane is on its way in this session."""

    next: int = 1
    # the last sequence of each frame that waits for its answer
    under_way: list[int] = field(default_factory=list)
    # how often it went back
    rewound: int = 0
    # the server has facts up to here that we did not hear acknowledged: sent again, they show whether they are ours
    contested_until: int = 0
    # the journal is new, and where the lane stands was asked
    asking: bool = False
    # a refused frame is sent again one fact at a time, up to here, to find the one that cannot be read
    single_until: int = 0
    # the fact that cannot be sent: nothing behind it can be before it is corrected
    stuck_at: int = 0

    @property
    def waits(self) -> bool:
        """Nothing may be sent now."""
        return self.asking or self.stuck_at > 0
