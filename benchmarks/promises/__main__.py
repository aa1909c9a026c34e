"""Measures whether one more can be promised, where nearly all is promised already: `python -m benchmarks.promises`."""

import argparse
import os
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from random import Random

from benchmarks import report
from services.inventory.promises.domain import Board
from services.inventory.promises.domain_flow import Choice

TARGET_MS = 5.0


def main() -> int:
    """Measures three sizes; exits with 1 where the first misses its target."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.promises", description=__doc__)
    parser.add_argument("--checks", type=int, default=300, help="checks a run")
    parser.add_argument("--runs", type=int, default=3, help="runs of each case; the median run is shown")
    asked = parser.parse_args()
    rows, kept = [], True
    for locations, promises in ((300, 1_000), (3_000, 1_000), (300, 10_000)):
        runs = [_run(locations, promises, asked.checks) for _ in range(asked.runs)]
        cells = []
        for what in ("read", "check"):
            p99s = sorted(_p99(run[what]) for run in runs)
            middle = statistics.median(value for run in runs for value in run[what])
            cells += [f"{middle:.2f}", f"{p99s[len(p99s) // 2]:.2f}"]
        if (locations, promises) == (300, 1_000):
            kept = float(cells[3]) < TARGET_MS
        rows.append((f"{locations:,}", f"{promises:,}", *cells))
    head = ("locations", "open promises", "read p50 ms", "read p99 ms", "check p50 ms", "check p99 ms")
    verdict = (
        f"Target: a check < {TARGET_MS:g} ms (p99) at 300 locations, 1,000 promises: {'kept' if kept else 'MISSED'}."
    )
    lines = [
        verdict,
        "",
        "One SKU, eight overlapping pools, hardly a unit left; `read` builds the board out of rows, `check` accepts or",
        f"refuses one more promise, moving others where need be. CPU time of a core, the median of {asked.runs} runs.",
        "",
        *report.table(head, rows),
    ]
    report.write("promises", "Promises of one SKU", lines, os.getloadavg()[0])
    return 0 if kept else 1


def _run(locations: int, promises: int, checks: int) -> dict[str, list[float]]:
    random = Random(7)
    names = [f"L{number:04}" for number in range(locations)]
    pools = [tuple(random.sample(names, max(2, locations // size))) for size in (1, 2, 2, 3, 5, 10, 30, 100)]
    stock = Counter(dict.fromkeys(names, 0))
    stock.update(random.choices(names, k=promises * 3 // 2))
    board = Board.of(stock, [])
    for number in range(promises):
        board.place((f"o{number}", 1), random.randint(1, 2), random.choice(pools), (float(number), ""))
    read, check = [], []
    for number, choice in enumerate(_asked(pools, checks, random)):
        parts = board.parts()
        begun = time.thread_time()
        again = Board.of(board.net.available, parts)
        between = time.thread_time()
        again.place((f"new{number}", 1), 1 + number % 3, choice)
        read.append((between - begun) * 1e3)
        check.append((time.thread_time() - between) * 1e3)
    return {"read": read, "check": check}


def _asked(pools: list[Choice], checks: int, random: Random) -> Iterator[Choice]:
    for _ in range(checks):
        yield random.choice(pools)


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


if __name__ == "__main__":
    raise SystemExit(main())
