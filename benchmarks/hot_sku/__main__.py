"""What holds cost when everybody wants the same: `python -m benchmarks.hot_sku`, `--limits` by size of a batch."""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import uvloop

from benchmarks import machine, processes, report
from benchmarks.hot_sku import fleet
from benchmarks.hot_sku.fleet import Bench
from benchmarks.hot_sku.shoppers import HOT, PLACE, Call, Figure, Shoppers

# performance.md, T3
_OF_SPREAD, _OF_EMPTY = 0.9, 0.6
_CALLERS = (1, 8, 32, 256)
_GROWN_CALLERS, _TIMES = 32, 10
_LIMITS = (64, 128, 256, 512)
_EMPTY, _SPREAD, _TWO, _HOT = "empty gRPC call", "hold, 1,000 SKUs", "hold, 2 lines of 1,000 SKUs", "hold, one SKU"


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


async def _turns(
    cases: Mapping[str, tuple[Shoppers, Call]], callers: int, count: int, runs: int, bench: Bench
) -> Turns:
    """A turn that nobody counts, then `runs` turns; each begins with another case."""
    names = list(cases)
    turns = Turns()
    for turn in range(runs + 1):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            shoppers, call = cases[name]
            before = processes.cpu_of(bench.pids)
            figure = await shoppers.run(call, callers, count if turn else max(callers, count // 4))
            if turn:
                turns.figures.setdefault(name, []).append(figure)
                used = processes.spent(before, processes.cpu_of(bench.pids), count)
                turns.cpu.setdefault(name, []).append(used)
    return turns


async def measure(calls: int, runs: int) -> tuple[list[str], bool]:
    """The section's lines, and whether the targets were met."""
    rows: list[list[object]] = []
    kept = (0.0, 0.0)
    async with fleet.running([0]) as bench:
        shoppers = Shoppers(bench.addresses[0], bench.tokens[0], Random(3))
        await shoppers.stock()
        kinds = {_EMPTY: shoppers.empty, _SPREAD: shoppers.spread, _TWO: shoppers.two_lines, _HOT: shoppers.hot}
        cases = {name: (shoppers, call) for name, call in kinds.items()}
        for callers in _CALLERS:
            # few callers wait for each commit, so fewer calls tell as much
            turns = await _turns(cases, callers, calls if callers > 1 else calls // 4, runs, bench)
            rows += [_row(turns, callers, name) for name in cases]
            kept = turns.ratio(_HOT, _SPREAD), turns.ratio(_HOT, _EMPTY)
        grown = await _grown(bench, cases, calls, runs)
        rushed, exact = await _rush(shoppers, bench.dsn)
        await shoppers.close()
    told = f"T3 with {_CALLERS[-1]} callers: {kept[0]:.2f} of spread SKUs (target {_OF_SPREAD}),"
    told += f" {kept[1]:.2f} of an empty call (target {_OF_EMPTY})."
    lines = [told, "", *_preface(calls, runs), ""]
    head = ("callers", "call", "calls/s", "p50 ms", "p99 ms", "of empty", "of spread", "CPU ms service / Postgres")
    lines += [*report.table(head, rows), "", *grown, "", *rushed]
    return lines, exact and kept[0] >= _OF_SPREAD and kept[1] >= _OF_EMPTY


async def _grown(bench: Bench, cases: Mapping[str, tuple[Shoppers, Call]], calls: int, runs: int) -> list[str]:
    """The same once more, with ten times as many holds standing on the one SKU."""
    few = await _turns(cases, _GROWN_CALLERS, calls, runs, bench)
    before, after = await fleet.grow(bench.dsn, HOT, PLACE, _TIMES)
    many = await _turns(cases, _GROWN_CALLERS, calls, runs, bench)
    both = (few, many)
    rates = [
        f"{one.median(_HOT, 'rate'):,.0f} holds/s, {one.ratio(_HOT, _EMPTY):.2f} of an empty call," for one in both
    ]
    cost = [f"Postgres {one.spent(_HOT, 'postgres'):.2f} CPU ms each" for one in both]
    return [
        f"Growth, {_GROWN_CALLERS} callers: with {before:,} open holds on the one SKU {rates[0]}",
        f"{cost[0]}; with {after:,} {rates[1]} {cost[1]}.",
    ]


def _row(turns: Turns, callers: int, name: str) -> list[object]:
    rate, p50, p99 = (turns.median(name, one) for one in ("rate", "p50", "p99"))
    ratios = [f"{turns.ratio(name, other):.2f}" for other in (_EMPTY, _SPREAD)]
    cpu = f"{turns.spent(name, 'service'):.2f} / {turns.spent(name, 'postgres'):.2f}"
    return [callers, name, f"{rate:,.0f}", f"{p50:.2f}", f"{p99:.2f}", *ratios, cpu]


def _preface(calls: int, runs: int) -> list[str]:
    return [
        "Holds over gRPC, one service process, Postgres with fsync; one client asks for all cases the same way.",
        f"{calls:,} calls a run, {runs} turns after one that nobody counts, each beginning with another case;",
        "medians, and medians of the turns' ratios.",
    ]


async def _rush(shoppers: Shoppers, database: str) -> tuple[list[str], bool]:
    """A flash sale: 3,000 want one of 100."""
    sold, refused, again, figure = await shoppers.rush(units=100, buyers=3_000)
    drifts = await fleet.drifts(database)
    exact = sold == 100 and refused == 2_900 and not again and not drifts
    lines = [
        f"3,000 buyers at once for 100 units: {sold} sold, {max(0, sold - 100)} oversold, {refused:,} told so;",
        f"{figure.rate:,.0f} answers/s, the last after {figure.p99 / 1e3:.1f} s (p99); {again:,} sent back unheard;",
        f"{len(drifts)} places whose books do not add up.",
    ]
    return lines, exact


async def compare(limits: Sequence[int], calls: int, runs: int) -> list[str]:
    """How large a batch may be: one process a limit, on one database, in turns."""
    rows: list[list[object]] = []
    async with fleet.running(limits) as bench:
        doors = {limit: Shoppers(bench.addresses[limit], bench.tokens[limit], Random(3)) for limit in limits}
        await doors[limits[0]].stock()
        for callers in (64, 256, 1_024):
            cases = {
                f"{kind} {limit}": (door, getattr(door, kind))
                for kind in ("hot", "spread")
                for limit, door in doors.items()
            }
            turns = await _turns(cases, callers, calls, runs, bench)
            for kind in ("hot", "spread"):
                figures = [
                    f"{turns.median(f'{kind} {n}', 'rate'):,.0f} ({turns.ratio(f'{kind} {n}', f'{kind} 128'):.2f}),"
                    f" {turns.median(f'{kind} {n}', 'p99'):.0f} ms"
                    for n in limits
                ]
                rows.append([callers, kind, *figures])
        for door in doors.values():
            await door.close()
    head = ("callers", "holds", *(f"at most {limit}" for limit in limits))
    return ["Holds a second (of those with 128, turn by turn), p99:", "", *report.table(head, rows)]


def main() -> int:
    """Measures; exits with 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hot_sku", description=__doc__)
    parser.add_argument("--calls", type=int, default=4_000, help="calls a run")
    parser.add_argument("--runs", type=int, default=3, help="turns; medians are shown")
    parser.add_argument("--limits", action="store_true", help="compare sizes of a batch instead, and only print")
    parser.add_argument("--print", action="store_true", dest="only", help="print, and leave docs/performance.md alone")
    asked, busy = parser.parse_args(), machine.load()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if asked.limits:
            print("\n".join(runner.run(compare(_LIMITS, asked.calls, asked.runs))))
            return 0
        lines, met = runner.run(measure(asked.calls, asked.runs))
    if asked.only:
        print("\n".join(lines))
    else:
        report.write("hot_sku", "Hot SKU", lines, busy)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
