"""Prints, as markdown, what holds cost when everybody wants the same thing: `python -m benchmarks.hot_sku`."""

import argparse
import asyncio
import os
import platform
import statistics
import sys
from random import Random

import uvloop

from benchmarks.hot_sku import fleet
from benchmarks.hot_sku.shoppers import Figure, Shoppers

# performance.md, T3
_OF_SPREAD = 0.9
_OF_EMPTY = 0.6
_CALLERS = (1, 8, 32, 256)


async def measure(calls: int, runs: int) -> bool:
    """Prints the tables; True if every target is kept."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"Holds over gRPC, one service process, Postgres with fsync, the callers beside it; {machine};")
    print(f"{calls:,} calls a run, the median of {runs} runs taken in turns.\n")
    print("| callers | call | calls/s | p50 ms | p99 ms | of an empty call | of spread SKUs |")
    print("|---|---|---|---|---|---|---|")
    async with fleet.running() as (address, token, database):
        shoppers = Shoppers(address, token, Random(3))
        await shoppers.stock()
        kept = [await _rows(shoppers, callers, calls, runs) for callers in _CALLERS]
        print()
        kept.append(await _rush(shoppers, database))
        await shoppers.close()
    return all(kept)


async def _rows(shoppers: Shoppers, callers: int, calls: int, runs: int) -> bool:
    # few callers wait for each commit, so fewer calls tell as much
    count = calls if callers > 1 else calls // 4
    kinds = {
        "empty gRPC call": shoppers.empty,
        "hold, 1,000 SKUs": shoppers.spread,
        "hold, 2 lines of 1,000 SKUs": shoppers.two_lines,
        "hold, one SKU": shoppers.hot,
    }
    taken: dict[str, list[Figure]] = {name: [] for name in kinds}
    for _ in range(runs):
        for name, call in kinds.items():
            taken[name].append(await shoppers.run(call, callers, count))
    rates = {name: statistics.median(figure.rate for figure in figures) for name, figures in taken.items()}
    empty, spread = rates["empty gRPC call"], rates["hold, 1,000 SKUs"]
    for name, figures in taken.items():
        p50, p99 = (statistics.median(getattr(one, at) for one in figures) for at in ("p50", "p99"))
        ratios = f"{rates[name] / empty:.2f} | {rates[name] / spread:.2f}"
        print(f"| {callers} | {name} | {rates[name]:,.0f} | {p50:.2f} | {p99:.2f} | {ratios} |", flush=True)
    hot = rates["hold, one SKU"]
    # a lone caller pays for a commit each; the targets speak of many who want the same
    return callers < 256 or (hot >= _OF_SPREAD * spread and hot >= _OF_EMPTY * empty)


async def _rush(shoppers: Shoppers, database: str) -> bool:
    """A flash sale: 3,000 want one of 100."""
    sold, refused, again, figure = await shoppers.rush(units=100, buyers=3_000)
    drifts = await fleet.drifts(database)
    exact = sold == 100 and refused == 2_900 and not drifts
    print(f"3,000 buyers at once for 100 units: {sold} sold, {refused:,} told OUT_OF_STOCK, oversold")
    print(f"{max(0, sold - 100)}; {figure.rate:,.0f} answers/s, p99 {figure.p99:.0f} ms; {again:,} times sent back as")
    print(f"the queue was full; {len(drifts)} places whose books do not add up.")
    return exact


def main() -> int:
    """Measures; exits with 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hot_sku", description=__doc__)
    parser.add_argument("--calls", type=int, default=4_000, help="calls a run")
    parser.add_argument("--runs", type=int, default=3, help="runs of each case; the median is shown")
    asked = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return 0 if runner.run(measure(asked.calls, asked.runs)) else 1


if __name__ == "__main__":
    sys.exit(main())
