"""Takes turns between cases and numbers of callers, so that what else the machine does weighs on all of them."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from benchmarks import processes
from benchmarks.hot_sku.fleet import Bench
from benchmarks.hot_sku.shoppers import Call, Figure, Shoppers

Case = tuple[Shoppers, Call]
T = TypeVar("T")


@dataclass(slots=True)
class Turns:
    """What each case gave in each turn; within a turn all cases ran within seconds of each other."""

    figures: dict[str, list[Figure]] = field(default_factory=dict)
    cpu: dict[str, list[dict[str, float]]] = field(default_factory=dict)

    def median(self, case: str, figure: str) -> float:
        return float(statistics.median(getattr(one, figure) for one in self.figures[case]))

    def ratio(self, case: str, other: str) -> float:
        """Turn by turn, so that what else the machine did weighs on both sides."""
        pairs = zip(self.figures[case], self.figures[other], strict=True)
        return statistics.median(one.rate / beside.rate for one, beside in pairs)

    def spent(self, case: str, process: str) -> float:
        return statistics.median(one[process] for one in self.cpu[case])


@dataclass(frozen=True, slots=True)
class Peak:
    """The most calls a second that a case gave, and with how many callers."""

    rate: float
    callers: int


def peak(taken: Mapping[int, Turns], case: str) -> Peak:
    """The highest of the case's medians."""
    return max((Peak(one.median(case, "rate"), callers) for callers, one in taken.items()), key=lambda one: one.rate)


async def take(
    cases: Mapping[str, Case], callers: Sequence[int], count: int, runs: int, bench: Bench
) -> dict[int, Turns]:
    """A turn that nobody counts, then `runs` turns; each begins with another number of callers and another case."""
    taken = {one: Turns() for one in callers}
    for turn in range(runs + 1):
        for one in _rotated(callers, turn):
            # few callers wait for each commit, so fewer calls tell as much
            calls = count if one > 1 else count // 4
            await _turn(cases, one, calls, turn, taken[one], bench)
    return taken


async def _turn(cases: Mapping[str, Case], callers: int, count: int, turn: int, into: Turns, bench: Bench) -> None:
    for name in _rotated(list(cases), turn):
        shoppers, call = cases[name]
        before = processes.cpu_of(bench.pids)
        figure = await shoppers.run(call, callers, count if turn else max(callers, count // 4))
        if turn:
            into.figures.setdefault(name, []).append(figure)
            used = processes.spent(before, processes.cpu_of(bench.pids), count)
            into.cpu.setdefault(name, []).append(used)


def _rotated(every: Sequence[T], by: int) -> list[T]:
    first = by % len(every)
    return [*every[first:], *every[:first]]
