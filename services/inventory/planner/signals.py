"""What headquarters should look at: goods that run hot, and broken size runs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from services.inventory.planner.forecasting import Floats
from services.inventory.planner.pooling import Item

_RECENT, _BEFORE = 4, 8
# lately this many times as much as before, and more than chance explains
_SURGE, _SIGMAS = 1.5, 2.0
# less cover than this, at a place that sells at least so many a week
_SHORT_WEEKS, _SELLS_WELL = 1.0, 1.0
# a size that sells less a week is not missed
_MISSED = 0.05


def surging(weeks: Floats, dispersion: float) -> bool:
    """Whether a good sells far more in the last four weeks than in the eight before; oldest first."""
    if len(weeks) < _RECENT + _BEFORE:
        return False
    lately, before = float(weeks[-_RECENT:].sum()), float(weeks[-_RECENT - _BEFORE : -_RECENT].mean()) * _RECENT
    return lately > _SURGE * before and lately - before > _SIGMAS * sqrt(max(before, 1.0) * dispersion)


def running_out(weekly: float, cover: float | None) -> bool:
    """Whether a place that sells it well has hardly any left."""
    return cover is not None and weekly >= _SELLS_WELL and cover < _SHORT_WEEKS


@dataclass(frozen=True, slots=True)
class Gap:
    """Sizes that a place lacks of what it else has."""

    product_id: str
    variety: str
    location_id: str
    missing: tuple[str, ...]
    present: tuple[str, ...]
    weekly_lost: float


def gaps(
    items: Iterable[Item], places: Sequence[str], there: Mapping[str, Floats], weekly: Mapping[str, Floats]
) -> Iterator[Gap]:
    """By product and what its sizes have in common; `there` and `weekly` by SKU and place."""
    runs: dict[tuple[str, str], list[str]] = {}
    for item in items:
        if item.size:
            runs.setdefault((item.product_id, item.variety), []).append(item.sku)
    for (product_id, variety), skus in runs.items():
        for place, location_id in enumerate(places):
            present = tuple(sku for sku in skus if there[sku][place] > 0)
            missing = tuple(sku for sku in skus if there[sku][place] <= 0 and weekly[sku][place] >= _MISSED)
            if present and missing:
                lost = float(sum(weekly[sku][place] for sku in missing))
                yield Gap(product_id, variety, location_id, missing, present, lost)
