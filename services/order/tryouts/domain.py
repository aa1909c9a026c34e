"""What a reservation to try on is: the states that it may move through, and how many somebody may have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import Code, Fault, invalid
from services.order.checkout.domain import TransitionRefused

HELD_FOR = timedelta(hours=48)
"""Until then somebody has to come for what he reserved."""
TRIED_FOR = timedelta(hours=4)
"""So long somebody who came may stay undecided."""
ANSWERED_WITHIN = timedelta(seconds=30)
"""Nobody holds goods for a request of which nothing was heard so long."""
MOST_OPEN = 2
MOST_MISSED, MISSED_IN = 3, timedelta(days=90)
_MOST_LINES, _MOST_UNITS = 10, 5


class State(StrEnum):
    """Where a reservation stands."""

    ASKED = "ASKED"
    HELD = "HELD"
    ARRIVED = "ARRIVED"
    TRYING = "TRYING"
    CONVERTED = "CONVERTED"
    RELEASED = "RELEASED"


class Reason(StrEnum):
    """Why one was released, where nobody gave a reason of his own."""

    EXPIRED = "EXPIRED"
    NO_SHOW = "NO_SHOW"
    LEFT_UNDECIDED = "LEFT_UNDECIDED"
    OUT_OF_STOCK = "OUT_OF_STOCK"


class TryoutLimit(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "TRYOUT_LIMIT"


@dataclass(frozen=True, slots=True)
class Line:
    """So many of a good, and how many of them were bought."""

    sku: str
    name: str
    quantity: int
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Tryout:
    """Goods of one store that wait for one member."""

    tryout_id: str
    member_id: str
    location_id: str
    state: State
    lines: tuple[Line, ...]
    expire_time: datetime
    create_time: datetime
    version: int = 1
    sale_id: str | None = None
    reason: str = ""

    @property
    def stands(self) -> bool:
        return self.state in OPEN


OPEN = frozenset({State.HELD, State.ARRIVED, State.TRYING})
_NEXT: Mapping[State, frozenset[State]] = {
    State.ASKED: frozenset({State.HELD, State.RELEASED}),
    State.HELD: frozenset({State.ARRIVED, State.TRYING, State.CONVERTED, State.RELEASED}),
    State.ARRIVED: frozenset({State.TRYING, State.CONVERTED, State.RELEASED}),
    State.TRYING: frozenset({State.CONVERTED, State.RELEASED}),
    State.CONVERTED: frozenset(),
    State.RELEASED: frozenset(),
}


def move(given: Tryout, to: State, now: datetime, reason: str = "") -> Tryout:
    """The same one step on; a repeated step is no step at all."""
    if given.state is to:
        return given
    if to not in _NEXT[given.state]:
        raise TransitionRefused(
            f"a {given.state} reservation cannot become {to}", tryout_id=given.tryout_id, state=given.state
        )
    ends = {State.HELD: now + HELD_FOR, State.TRYING: now + TRIED_FOR}.get(to, given.expire_time)
    return replace(given, state=to, version=given.version + 1, reason=reason, expire_time=ends)


def over(given: Tryout, now: datetime) -> Tryout:
    """What becomes of it when its time is over: who let the store lay it out and did not come is counted."""
    why = {State.ARRIVED: Reason.NO_SHOW, State.TRYING: Reason.LEFT_UNDECIDED}.get(given.state, Reason.EXPIRED)
    return move(given, State.RELEASED, now, why)


def bought(given: Tryout, sale_id: str, sold: Mapping[str, int], now: datetime) -> Tryout:
    """The reservation once a sale took what is kept; what else it sold was never reserved."""
    after = move(given, State.CONVERTED, now)
    lines = tuple(replace(line, kept=max(min(line.quantity, sold.get(line.sku, 0)), 0)) for line in given.lines)
    return replace(after, lines=lines, sale_id=sale_id)


def within_limits(standing: int, missed: int) -> None:
    """Refuses one more to whoever has enough, or did not come too often."""
    if standing >= MOST_OPEN:
        raise TryoutLimit(f"{MOST_OPEN} reservations at a time", most=MOST_OPEN)
    if missed >= MOST_MISSED:
        raise TryoutLimit(f"{MOST_MISSED} were laid out in vain of late", most=0, missed=missed)


def checked(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines, if they are so few that somebody can try them on."""
    if not 1 <= len(lines) <= _MOST_LINES or len({line.sku for line in lines}) < len(lines):
        raise invalid("lines", f"must hold 1 to {_MOST_LINES} goods, each once")
    if any(not 1 <= line.quantity <= _MOST_UNITS for line in lines):
        raise invalid("lines.quantity", f"must be 1 to {_MOST_UNITS}")
    return tuple(lines)
