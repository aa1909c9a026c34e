"""Whom an id means when members have been made one and two again: a pure fold over all mergers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Merger:
    """Two ids that mean one member from a moment on; None: from the beginning."""

    merge_id: str
    absorbed_id: str
    survivor_id: str
    merge_time: datetime | None


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


def _when(merger: Merger) -> tuple[bool, float, str]:
    time = merger.merge_time
    return (time is not None, time.timestamp() if time else 0.0, merger.merge_id)


def _root(parents: dict[str, str], one: str) -> str:
    for _ in range(len(parents) + 1):
        if one not in parents:
            break
        one = parents[one]
    return one
