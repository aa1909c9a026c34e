"""The life of a hold on something spendable."""

from dataclasses import dataclass
from enum import IntEnum

from kit.errors import Code, Fault


class State(IntEnum):
    """Where a hold stands."""

    ACTIVE = 1
    COMMITTED = 2
    RELEASED = 3


class HoldEnded(Fault):
    """The hold was released or committed before."""

    code = Code.FAILED_PRECONDITION
    reason = "HOLD_ENDED"


@dataclass(frozen=True, slots=True)
class Hold:
    """Points of a member set aside for an order; `parts` are (lot, points); `value` in minor units."""

    hold_id: str
    member_id: str
    state: State
    points: int
    value: int
    parts: tuple[tuple[str, int], ...]
