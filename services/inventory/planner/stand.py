"""A good as it stands at every place: what is there, what is expected, what a unit earns."""

from dataclasses import dataclass

import numpy as np

from services.inventory.planner import values
from services.inventory.planner.forecasting import Flags, Floats
from services.inventory.planner.moves import Problem
from services.inventory.planner.values import Ints

# a lot that sells with less than this chance is not worth looking at
_HOPELESS = 1e-3
# standard deviations of demand beyond which nothing is looked at
_FAR = 8.0


@dataclass(frozen=True, slots=True)
class Stand:
    """By place, in base units: `available` excludes what is promised, `incoming` is on its way there."""

    sku: str
    available: Ints
    incoming: Ints
    weekly: Floats
    # variance over mean of a week's demand there
    dispersion: Floats
    # of one base unit, in minor units of money
    margins: Floats
    displays: Ints
    # may give, may get
    gives: Flags
    gets: Flags
    lot: int
    pooled: bool = False

    def releasable(self) -> Ints:
        """Whole lots that each place may give: what is free beyond its display minimum, nothing that is on its way."""
        free = np.maximum(0, self.available - self.displays) // self.lot
        found: Ints = np.where(self.gives, free, 0)
        return found

    def demand(self, weeks: float) -> Floats:
        """What each place is expected to sell in so many weeks."""
        found: Floats = self.weekly * weeks
        return found

    def sold(self, place: int, start: int, count: int, weeks: float) -> float:
        """Of `count` units above the first `start` ones at a place: how many are expected to be sold."""
        units = np.arange(start + 1, start + count + 1)
        mean, wide = self.demand(weeks)[place], self.dispersion[place]
        return float(values.chance(units, np.asarray(mean), np.asarray(wide)).sum())


def share_dispersion(dispersion: float, shares: Floats) -> Floats:
    """A part of a demand spreads less than the whole: thinned, its variance over mean is 1 + share x (whole - 1)."""
    found: Floats = 1.0 + shares * (dispersion - 1.0)
    return found


def problem(stand: Stand, weeks: float, costs: Floats) -> Problem:
    """The good's transportation problem over a horizon; `costs` of one base unit, infinite where there is no way."""
    position = stand.available + stand.incoming
    mean, wide = stand.demand(weeks), stand.dispersion
    releasable = stand.releasable()
    total = int(releasable.sum())
    size = len(position)
    if total == 0:
        return Problem([np.zeros(0)] * size, [np.zeros(0)] * size, costs)
    losses = [
        _losses(position[n], int(count), stand.lot, mean[n], wide[n]) * stand.margins[n] if count else np.zeros(0)
        for n, count in enumerate(releasable)
    ]
    reach = np.ceil(mean + _FAR * np.sqrt(mean * wide) + 1) - np.maximum(position, 0)
    wanted = np.where(stand.gets, np.ceil(np.maximum(0, reach) / stand.lot), 0) + np.where(
        stand.gets & (position < 0), np.ceil(-position / stand.lot), 0
    )
    count = int(min(total, wanted.max(initial=0)))
    if count == 0:
        return Problem(losses, [np.zeros(0)] * size, costs)
    units = values.lots(position, stand.lot, count, mean, wide)
    gains = [
        units[n][units[n] > _HOPELESS * stand.lot] * stand.margins[n] if stand.gets[n] else np.zeros(0)
        for n in range(size)
    ]
    return Problem(losses, gains, costs * stand.lot)


def _losses(position: int, count: int, lot: int, mean: float, wide: float) -> Floats:
    """What is no longer sold when the first, second … lot leaves a place."""
    units = position - np.arange(count * lot)
    found: Floats = values.chance(units, np.asarray(mean), np.asarray(wide)).reshape(count, lot).sum(axis=1)
    return found
