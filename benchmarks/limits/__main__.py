"""What this machine gives before a line of ours runs: `python -m benchmarks.limits`."""

import argparse
import asyncio
import json
import shutil
import statistics
import sys
from collections.abc import Awaitable, Callable
from random import Random

from benchmarks import fleet, machine, report
from benchmarks.bare import path
from benchmarks.limits import database
from benchmarks.load import Step, run
from cli.stack.home import Home, default_root
from cli.stack.postgres import Postgres
from cli.stack.servers import Ports, Servers

_CLIENTS = (1, 8, 32)
_SKUS = [f"SKU{number:04}" for number in range(1_000)]
Figure = tuple[float, float, float]


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
    await database.prepare(postgres)
    async with path.running(postgres, _SKUS) as (door, _), path.started("benchmarks.limits.echo") as (echo, _echoing):
        kinds: dict[str, Callable[[int], Awaitable[Figure]]] = {
            "pgbench: order, 2 lines, 2 stock updates, outbox, one commit": _pgbench(postgres, seconds),
            "empty gRPC call (grpc.aio, uvloop)": _grpc(echo, seconds),
            "FastAPI on granian, a body read and an answer made": _http(door, "/echo", seconds),
            "bare checkout: FastAPI, gRPC order, gRPC member and inventory, three commits": _bare(door, seconds),
        }
        found: dict[tuple[str, int], list[Figure]] = {}
        for _ in range(runs):
            for name, kind in kinds.items():
                for clients in _CLIENTS:
                    found.setdefault((name, clients), []).append(await kind(clients))
    return [_row(name, found) for name in kinds]


def _row(name: str, found: dict[tuple[str, int], list[Figure]]) -> list[object]:
    medians = [[statistics.median(column) for column in zip(*found[name, count], strict=True)] for count in _CLIENTS]
    rates, p50s, p99s = ([median[at] for median in medians] for at in range(3))
    # what pgbench tells is the mean
    tails = " / ".join(f"{one:.1f}" for one in p99s) if all(p99s) else ""
    return [name, " / ".join(f"{one:,.0f}" for one in rates), " / ".join(f"{one:.1f}" for one in p50s), tails]


def _pgbench(postgres: Postgres, seconds: int) -> Callable[[int], Awaitable[Figure]]:
    async def measured(clients: int) -> Figure:
        tps = await database.measure(postgres, clients, seconds)
        return tps.rate, tps.latency, 0.0

    return measured


def _grpc(address: str, seconds: int) -> Callable[[int], Awaitable[Figure]]:
    async def measured(clients: int) -> Figure:
        command = (sys.executable, "-m", "benchmarks.limits.echo", address, str(clients), str(seconds))
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        rate, p50, p99 = json.loads((await process.communicate())[0])
        return rate, p50, p99

    return measured


def _http(door: str, route: str, seconds: int) -> Callable[[int], Awaitable[Figure]]:
    flow = [Step("POST", route, body='{"member_id": "m", "lines": [{"sku": "SKU0001", "quantity": 1}]}')]

    async def measured(clients: int) -> Figure:
        outcome = (await run(door, [flow] * 12_000 * seconds, clients, seconds)).only(200)
        return outcome.rate, outcome.p50, outcome.p99

    return measured


def _bare(door: str, seconds: int) -> Callable[[int], Awaitable[Figure]]:
    async def measured(clients: int) -> Figure:
        outcome = (await run(door, path.flows(Random(clients), _SKUS, 600 * seconds), clients, seconds)).only(201)
        return outcome.rate, outcome.p50, outcome.p99

    return measured


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
