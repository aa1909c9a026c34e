"""Small goods at few places, drawn at random, and every way to move them."""

import itertools
from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st

from services.inventory.planner import values
from services.inventory.planner.rebalance import Ways, ways
from services.inventory.planner.stand import Stand
from services.inventory.planning.domain import Policy, PolicyLane

PLACES = ("A", "B", "C")
WEEKS = 2

_units = st.lists(st.integers(-2, 6), min_size=3, max_size=3)
_few = st.lists(st.integers(0, 3), min_size=3, max_size=3)
_flags = st.lists(st.booleans(), min_size=3, max_size=3)


@st.composite
def stands(draw: st.DrawFn, lots: tuple[int, ...] = (1, 2, 3)) -> Stand:
    """A good at three places."""
    return Stand(
        sku="X",
        available=np.array(draw(_units), dtype=np.int64),
        incoming=np.array(draw(_few), dtype=np.int64),
        weekly=np.array(draw(st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.5]), min_size=3, max_size=3))),
        dispersion=np.array(draw(st.lists(st.sampled_from([1.0, 1.5, 3.0]), min_size=3, max_size=3))),
        margins=np.array(draw(st.lists(st.sampled_from([0.0, 50.0, 300.0]), min_size=3, max_size=3))),
        displays=np.array(draw(_few), dtype=np.int64),
        gives=np.array(draw(_flags), dtype=bool),
        gets=np.array(draw(_flags), dtype=bool),
        lot=draw(st.sampled_from(lots)),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Costs by way, some of them closed."""
    lanes = tuple(
        PolicyLane(a, b, draw(st.sampled_from([0, 5, 40, 200])), 0, draw(st.sampled_from([False, False, True])))
        for a, b in itertools.permutations(PLACES, 2)
        if draw(st.booleans())
    )
    return Policy(horizon_weeks=WEEKS, move_cost=draw(st.sampled_from([0, 10, 90])), lanes=lanes)


def worth(good: Stand, place: int, units: int) -> float:
    """What a place is expected to earn with so many units."""
    if units <= 0:
        return units * float(good.margins[place])  # each unit that is owed already is one that is sold
    chances = values.chance(
        np.arange(1, units + 1), np.asarray(good.weekly[place] * WEEKS), np.asarray(good.dispersion[place])
    )
    return float(chances.sum() * good.margins[place])


def objective(good: Stand, given: Ways, moved: dict[tuple[int, int], int]) -> float:
    """What moves of units change: what every place earns after, less before, less what moving costs."""
    total = 0.0
    for place in range(len(PLACES)):
        before = int(good.available[place] + good.incoming[place])
        out = sum(units for (s, _), units in moved.items() if s == place)
        into = sum(units for (_, d), units in moved.items() if d == place)
        total += worth(good, place, before - out + into) - worth(good, place, before)
    return total - sum(float(given.costs[way]) * units for way, units in moved.items() if units)


def every_way(good: Stand, given: Ways) -> Iterator[dict[tuple[int, int], int]]:
    """Every set of moves that is allowed: whole lots, from what is free, and nobody both gives and gets."""
    lots = good.releasable()
    pairs = [
        (s, d)
        for s, d in itertools.permutations(range(len(PLACES)), 2)
        if lots[s] and good.gets[d] and np.isfinite(given.costs[s, d])
    ]
    for counts in itertools.product(*(range(int(lots[s]) + 1) for s, _ in pairs)):
        moved = {way: n * good.lot for way, n in zip(pairs, counts, strict=True) if n}
        gives, gets = {s for s, _ in moved}, {d for _, d in moved}
        enough = all(sum(n for (s, _), n in moved.items() if s == p) <= lots[p] * good.lot for p in gives)
        if enough and not gives & gets:
            yield moved


def table(policy: Policy) -> Ways:
    return ways(policy, PLACES)
