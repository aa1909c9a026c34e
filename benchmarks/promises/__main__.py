"""Measures whether one more can be promised, where nearly all is promised already: `python -m benchmarks.promises`."""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import uvloop

from benchmarks import machine, report
from benchmarks.promises import decided, drawn
from benchmarks.promises.decided import Decided
from benchmarks.promises.drawn import Case
from services.inventory.promises.domain import Board

TARGET_MS = 5.0
_TARGET = (300, 1_000)
_SIZES = (_TARGET, (3_000, 1_000), (300, 10_000))


@dataclass(slots=True)
class Checks:
    """Milliseconds of processor time: to build the board out of rows, and to check; and what the checks came to."""

    read: list[float]
    check: list[float]
    granted: int = 0
    moved: int = 0


def main() -> int:
    """Measures three sizes; exits with 1 where the first misses its target."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.promises", description=__doc__)
    parser.add_argument("--checks", type=int, default=300, help="checks a run, and decisions through the database")
    parser.add_argument("--runs", type=int, default=3, help="runs of each case; the median run is shown")
    parser.add_argument("--print", action="store_true", dest="only", help="print, and leave docs/performance.md alone")
    asked, busy = parser.parse_args(), machine.load()
    rows, verdict, kept = [], [], True
    for locations, promises in _SIZES:
        case = drawn.case(locations, promises)
        checks = [_checked(case, asked.checks) for _ in range(asked.runs)]
        through = [uvloop.run(decided.measure(case, asked.checks)) for _ in range(asked.runs)]
        rows.append(_row(case, checks, through))
        if (locations, promises) == _TARGET:
            pure, whole = (_p99([one.check for one in checks]), _p99([one.times for one in through]))
            kept, size = pure < TARGET_MS, "300 locations, 1,000 promises"
            verdict = [
                f"Target: a check < {TARGET_MS:g} ms (p99) at {size}: {pure:.2f} ms, {'met' if kept else 'MISSED'}.",
                f"The whole decision, with its transaction in Postgres: {whole:.1f} ms (p99).",
            ]
    lines = [*verdict, "", *_preface(asked.runs, asked.checks), "", *report.table(_HEAD, rows)]
    if asked.only:
        print("\n".join(lines))
    else:
        report.write("promises", "Promises of one SKU", lines, busy)
    return 0 if kept else 1


_HEAD = ("locations", "promises that stand", "units left", "read p50 ms", "read p99 ms", "check p50 ms", "check p99 ms",
         "granted / by moving others", "decision p50 ms", "decision p99 ms", "granted / refused")  # fmt: skip


def _checked(case: Case, checks: int) -> Checks:
    random, found = Random(5), Checks([], [])
    parts, available = case.board.parts(), case.board.net.available
    for number in range(checks):
        choice = random.choice(case.pools)
        begun = time.thread_time()
        again = Board.of(available, parts)
        between = time.thread_time()
        granted = again.place((f"new{number}", 1), 1 + number % 3, choice)
        found.check.append((time.thread_time() - between) * 1e3)
        found.read.append((between - begun) * 1e3)
        found.granted += bool(granted)
        found.moved += bool(granted and again.moves)
    return found


def _row(case: Case, checks: Sequence[Checks], through: Sequence[Decided]) -> list[str]:
    one, other = checks[0], through[0]
    return [
        f"{len(case.stock):,}",
        f"{case.promises:,}",
        f"{case.left:,}",
        *_cells([run.read for run in checks], 2),
        *_cells([run.check for run in checks], 2),
        f"{one.granted} / {one.moved} of {len(one.check)}",
        *_cells([run.times for run in through], 1),
        f"{other.granted} / {other.refused}",
    ]


def _preface(runs: int, checks: int) -> list[str]:
    return [
        "One SKU, eight overlapping pools; promises of 1 or 2 units were placed until so many stood, as is asserted,",
        "and one unit for each hundred promises is left. Each check is of one more promise of 1 to 3 units on that",
        "board: `read` builds it out of rows, `check` grants or refuses, moving others where need be; both are CPU",
        "time. `decision` is `Holds.run` of one ask that what is free in its pool cannot serve: every level of the",
        "SKU is locked, all promises and the rules are read, and what it comes to is written on a Postgres that",
        "syncs; clock time, one at a time, given back after each.",
        f"Medians of {runs} run{'s' * (runs > 1)} of {checks}.",
    ]


def _cells(runs: Sequence[Sequence[float]], digits: int) -> list[str]:
    middle = statistics.median(value for run in runs for value in run)
    return [f"{middle:.{digits}f}", f"{_p99(runs):.{digits}f}"]


def _p99(runs: Sequence[Sequence[float]]) -> float:
    """The median run's."""
    return statistics.median(statistics.quantiles(run, n=100)[98] for run in runs)


if __name__ == "__main__":
    sys.exit(main())
