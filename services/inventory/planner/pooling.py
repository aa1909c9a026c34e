"""What goods teach about goods like them: rates and shares of places, shrunk towards the kind that they are of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.inventory.planner.forecasting import SHORT, Floats
from services.inventory.planner.weeks import History

# goods that a kind must have before it speaks for one of them
_ENOUGH = 4
# units of its kind that a good's own units are mixed with when it is shared out over places
_PRIOR_UNITS = 10.0


@dataclass(frozen=True, slots=True)
class Item:
    """A good with what makes it like others: its categories from wide to narrow, its product, its size."""

    sku: str
    product_id: str
    categories: tuple[str, ...]
    size: str = ""
    variety: str = ""

    def kinds(self) -> list[tuple[str, ...]]:
        """From narrow to wide; the last one is everything."""
        return [self.categories[:length] for length in range(len(self.categories), -1, -1)]


class Pool:
    """What is known of each kind of good."""

    def __init__(self, items: Iterable[Item], histories: Mapping[str, History], places: int) -> None:
        self._rates: dict[tuple[str, ...], list[float]] = {}
        self._sizes: dict[tuple[tuple[str, ...], str], list[float]] = {}
        self._sold: dict[tuple[str, ...], Floats] = {}
        self._shelf: dict[tuple[str, ...], Floats] = {}
        self._products: dict[str, list[tuple[float, float]]] = {}
        self._places = places
        known = [(item, histories[item.sku]) for item in items if item.sku in histories]
        for item, history in known:
            self._learn(item, history)
        for item, history in known:
            if len(history.weeks) >= SHORT:
                pair = float(history.weeks.mean()), self.curve(item)
                self._products.setdefault(item.product_id, []).append(pair)

    def _learn(self, item: Item, history: History) -> None:
        for kind in item.kinds():
            self._sold.setdefault(kind, np.zeros(self._places))
            self._shelf.setdefault(kind, np.zeros(self._places))
            self._sold[kind] += history.sold
            self._shelf[kind] += history.shelf_weeks
            if len(history.weeks) >= SHORT:
                rate = float(history.weeks.mean())
                self._rates.setdefault(kind, []).append(rate)
                self._sizes.setdefault((kind, item.size), []).append(rate)

    def curve(self, item: Item) -> float:
        """How its size sells beside the average size of its kind: the size curve."""
        for kind in item.kinds():
            rates, of_size = self._rates.get(kind, []), self._sizes.get((kind, item.size), [])
            if len(rates) >= _ENOUGH and len(of_size) >= 2 and item.size:
                whole = float(np.mean(rates))
                return float(np.mean(of_size)) / whole if whole > 0 else 1.0
        return 1.0

    def rate(self, item: Item) -> float:
        """What goods like it sell in a week: its own product's other sizes, else its kind's, by the size curve."""
        siblings = self._products.get(item.product_id, [])
        weight = sum(curve for _, curve in siblings)
        if weight > 0:
            return sum(rate for rate, _ in siblings) / weight * self.curve(item)
        for kind in item.kinds():
            rates = self._rates.get(kind, [])
            if len(rates) >= _ENOUGH or (rates and not kind):
                return float(np.mean(rates)) * self.curve(item)
        return 0.0

    def shares(self, item: Item, history: History, carries: Sequence[bool]) -> Floats:
        """How its demand divides over places, adding up to one.

        Top-down by historical proportions (Gross and Sohl, "Disaggregation
        methods to expedite product line forecasting", 1990), of weeks with
        goods on the shelf, shrunk towards the places' shares of its kind.
        """
        open_to = np.asarray(carries, dtype=bool)
        own = _rates(history.sold, history.shelf_weeks) * open_to
        mass = float(history.sold[open_to].sum())
        prior = self._prior(item) * open_to
        if prior.sum() <= 0:
            prior = open_to.astype(float)
        if prior.sum() <= 0:
            return np.zeros(self._places)
        prior = np.asarray(prior / prior.sum(), dtype=float)
        if own.sum() <= 0:
            return prior
        found: Floats = (own / own.sum() * mass + prior * _PRIOR_UNITS) / (mass + _PRIOR_UNITS)
        return found

    def _prior(self, item: Item) -> Floats:
        for kind in item.kinds():
            sold = self._sold.get(kind)
            if sold is not None and (sold.sum() >= _ENOUGH * _PRIOR_UNITS or not kind):
                return _rates(sold, self._shelf[kind])
        return np.zeros(self._places)


def _rates(sold: Floats, shelf_weeks: Floats) -> Floats:
    found: Floats = np.divide(sold, shelf_weeks, out=np.zeros_like(sold), where=shelf_weeks > 0)
    return found
