"""A product list with availability, at a steady pace through the gateway: `python -m benchmarks.availability`."""

import argparse
import asyncio
import itertools
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlencode

from benchmarks import brand, fleet, machine, processes, report
from benchmarks.fleet import Bench
from benchmarks.load import Outcome, Step, run
from cli.demo.web import Web

_STORES = 20
_SKUS = 50
# ten times the levels on one page, and the most that one call takes of either
_MANY_STORES, _MANY_SKUS = 100, 100
_PACE = 100.0
# connections enough that none waits for another: at a pace, time runs from when a call was due
_CLIENTS = 64
# performance.md, T2
_P99_MS = 15.0
_WARM = 2.0
# more than are answered in a second
_MOST = 800


@dataclass(frozen=True, slots=True)
class Case:
    """So many goods in so many stores a page; at a pace, or one client that waits for each."""

    what: str
    goods: int
    stores: int
    pace: float = 0.0


_WAITS = "one client that waits"
_CASES = {
    "paced": Case(f"50 SKUs × 20 stores, {_PACE:.0f} calls/s whether or not they are answered", _SKUS, _STORES, _PACE),
    "alone": Case(f"50 SKUs × 20 stores, {_WAITS}", _SKUS, _STORES),
    "small": Case(f"5 SKUs × 20 stores, {_WAITS}", _SKUS // 10, _STORES),
    "few": Case(f"50 SKUs × 2 stores, {_WAITS}", _SKUS, _STORES // 10),
    "one": Case(f"1 SKU × 20 stores, {_WAITS}", 1, _STORES),
    "grown": Case(f"50 SKUs × 20 of 100 stores with open books, {_WAITS}", _SKUS, _STORES),
    "large": Case(f"100 SKUs × 100 stores of as many, {_WAITS}", _MANY_SKUS, _MANY_STORES),
}
# these are measured when all the stores have open books
_GROWN = list(_CASES).index("grown")


@dataclass(slots=True)
class Figures:
    """What runs of one kind gave."""

    outcomes: list[Outcome] = field(default_factory=list)
    cpu: list[dict[str, float]] = field(default_factory=list)

    def median(self, figure: str) -> float:
        return float(statistics.median(getattr(one, figure) for one in self.outcomes))

    def spent(self) -> str:
        """Processor time a call by process; idle ones are left out."""
        names = self.cpu[0]
        medians = {name: statistics.median(one[name] for one in self.cpu) for name in names}
        return ", ".join(f"{name} {ms:.2f}" for name, ms in medians.items() if ms >= 0.05)


async def measure(runs: int, seconds: float) -> tuple[list[str], bool]:
    """The section's lines, and whether the target was met."""
    cases = {name: Figures() for name in _CASES}
    async with fleet.suite() as bench, bench.stage() as stage, Web(bench.found.gateway_url) as web:
        hq = await brand.load(stage, web, places=_MANY_STORES)
        for stores, first, last in ((range(_STORES), 0, _GROWN), (range(_STORES, _MANY_STORES), _GROWN, None)):
            await _open(hq, stores)
            await stage.settle()
            await run(bench.gateway, pages(Random(0), 1_000, _SKUS), _CLIENTS, _WARM, _PACE)
            for turn, (name, case) in itertools.product(range(runs), list(_CASES.items())[first:last]):
                asked = pages(Random(f"{turn}/{name}"), int(_MOST * seconds), case.goods, case.stores)
                await _turn(bench, cases[name], asked, seconds, case.pace)
    met = cases["paced"].median("p99") < _P99_MS and not sum(one.refused for one in cases["paced"].outcomes)
    how = f"Medians of {runs} runs of {seconds:g} s each, taken in turns after {_WARM:g} s nobody counts."
    lines = [*_told(cases, met), "", *_preface(), how, ""]
    rows = [_row(_CASES[name].what, figures) for name, figures in cases.items()]
    lines += report.table(("case", "calls/s", "p50 ms", "p99 ms", "refused", "CPU ms a call, by process"), rows)
    return lines, met


def _told(cases: Mapping[str, Figures], met: bool) -> list[str]:
    def times(one: str, other: str) -> str:
        return f"{cases[one].median('p50') / cases[other].median('p50'):.1f}"

    p99, word = cases["paced"].median("p99"), "met" if met else "MISSED"
    goods, stores = times("alone", "small"), times("alone", "few")
    return [
        f"T2: p99 {p99:.1f} ms at {_PACE:.0f} pages a second (target < {_P99_MS:.0f} ms): {word}.",
        f"A page of ten times the goods takes {goods} times as long, of ten times the stores {stores} times;",
        f"the largest page that one call takes, ten times the levels, {times('large', 'alone')} times.",
        f"Five times the books alone make a page {times('grown', 'alone')} times as long.",
    ]


async def _open(hq: Web, stores: Sequence[int]) -> None:
    """Every good's books in these stores."""
    for number in stores:
        for start in range(0, len(brand.SKUS), 200):
            levels = dict.fromkeys(brand.SKUS[start : start + 200], 100 + number)
            await brand.open_stock(hq, levels, f"ST{number:02}")


def _row(name: str, figures: Figures) -> list[str]:
    rate, refused = figures.median("rate"), sum(one.refused for one in figures.outcomes)
    p50, p99 = figures.median("p50"), figures.median("p99")
    return [name, f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}", f"{refused}", figures.spent()]


def pages(random: Random, count: int, skus: int, places: int = _STORES) -> list[list[Step]]:
    """What a shop asks for one page of a product list: other goods each time, so many stores."""
    stores = [("location", f"ST{number:02}") for number in range(places)]
    found = []
    for _ in range(count):
        query = urlencode([*(("sku", sku) for sku in random.sample(brand.SKUS, skus)), *stores])
        found.append([Step("GET", f"/v1/availability?{query}")])
    return found


async def _turn(bench: Bench, figures: Figures, asked: list[list[Step]], seconds: float, pace: float) -> None:
    before = processes.cpu_of(bench.pids)
    outcome = (await run(bench.gateway, asked, _CLIENTS if pace else 1, seconds, pace)).only(200, 503, 504)
    used = processes.spent(before, processes.cpu_of(bench.pids), outcome.done)
    figures.outcomes.append(outcome)
    figures.cpu.append(used)


def _preface() -> list[str]:
    return [
        f"GET /v1/availability; {len(brand.SKUS):,} goods, {_MANY_STORES} stores; {_STORES} of them have open books,",
        "in the last two cases all. Pages come from inventory's copy, at most a second old; one good alone is read",
        "from the books. At a pace, a call's time runs from when it was due: no queue is hidden.",
    ]


def main() -> int:
    """Measures and writes; exits with 1 where the target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.availability", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each; the median is shown")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long one run takes")
    parser.add_argument("--print", action="store_true", dest="only", help="print, and leave docs/performance.md alone")
    asked, busy = parser.parse_args(), machine.load()
    lines, met = asyncio.run(measure(asked.runs, asked.seconds))
    if asked.only:
        print("\n".join(lines))
    else:
        report.write("availability", "Availability", lines, busy)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
