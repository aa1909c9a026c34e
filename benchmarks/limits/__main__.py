"""What this machine gives before a line of ours runs: `python -m benchmarks.limits`."""

import argparse
import asyncio
import shutil
import statistics
import sys

from benchmarks import fleet, machine, report
from benchmarks.bare import path
from benchmarks.limits import kinds
from cli.stack.home import Home, default_root
from cli.stack.postgres import Postgres
from cli.stack.servers import Ports, Servers

_CLIENTS = (1, 8, 32)


async def measure(runs: int, seconds: int) -> list[list[object]]:
    """A row for each limit: the median of some runs taken in turns."""
    root = fleet.folder()
    postgres = Servers.lay_out(Home.open(root / "home", default_root() / "bin"), Ports.free()).postgres
    try:
        await postgres.start()
        return await _all(postgres, runs, seconds)
    finally:
        await postgres.stop()
        shutil.rmtree(root, ignore_errors=True)


async def _all(postgres: Postgres, runs: int, seconds: int) -> list[list[object]]:
    async with path.running(postgres, kinds.SKUS) as (door, _), kinds.beside(postgres, door, seconds) as asked:
        found: dict[tuple[str, int], list[kinds.Figure]] = {}
        for _ in range(runs):
            for name, kind in asked.items():
                for clients in _CLIENTS:
                    found.setdefault((name, clients), []).append(await kind(clients))
    return [_row(name, found) for name in asked]


def _row(name: str, found: dict[tuple[str, int], list[kinds.Figure]]) -> list[object]:
    medians = [[statistics.median(column) for column in zip(*found[name, count], strict=True)] for count in _CLIENTS]
    rates, p50s, p99s = ([median[at] for median in medians] for at in range(3))
    # what pgbench tells is the mean
    tails = " / ".join(f"{one:.1f}" for one in p99s) if all(p99s) else ""
    return [name, " / ".join(f"{one:,.0f}" for one in rates), " / ".join(f"{one:.1f}" for one in p50s), tails]


def main() -> int:
    """Measures and writes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.limits", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each; the median is shown")
    parser.add_argument("--seconds", type=int, default=3, help="how long one run takes")
    asked, busy = parser.parse_args(), machine.load()
    rows = asyncio.run(measure(asked.runs, asked.seconds))
    head = ("what", "1 / 8 / 32 clients, per second", "p50 ms (pgbench: mean)", "p99 ms")
    told = f"The median of {asked.runs} runs of {asked.seconds} s, taken in turns; clients on the same machine."
    report.write("limits", "The machine's own limits", [told, "", *report.table(head, rows)], busy)
    return 0


if __name__ == "__main__":
    sys.exit(main())
