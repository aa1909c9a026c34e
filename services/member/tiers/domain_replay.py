"""A member's tier over time: decided step by step from a moment on, and read back from what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.member.tiers import domain, domain_returns
from services.member.tiers.domain import Rules, State, Step
from services.member.tiers.domain_counting import Counted, metric_of, sum_at


@dataclass(frozen=True, slots=True)
class Decided:
    """A step as it is kept; with `decided_from` it replaces what had been decided from then on."""

    time: datetime
    after: State
    decided_from: datetime | None = None


def standing(kept: Sequence[Decided]) -> list[Decided]:
    """What holds of all that was ever decided, given in the order in which it was."""
    held: list[Decided] = []
    for one in kept:
        if one.decided_from is not None:
            held = [earlier for earlier in held if earlier.time < one.decided_from]
        held.append(one)
    return held


def as_of(kept: Sequence[Decided], moment: datetime) -> State:
    """The state before anything happened at a moment."""
    before = [one for one in standing(kept) if one.time < moment]
    return before[-1].after if before else State()


def run(rules: Rules, state: State, counted: tuple[Counted, ...], after: datetime, upto: datetime) -> list[Step]:
    """Everything that happens from `after` (itself included) to `upto`: sales, returns, and what falls due between."""
    sales = [(one.time, 0, one.order_id) for one in counted]
    returns = [(when, 1, one.order_id) for one in counted for when, _ in one.returned]
    facts = sorted(fact for fact in (*sales, *returns) if after <= fact[0] <= upto)
    steps: list[Step] = []
    for when, kind, order_id in facts:
        state = _until(rules, state, counted, when, steps)
        found = sum_at(counted, rules.program, rules.zone, when)
        if kind:
            step = domain_returns.came_back(rules, state, counted, order_id, when)
        else:
            step = domain.sold(rules, state, order_id, when, found)
        if step is not None:
            steps.append(step)
            state = step.after
    _until(rules, state, counted, upto, steps)
    return steps


def overdue(rules: Rules, state: State, counted: tuple[Counted, ...], moment: datetime) -> list[Step]:
    """What has fallen due until a moment and is not decided yet."""
    steps: list[Step] = []
    _until(rules, state, counted, moment, steps)
    return steps


def _until(rules: Rules, state: State, counted: tuple[Counted, ...], moment: datetime, steps: list[Step]) -> State:
    """Lets fall due what does until then."""
    while state.due is not None and state.due <= moment:
        step = domain.came_due(rules, state, counted)
        steps.append(step)
        state = step.after
    return state


def peak(rules: Rules, counted: tuple[Counted, ...]) -> tuple[int, datetime | None]:
    """The most that counted at any sale's moment, and when that was first."""
    found = [
        (metric_of(sum_at(counted, rules.program, rules.zone, one.time), rules.program.policy.metric), one.time)
        for one in counted
    ]
    most = max((metric for metric, _ in found), default=0)
    return most, min((time for metric, time in found if metric == most), default=None)
