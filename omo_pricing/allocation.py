"""Splitting an amount so that its parts add up to it exactly."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from omo_pricing.errors import AllocationError


class Mode(StrEnum):
    """How an amount falls on several lines."""

    PROPORTIONATE = "proportionate"
    """By what each line is worth."""
    EVEN = "even"
    """The same to each line, as far as it goes; what a small line cannot take, the others take."""
    INDIVIDUAL = "individual"
    """The whole amount to each line, as far as it goes: the one mode whose parts do not share an amount."""


def allocate(amount: int, weights: Sequence[int], mode: Mode = Mode.PROPORTIONATE) -> list[int]:
    """The part of `amount` for each weight; what is left over goes to the largest fraction, then to the first.

    PROPORTIONATE and EVEN parts sum to `amount` exactly. EVEN and INDIVIDUAL never give more than the weight,
    PROPORTIONATE does not either while `amount` is no more than all weights together.
    """
    _check(amount, weights)
    if mode is Mode.INDIVIDUAL:
        return [min(amount, weight) for weight in weights]
    if mode is Mode.EVEN:
        return _even(amount, weights)
    return [shares[0][1] for shares in spread(amount, [(1, weight) for weight in weights])]


def spread(amount: int, runs: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """For each run of (count, weight of each): one or two runs of (count, part of each), summing to `amount`.

    Ten thousand equal units are one run, and at most one run is cut in two.
    """
    total = sum(count * weight for count, weight in runs)
    if not amount:
        return [[(count, 0)] for count, _ in runs]
    if not total:
        raise AllocationError("weights", "nothing is there to carry the amount")
    if len(runs) == 1:
        count = runs[0][0]
        return [_cut(count, amount % count, amount // count)]
    floors = [amount * weight // total for _, weight in runs]
    left = amount - sum(count * floor for (count, _), floor in zip(runs, floors, strict=True))
    raised = [0] * len(runs)
    if left:
        fractions = [amount * weight % total for _, weight in runs]
        for place in sorted(range(len(runs)), key=lambda place: (-fractions[place], place)):
            raised[place] = min(runs[place][0], left)
            left -= raised[place]
            if not left:
                break
    return [_cut(count, up, floor) for (count, _), up, floor in zip(runs, raised, floors, strict=True)]


def _cut(count: int, raised: int, floor: int) -> list[tuple[int, int]]:
    if raised == 0:
        return [(count, floor)]
    if raised == count:
        return [(count, floor + 1)]
    return [(raised, floor + 1), (count - raised, floor)]


def _even(amount: int, caps: Sequence[int]) -> list[int]:
    if amount > sum(caps):
        raise AllocationError("amount", "must be no more than all weights together")
    parts = [0] * len(caps)
    while amount:
        open_places = [place for place, cap in enumerate(caps) if parts[place] < cap]
        each = amount // len(open_places)
        # the last few, fewer than there are open lines, go one by one to the lowest
        for place in open_places if each else open_places[:amount]:
            part = min(caps[place] - parts[place], each or 1)
            parts[place] += part
            amount -= part
    return parts


def _check(amount: int, weights: Sequence[int]) -> None:
    if amount < 0:
        raise AllocationError("amount", "must not be negative")
    if any(weight < 0 for weight in weights):
        raise AllocationError("weights", "must not be negative")
