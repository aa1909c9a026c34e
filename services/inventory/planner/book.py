"""All goods at all places, as one run knows them."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from services.inventory.planner import forecasting, rebalance, signals, stand
from services.inventory.planner.forecasting import Floats, Learnt
from services.inventory.planner.margins import Margins
from services.inventory.planner.pooling import Pool
from services.inventory.planner.stand import Stand
from services.inventory.planner.store import Article, Level, Place
from services.inventory.planner.values import Ints
from services.inventory.planner.weeks import History
from services.inventory.planning.domain import Good, Policy

_EMPTY = Level(0, 0, 0, False)
# a place that sells less a week, and has nothing, is not written down
_NOTHING = 0.001

_Key = tuple[str, str]


class Book:
    """Filled batch by batch, then learnt from as a whole."""

    def __init__(
        self,
        places: Sequence[Place],
        policy: Policy,
        margins: Margins,
        to_leave: Mapping[_Key, tuple[int, int]] = MappingProxyType({}),
    ) -> None:
        self.places = places
        self.ids = [one.location_id for one in places]
        self.columns = {one: number for number, one in enumerate(self.ids)}
        self.ways = rebalance.ways(policy, self.ids)
        self.articles: dict[str, Article] = {}
        self._policy = policy
        self._margins = margins
        # by SKU and place, of transfers that have not left: what they take of what is free, and what they bring
        self._to_leave = to_leave
        self._histories: dict[str, History] = {}
        self._available: dict[str, Ints] = {}
        self._incoming: dict[str, Ints] = {}
        self._carries: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]] = {}
        self._learnt: dict[str, Learnt] = {}
        self._weekly: dict[str, Floats] = {}
        self._shares: dict[str, Floats] = {}
        self._own = np.array([not one.franchise for one in places], dtype=bool)

    def add(
        self,
        batch: Sequence[Article],
        histories: Mapping[str, History],
        levels: Mapping[_Key, Level],
        shut: Mapping[_Key, bool],
    ) -> None:
        """Takes in some goods."""
        for one in batch:
            sku = one.item.sku
            self.articles[sku] = one
            self._histories[sku] = histories[sku]
            held = [levels.get((sku, place), _EMPTY) for place in self.ids]
            moved = [self._to_leave.get((sku, place), (0, 0)) for place in self.ids]
            free = [level.available - taken for level, (taken, _) in zip(held, moved, strict=True)]
            coming = [level.incoming + brought for level, (_, brought) in zip(held, moved, strict=True)]
            self._available[sku], self._incoming[sku] = np.array(free, dtype=np.int64), np.array(coming, dtype=np.int64)
            carried = [
                place.sellable and not shut.get((sku, place.location_id), place.listed_only) for place in self.places
            ]
            self._carries[sku] = np.array(carried, dtype=bool)

    def learn(self) -> None:
        """What each good sells in a week, and where."""
        items = [one.item for one in self.articles.values()]
        pool = Pool(items, self._histories, len(self.places))
        for item in items:
            history = self._histories[item.sku]
            learnt = forecasting.learn(history.weeks, pool.rate(item))
            shares = pool.shares(item, history, self._carries[item.sku].tolist())
            self._learnt[item.sku], self._shares[item.sku] = learnt, shares
            self._weekly[item.sku] = learnt.mean * shares

    def stand(self, sku: str) -> Stand:
        """One good at every place."""
        article, learnt = self.articles[sku], self._learnt[sku]
        good = Good(sku, article.item.product_id, article.item.categories)
        return Stand(
            sku=sku,
            available=self._available[sku],
            incoming=self._incoming[sku],
            weekly=self._weekly[sku],
            dispersion=stand.share_dispersion(learnt.dispersion, self._shares[sku]),
            margins=self._margins.of(article),
            displays=np.array(self._policy.displays(good, self.ids), dtype=np.int64),
            gives=self._own,
            gets=self._own & self._carries[sku],
            lot=self._policy.lot(good),
            pooled=learnt.model == "pooled",
        )

    def stands(self) -> Iterator[Stand]:
        """Every good, one after the other."""
        return (self.stand(sku) for sku in self.articles)

    def forecasts(self, run_id: str) -> Iterator[tuple[Any, ...]]:
        """A row for each good and place that sells or has it."""
        for sku in self.articles:
            learnt, weekly = self._learnt[sku], self._weekly[sku]
            available, incoming = self._available[sku], self._incoming[sku]
            recent = self._histories[sku].recent
            surging = signals.surging(self._histories[sku].weeks, learnt.dispersion)
            told = np.flatnonzero((weekly >= _NOTHING) | (available != 0) | (incoming != 0))
            for n in told:
                mean, there = float(weekly[n]), int(available[n] + incoming[n])
                cover = max(0, there) / mean if mean > 0 else None
                hot = (surging and recent[n] > 0) or signals.running_out(mean, cover)
                yield (
                    run_id, sku, self.ids[n], mean, float(recent[n]), int(available[n]), int(incoming[n]), cover,
                    learnt.demand_class, learnt.model, bool(hot),
                )  # fmt: skip

    def gaps(self) -> Iterator[signals.Gap]:
        """Broken size runs."""
        items = [one.item for one in self.articles.values()]
        there = {sku: (self._available[sku] + self._incoming[sku]).astype(float) for sku in self.articles}
        return signals.gaps(items, self.ids, there, self._weekly)
