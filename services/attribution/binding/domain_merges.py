"""Whom an id means, and who serves him, when members have been made one and two again: pure folds over all mergers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.attribution.binding.domain import Binding, Noted, Policy, follow


@dataclass(frozen=True, slots=True)
class Merger:
    """Two ids that mean one member from a moment on; None: from the beginning."""

    merge_id: str
    absorbed_id: str
    survivor_id: str
    merge_time: datetime | None

    def before(self, moment: datetime) -> bool:
        """Whether they were one at that moment."""
        return self.merge_time is None or self.merge_time <= moment


@dataclass(frozen=True, slots=True)
class Heard:
    """A merger, or its end. Without a `merge_time` the absorbed id meant the other from the beginning."""

    merge_id: str
    absorbed_id: str
    survivor_id: str
    merge_time: datetime | None = None
    undone: bool = False
    # sales that a person has given to the absorbed one
    order_ids: Sequence[str] = ()


def meant(mergers: Iterable[Merger]) -> dict[str, str]:
    """Whom each id means by now: alias -> member; an alias never points at an alias.

    Taken in the order of their own time. Who takes part in a merger meant
    nobody else at that moment: if one that was heard says otherwise, its end is
    still on its way.
    """
    parents: dict[str, str] = {}
    for merger in sorted(mergers, key=_when):
        if merger.merge_time is not None:
            parents.pop(merger.survivor_id, None)
        parents[merger.absorbed_id] = merger.survivor_id
    return {one: _root(parents, one) for one in parents}


def at(
    named_id: str,
    facts: Iterable[Noted],
    mergers: Sequence[Merger],
    policy: Policy,
    moment: datetime,
    sold: Mapping[str, int],
) -> Binding | None:
    """Who served the member that this id meant at `moment`: facts of ids that were other people then do not count.

    `sold` says how many of the members' sales each staff member has made.
    """
    parents: dict[str, str] = {}
    current: dict[str, Binding | None] = {}
    steps: list[tuple[datetime, int, str, Noted | Merger]] = [
        (fact.bind_time, 1, fact.binding_id, fact) for fact in facts if fact.bind_time <= moment
    ]
    for merger in sorted(mergers, key=_when):
        if merger.merge_time is None:
            parents[merger.absorbed_id] = merger.survivor_id
        elif merger.before(moment):
            steps.append((merger.merge_time, 0, merger.merge_id, merger))
    for _, _, _, step in sorted(steps, key=lambda step: step[:3]):
        if isinstance(step, Noted):
            root = _root(parents, step.named)
            current[root] = follow(current.get(root), step, policy)
            continue
        mine, theirs = (current.pop(_root(parents, one), None) for one in (step.survivor_id, step.absorbed_id))
        parents.pop(step.survivor_id, None)
        parents[step.absorbed_id] = step.survivor_id
        current[step.survivor_id] = prevailing(mine, theirs, step.merge_time or moment, sold)
    held = current.get(_root(parents, named_id))
    return held if held and moment < held.valid_until else None


def prevailing(one: Binding | None, other: Binding | None, moment: datetime, sold: Mapping[str, int]) -> Binding | None:
    """Which of two members' bindings holds once they are one: protected wins, else most recent, else most sales."""
    live = [binding for binding in (one, other) if binding and moment < binding.valid_until]
    if not live:
        return None

    def rank(binding: Binding) -> tuple[bool, datetime, int, str]:
        noted = binding.noted
        return (moment < binding.protected_until, noted.bind_time, sold.get(noted.staff_code, 0), noted.binding_id)

    return max(live, key=rank)


def _when(merger: Merger) -> tuple[bool, float, str]:
    time = merger.merge_time
    return (time is not None, time.timestamp() if time else 0.0, merger.merge_id)


def _root(parents: Mapping[str, str], one: str) -> str:
    for _ in range(len(parents) + 1):
        if one not in parents:
            break
        one = parents[one]
    return one
