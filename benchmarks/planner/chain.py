"""A chain that sells some goods everywhere and many goods somewhere, with a year of weeks, drawn with a fixed seed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.inventory.planner.pooling import Item
from services.inventory.planner.store import Article, Level, Place
from services.inventory.planner.weeks import Row

BATCH = 200
_SIZES = ("S", "M", "L", "XL", "2XL")


@dataclass(frozen=True, slots=True)
class Batch:
    """What one read of the database gives."""

    articles: list[Article]
    rows: list[Row]
    levels: dict[tuple[str, str], Level]


def places(count: int) -> list[Place]:
    """One warehouse, the rest stores."""
    return [Place(f"L{n:05}", "WAREHOUSE" if n == 0 else "STORE", False, True, False) for n in range(count)]


def batches(goods: int, where: list[Place], weeks: int, seed: int = 7) -> Iterator[Batch]:
    """Goods in batches; a store carries about half of them, sells most seldom, and has what it has."""
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(0, 0.6, len(where)))
    for first in range(0, goods, BATCH):
        numbers = range(first, min(goods, first + BATCH))
        articles = [_article(number) for number in numbers]
        rows: list[Row] = []
        levels: dict[tuple[str, str], Level] = {}
        for one in articles:
            _fill(one.item.sku, where, size, weeks, rng, rows, levels)
        yield Batch(articles, rows, levels)


def _fill(sku: str, where: list[Place], size: np.ndarray, weeks: int, rng: np.random.Generator,
          rows: list[Row], levels: dict[tuple[str, str], Level]) -> None:  # fmt: skip
    rate = float(np.exp(rng.normal(-2.2, 1.0)))
    carried = rng.random(len(where)) < 0.5
    sold = rng.poisson(rate * size[:, None] * carried[:, None], (len(where), weeks))
    for place, week in zip(*np.nonzero(sold), strict=True):
        units = int(sold[place, week])
        # what was sold came in in the same week, so that the shelf was never empty
        rows.append((sku, where[place].location_id, int(week), units, 0))
    stock = rng.poisson(np.where(carried, 1.0 + rate * size * rng.choice([0.5, 4, 12], len(where)), 0.0))
    stock[0] = rng.poisson(20)
    for place in np.flatnonzero(stock):
        units = int(stock[place])
        levels[sku, where[place].location_id] = Level(units, units, 0, True)


def _article(number: int) -> Article:
    product, size = divmod(number, len(_SIZES))
    kind = product % 40
    item = Item(f"S{number:06}", f"P{product:05}", ("Clothes", f"K{kind:02}"), _SIZES[size], "camel")
    return Article(item, 1, 400 + 10 * kind, "standard", {"retail": 1000 + 25 * kind})
