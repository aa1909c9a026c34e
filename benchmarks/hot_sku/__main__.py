"""What holds cost when everybody wants the same: `python -m benchmarks.hot_sku`, `--limits` by size of a batch."""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from random import Random

import uvloop

from benchmarks import machine, report
from benchmarks.hot_sku import fleet, turns
from benchmarks.hot_sku.fleet import Bench
from benchmarks.hot_sku.shoppers import HOT, PLACE, Shoppers
from benchmarks.hot_sku.turns import Case, Turns

# performance.md, T3
_OF_SPREAD, _OF_EMPTY = 0.9, 0.6
_CALLERS = (1, 8, 32, 256)
_GROWN_CALLERS, _TIMES = 32, 10
_LIMITS = (64, 128, 256, 512)
_EMPTY, _SPREAD, _TWO, _HOT = "empty gRPC call", "hold, 1,000 SKUs", "hold, 2 lines of 1,000 SKUs", "hold, one SKU"


async def measure(calls: int, runs: int) -> tuple[list[str], bool]:
    """The section's lines, and whether the targets were met."""
    async with fleet.running([0]) as bench:
        shoppers = Shoppers(bench.addresses[0], bench.tokens[0], Random(3))
        await shoppers.stock()
        kinds = {_EMPTY: shoppers.empty, _SPREAD: shoppers.spread, _TWO: shoppers.two_lines, _HOT: shoppers.hot}
        cases = {name: (shoppers, call) for name, call in kinds.items()}
        taken = await turns.take(cases, _CALLERS, calls, runs, bench)
        grown = await _grown(bench, cases, calls, runs)
        rushed, exact = await _rush(shoppers, bench.dsn)
        await shoppers.close()
    verdict, met = _verdict(taken)
    rows = [_row(taken[callers], callers, name) for callers in _CALLERS for name in cases]
    head = ("callers", "call", "calls/s", "p50 ms", "p99 ms", "of empty", "of spread", "CPU ms service / Postgres")
    lines = [*verdict, "", *_preface(calls, runs), "", *report.table(head, rows), "", *grown, "", *rushed]
    return lines, exact and met


def _verdict(taken: Mapping[int, Turns]) -> tuple[list[str], bool]:
    """The rule: the most that one SKU gives against the most that 1,000 SKUs and empty calls give.

    The most of a case is the highest, over all numbers of callers, of its
    median over the turns. Each case has its best number of callers, so that
    none is chosen for it, and no single turn decides.
    """
    best = {name: turns.peak(taken, name) for name in (_HOT, _SPREAD, _EMPTY)}
    told = ", ".join(f"{name} {peak.rate:,.0f}/s ({peak.callers} callers)" for name, peak in best.items())
    ratios = [
        (best[_HOT].rate / best[other].rate, target, other)
        for other, target in ((_SPREAD, _OF_SPREAD), (_EMPTY, _OF_EMPTY))
    ]
    words = [
        f"{ratio:.2f} x of {other} (target {target}): {'met' if ratio >= target else 'MISSED'}"
        for ratio, target, other in ratios
    ]
    lines = [f"T3, one SKU at its peak: {'; '.join(words)}.", f"Peaks: {told}."]
    return lines, all(ratio >= target for ratio, target, _ in ratios)


async def _grown(bench: Bench, cases: Mapping[str, Case], calls: int, runs: int) -> list[str]:
    """The same once more, with ten times as many holds standing on the one SKU."""
    few = (await turns.take(cases, [_GROWN_CALLERS], calls, runs, bench))[_GROWN_CALLERS]
    before, after = await fleet.grow(bench.dsn, HOT, PLACE, _TIMES)
    many = (await turns.take(cases, [_GROWN_CALLERS], calls, runs, bench))[_GROWN_CALLERS]
    both = (few, many)
    rates = [
        f"{one.median(_HOT, 'rate'):,.0f} holds/s, {one.ratio(_HOT, _EMPTY):.2f} of an empty call," for one in both
    ]
    cost = [f"Postgres {one.spent(_HOT, 'postgres'):.2f} CPU ms each" for one in both]
    return [
        f"Growth, {_GROWN_CALLERS} callers: with {before:,} open holds on the one SKU {rates[0]}",
        f"{cost[0]}; with {after:,} {rates[1]} {cost[1]}.",
    ]


def _row(taken: Turns, callers: int, name: str) -> list[object]:
    rate, p50, p99 = (taken.median(name, one) for one in ("rate", "p50", "p99"))
    ratios = [f"{taken.ratio(name, other):.2f}" for other in (_EMPTY, _SPREAD)]
    cpu = f"{taken.spent(name, 'service'):.2f} / {taken.spent(name, 'postgres'):.2f}"
    return [callers, name, f"{rate:,.0f}", f"{p50:.2f}", f"{p99:.2f}", *ratios, cpu]


def _preface(calls: int, runs: int) -> list[str]:
    return [
        "Holds over gRPC, one service process, Postgres with fsync; one client asks for all cases the same way.",
        f"{calls:,} calls a run, {runs} turns after one that nobody counts, each through all numbers of callers and",
        "cases, beginning with another; medians, and medians of the turns' ratios. A peak is the highest of a case's",
        "medians: the rule was fixed before the measurement, and no number of callers is chosen for it.",
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
            taken = (await turns.take(cases, [callers], calls, runs, bench))[callers]
            for kind in ("hot", "spread"):
                figures = [
                    f"{taken.median(f'{kind} {n}', 'rate'):,.0f} ({taken.ratio(f'{kind} {n}', f'{kind} 128'):.2f}),"
                    f" {taken.median(f'{kind} {n}', 'p99'):.0f} ms"
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
    parser.add_argument("--runs", type=int, default=7, help="turns; medians are shown")
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
