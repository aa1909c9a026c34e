"""Puts piles of goods into places that want certain goods, as long as all places can be filled."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def fill(piles: Sequence[int], fits: Sequence[Sequence[int]], wanted: Sequence[int]) -> list[int] | None:
    """How many of each pile are used to give each place what it wants; None where it cannot be.

    Piles in front are used first: a pile is passed over only where no way of moving those before it makes room.
    """
    held = [[0] * len(wanted) for _ in piles]
    free = list(wanted)
    for pile, count in enumerate(piles):
        left = count
        while left and (path := _path(pile, fits, held, free)):
            left -= _move(path, left, held, free)
    return None if any(free) else [sum(row) for row in held]


Step = tuple[int, int]
"""A pile that goes into a place."""


def _path(pile: int, fits: Sequence[Sequence[int]], held: list[list[int]], free: list[int]) -> list[Step]:
    """How the pile gets in: the place that it takes, and whoever moves on for it, up to a free place."""
    reached: dict[int, Step] = dict.fromkeys(fits[pile], (pile, -1))
    """By place: the pile that would go there, and the place that this pile leaves for it (-1: the new one)."""
    front = list(fits[pile])
    for place in front:
        if free[place]:
            return _back(place, reached)
        inside = (other for other, row in enumerate(held) if row[place])
        found = {further: (other, place) for other in inside for further in fits[other] if further not in reached}
        reached |= found
        front += found
    return []


def _back(place: int, reached: dict[int, Step]) -> list[Step]:
    steps = []
    while place >= 0:
        who, before = reached[place]
        steps.append((who, place))
        place = before
    return steps[::-1]


def _move(path: list[Step], left: int, held: list[list[int]], free: list[int]) -> int:
    """Moves as many as the path carries."""
    count = min(left, free[path[-1][1]])
    for (_, place), (other, _) in pairwise(path):
        count = min(count, held[other][place])
    for step, (who, place) in enumerate(path):
        if step:
            held[who][path[step - 1][1]] -= count
        held[who][place] += count
    free[path[-1][1]] -= count
    return count
