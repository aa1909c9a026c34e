"""The life of a hold on something spendable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from kit.errors import Code, Fault
from services.member.value.domain import Use

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


def text(uses: Sequence[Use]) -> str:
    """The same uses, whoever asks in whatever order, are the same text."""
    return "|".join(
        sorted(f"{use.kind}:{use.ref}:{use.takes}:{use.rule_id}:{use.line_no}:{use.unit_value}" for use in uses)
    )


def same(had: Hold, member_id: str, points: int, asked: str) -> Hold:
    """The same hold again answers the same; one that ended, or another under its name, is refused."""
    if had.state is not State.ACTIVE:
        raise HoldEnded(f"the hold was {had.state.name.lower()}", hold_id=had.hold_id, state=had.state.name)
    if (had.member_id, had.points, had.asked) != (member_id, points, asked):
        raise HoldEnded("the hold is another one", hold_id=had.hold_id, state=had.state.name)
    return had
