"""A good as it stands at every place: what is there, what is expected, what a unit earns."""

from dataclasses import dataclass

import numpy as np

from services.inventory.planner import values
from services.inventory.planner.forecasting import Flags, Floats
from services.inventory.planner.moves import Problem, Tiers
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
    releasable = stand.releasable()
    return Problem(_losses(stand, releasable, weeks), _gains(stand, int(releasable.sum()), weeks), costs * stand.lot)


def _losses(stand: Stand, releasable: Ints, weeks: float) -> Tiers:
    """What is no longer earned when the first, second … lot leaves a place."""
    at = np.repeat(np.arange(len(releasable)), releasable)
    nth = np.arange(len(at)) - np.repeat(np.cumsum(releasable) - releasable, releasable)
    units = (stand.available + stand.incoming)[at, None] - nth[:, None] * stand.lot - np.arange(stand.lot)
    return Tiers(at, _expected(stand, at, units, weeks) * stand.margins[at])


def _gains(stand: Stand, total: int, weeks: float) -> Tiers:
    """What each lot more would earn at a place, as far as it has any chance, and never more lots than there are."""
    position, mean = stand.available + stand.incoming, stand.demand(weeks)
    reach = np.ceil(mean + _FAR * np.sqrt(mean * stand.dispersion) + 1) * (mean > 0) - position
    lots = np.where(stand.gets & (stand.margins > 0), np.ceil(np.maximum(0, reach) / stand.lot), 0)
    count = np.minimum(total, lots).astype(np.int64)
    at = np.repeat(np.arange(len(position)), count)
    nth = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    units = position[at, None] + 1 + nth[:, None] * stand.lot + np.arange(stand.lot)
    sold = _expected(stand, at, units, weeks)
    return Tiers(at, sold * stand.margins[at]).only(sold > _HOPELESS * stand.lot)


def _expected(stand: Stand, at: Ints, units: Ints, weeks: float) -> Floats:
    """By lot: how many of its units are expected to be sold."""
    mean, wide = stand.demand(weeks)[at, None], stand.dispersion[at, None]
    found: Floats = values.chance(units, mean, wide).sum(axis=1)
    return found
