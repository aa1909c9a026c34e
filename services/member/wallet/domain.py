"""The life of a hold on something spendable."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from kit.errors import Code, Fault

# Nobody known: whoever has a gift card's code.
NOBODY = "00000000-0000-0000-0000-000000000000"
# how long a till holds for a sale that it never tells of
TILL_HOLD = timedelta(minutes=30)
MAX_USES = 20


class State(IntEnum):
    """Where a hold stands."""

    ACTIVE = 1
    COMMITTED = 2
    RELEASED = 3


class HoldEnded(Fault):
    """The hold was released or committed before."""

    code = Code.FAILED_PRECONDITION
    reason = "HOLD_ENDED"


class HoldRunning(Fault):
    """Somebody else makes this hold at this moment."""

    code = Code.ABORTED
    reason = "REQUEST_RUNNING"


@dataclass(frozen=True, slots=True)
class Hold:
    """What a member spends, set aside for an order; `parts` are (lot, points); `value` is what points are worth."""

    hold_id: str
    member_id: str
    state: State
    points: int
    value: int
    parts: tuple[tuple[str, int], ...]
    # what else was asked for, as one text
    asked: str = ""
    # the till that holds it for a sale; empty for an order
    terminal_id: str = ""
