"""A product list with availability, at a steady pace through the gateway: `python -m benchmarks.availability`."""

import argparse
import asyncio
import statistics
import sys
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlencode

from benchmarks import brand, fleet, machine, processes, report
from benchmarks.fleet import Bench
from benchmarks.load import Outcome, Step, run
from cli.demo.web import Web

_STORES = 20
_SKUS = 50
_PACE = 100.0
# connections enough that none waits for another: at a pace, time runs from when a call was due
_CLIENTS = 64
# performance.md, T2
_P99_MS = 15.0
_WARM = 2.0


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
    paced, alone, one, small, few = (Figures() for _ in range(5))
    async with fleet.suite() as bench, bench.stage() as stage, Web(bench.found.gateway_url) as web:
        hq = await brand.load(stage, web, places=_STORES)
        for number in range(_STORES):
            for start in range(0, len(brand.SKUS), 200):
                levels = dict.fromkeys(brand.SKUS[start : start + 200], 100 + number)
                await brand.open_stock(hq, levels, f"ST{number:02}")
        await stage.settle()
        await run(bench.gateway, pages(Random(0), 1_000, _SKUS), _CLIENTS, _WARM, _PACE)
        for turn in range(runs):
            await _turn(bench, paced, pages(Random(f"{turn}/paced"), int(_PACE * seconds), _SKUS), seconds, _PACE)
            await _turn(bench, alone, pages(Random(f"{turn}/alone"), 2_000, _SKUS), seconds, 0.0)
            await _turn(bench, one, pages(Random(f"{turn}/one"), 4_000, 1), seconds, 0.0)
            await _turn(bench, small, pages(Random(f"{turn}/small"), 4_000, _SKUS // 10), seconds, 0.0)
            await _turn(bench, few, pages(Random(f"{turn}/few"), 4_000, _SKUS, _STORES // 10), seconds, 0.0)
    p99 = paced.median("p99")
    cases = {
        f"{_SKUS} SKUs × {_STORES} stores, {_PACE:.0f} calls/s whether or not they are answered": paced,
        f"{_SKUS} SKUs × {_STORES} stores, one client that waits": alone,
        f"{_SKUS // 10} SKUs × {_STORES} stores, one client that waits": small,
        f"{_SKUS} SKUs × {_STORES // 10} stores, one client that waits": few,
        f"1 SKU × {_STORES} stores, one client that waits": one,
    }
    rows = [_row(name, figures) for name, figures in cases.items()]
    told = f"T2: p99 {p99:.1f} ms at {_PACE:.0f} pages a second (target < {_P99_MS:.0f} ms)."
    goods, stores = (alone.median("p50") / tenth.median("p50") for tenth in (small, few))
    grows = f"Ten times the goods on a page take {goods:.1f} times as long, ten times the stores {stores:.1f} times."
    how = f"Medians of {runs} runs of {seconds:g} s each, taken in turns after {_WARM:g} s nobody counts."
    lines = [told, grows, "", *_preface(), how, ""]
    lines += report.table(("case", "calls/s", "p50 ms", "p99 ms", "refused", "CPU ms a call, by process"), rows)
    return lines, p99 < _P99_MS and not sum(one.refused for one in paced.outcomes)


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
        f"{len(brand.SKUS):,} goods in {_STORES} stores, all with open books; GET /v1/availability. Pages come from",
        "inventory's copy, at most a second old; one good alone is read from the books. At a pace, a call's time runs",
        "from when it was due: no queue is hidden.",
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
