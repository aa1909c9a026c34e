"""A chain that sells some goods everywhere and many goods somewhere, with a year of weeks, drawn with a fixed seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

WEEKS = 52
SIZES = ("S", "M", "L", "XL", "2XL")
_BATCH = 200
# a store is filled up so often
_BLOCK = 4
_WEEK = 7 * 24 * 60

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Moved:
    """Entries of the journal of one kind: numbers of goods and places, units, and how many minutes ago."""

    kind: str
    skus: Ints
    places: Ints
    units: Ints
    ago: Ints


@dataclass(frozen=True, slots=True)
class Batch:
    """Some goods' year, and what is there after it: numbers of goods and places, units."""

    moved: tuple[Moved, ...]
    skus: Ints
    places: Ints
    on_hand: Ints


def batches(goods: int, places: int, seed: int = 7) -> Iterator[Batch]:
    """Place 0 is the warehouse; a store carries about half of the goods, sells most seldom, and has what it has."""
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(0, 0.6, places))
    for first in range(0, goods, _BATCH):
        yield _batch(first, min(_BATCH, goods - first), size, rng)


def _batch(first: int, count: int, size: NDArray[np.float64], rng: np.random.Generator) -> Batch:
    places = len(size)
    rate = np.exp(rng.normal(-2.2, 1.0, count))[:, None] * size
    carried = rng.random((count, places)) < 0.5
    sold = rng.poisson((rate * carried)[:, :, None], (count, places, WEEKS))
    stock = rng.poisson(np.where(carried, 1.0 + rate * rng.choice([0.5, 4, 12], (count, places)), 0.0))
    stock[:, 0] = rng.poisson(20, count)
    standing = np.nonzero(carried | (stock > 0))
    units = stock[standing].astype(np.int64)
    # the books were opened before the year that is looked at
    opened = Moved("OPENING", standing[0] + first, standing[1], units, np.full(len(units), (WEEKS + 1) * _WEEK))
    return Batch((opened, _received(first, sold), _sales(first, sold, rng)), standing[0] + first, standing[1], units)


def _received(first: int, sold: NDArray[Any]) -> Moved:
    """What is sold in four weeks came in an hour after they began."""
    came = sold.reshape(*sold.shape[:2], WEEKS // _BLOCK, _BLOCK).sum(axis=3)
    skus, places, blocks = np.nonzero(came)
    return Moved("RECEIPT", skus + first, places, came[skus, places, blocks], (blocks + 1) * _BLOCK * _WEEK - 60)


def _sales(first: int, sold: NDArray[Any], rng: np.random.Generator) -> Moved:
    """One by one, as tills tell them, within their weeks; week 0 is the latest."""
    skus, places, weeks = np.nonzero(sold)
    times = sold[skus, places, weeks]
    skus, places, weeks = (np.repeat(one, times) for one in (skus, places, weeks))
    # not in the week's first hours: what is sold in them has come before
    within = rng.integers(10, _WEEK - 120, len(weeks))
    return Moved("SALE", skus + first, places, np.full(len(weeks), -1), weeks * _WEEK + within)
