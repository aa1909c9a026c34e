"""The weeks of some goods at all places: what was sold, and when there was nothing to sell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from services.inventory.planner.forecasting import Flags, Floats

# a week in which a good was to be had for less than this part of its buyers says nothing about demand
_BLIND = 0.25
_RECENT = 4

# SKU, location, whole weeks before the end (-1: after it), sold less returned, change of what is on hand
Row = tuple[str, str, int, int, int]


@dataclass(frozen=True, slots=True)
class History:
    """Of one good: its seen weeks corrected for empty shelves, oldest first, and by place what it sold."""

    weeks: Floats
    # by place: sold, and weeks in which it could be sold
    sold: Floats
    shelf_weeks: Floats
    recent: Floats


def histories(
    skus: list[str],
    places: Mapping[str, int],
    rows: Iterable[Row],
    on_hand: Mapping[tuple[str, str], int],
    opened: set[tuple[str, str]],
    length: int,
) -> dict[str, History]:
    """Each good's history at the places, given their columns; the journal goes back from what is on hand."""
    numbers = {sku: number for number, sku in enumerate(skus)}
    shape = (len(skus), len(places), length + 1)
    sold, flow = np.zeros(shape), np.zeros(shape)
    for sku, place, week, units, change in rows:
        if place in places and week < length:
            # column 0 is what happened after the end, 1 the latest week
            cell = numbers[sku], places[place], week + 1
            sold[cell] += units
            flow[cell] += change
    shelf = _shelf(skus, places, sold, flow, on_hand, opened)
    return {sku: _history(sold[number, :, 1:], shelf[number]) for sku, number in numbers.items()}


def _shelf(
    skus: list[str],
    places: Mapping[str, int],
    sold: Floats,
    flow: Floats,
    on_hand: Mapping[tuple[str, str], int],
    opened: set[tuple[str, str]],
) -> Flags:
    """Whether something could be sold there in that week: it was there when the week began or ended, or sold."""
    now = np.array([[on_hand.get((sku, place), 0) for place in places] for sku in skus], dtype=float)
    kept = np.array([[(sku, place) in opened for place in places] for sku in skus], dtype=bool)
    after = np.cumsum(flow, axis=2)
    ends, begins = now[:, :, None] - after[:, :, :-1], now[:, :, None] - after[:, :, 1:]
    there = (ends > 0) | (begins > 0) | (sold[:, :, 1:] > 0)
    # books that were never opened say nothing about empty shelves; only what was sold shows that it was there
    ever = np.asarray((sold[:, :, 1:] > 0).any(axis=2))[:, :, None]
    trusted = (kept & np.asarray(((begins > 0) | (ends > 0)).any(axis=2)))[:, :, None]
    found: Flags = (trusted & there) | (~trusted & ever)
    return found


def _history(sold: Floats, shelf: Flags) -> History:
    """`sold` and `shelf` by place and week, the latest week first."""
    by_place, shelf_weeks = np.maximum(0.0, (sold * shelf).sum(axis=1)), shelf.sum(axis=1).astype(float)
    # what each place sells of it when it has it; places that never sold it weigh little, not nothing
    rates = (by_place + 0.5) / (shelf_weeks + 1.0) * (shelf_weeks > 0)
    total = rates.sum()
    recent = np.maximum(0.0, sold[:, :_RECENT].mean(axis=1))
    if total == 0:
        return History(np.zeros(0), by_place, shelf_weeks, recent)
    reach = (rates[:, None] * shelf).sum(axis=0) / total
    weekly = np.maximum(0.0, sold.sum(axis=0))
    first = int(np.flatnonzero(shelf.any(axis=0))[-1]) + 1
    seen = reach[:first] >= _BLIND
    corrected = weekly[:first][seen] / reach[:first][seen]
    return History(corrected[::-1].copy(), by_place, shelf_weeks, recent)
