"""What is asked of the machine itself; `beside` asks it shortly in another benchmark's run."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from random import Random

from benchmarks.bare import path
from benchmarks.limits import database
from benchmarks.load import Step, run
from cli.stack.postgres import Postgres

SKUS = [f"SKU{number:04}" for number in range(1_000)]
PGBENCH = "pgbench: order, 2 lines, 2 stock updates, outbox, one commit"
GRPC = "empty gRPC call (grpc.aio, uvloop)"
ROUTE = "FastAPI on granian, a body read and an answer made"
BARE = "bare checkout: FastAPI, gRPC order, gRPC member and inventory, three commits"
# rate, p50 and p99 in milliseconds
Figure = tuple[float, float, float]
# by how many clients ask
Kind = Callable[[int], Awaitable[Figure]]


@asynccontextmanager
async def beside(postgres: Postgres, door: str, seconds: int) -> AsyncIterator[Mapping[str, Kind]]:
    """All kinds, beside a Postgres and a bare path that run already."""
    await database.prepare(postgres)
    async with path.started("benchmarks.limits.echo") as (echo, _):
        yield {
            PGBENCH: _pgbench(postgres, seconds),
            GRPC: _grpc(echo, seconds),
            ROUTE: _http(door, "/echo", seconds),
            BARE: _bare(door, seconds),
        }


def _pgbench(postgres: Postgres, seconds: int) -> Kind:
    async def measured(clients: int) -> Figure:
        tps = await database.measure(postgres, clients, seconds)
        return tps.rate, tps.latency, 0.0

    return measured


def _grpc(address: str, seconds: int) -> Kind:
    async def measured(clients: int) -> Figure:
        command = (sys.executable, "-m", "benchmarks.limits.echo", address, str(clients), str(seconds))
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        rate, p50, p99 = json.loads((await process.communicate())[0])
        return rate, p50, p99

    return measured


def _http(door: str, route: str, seconds: int) -> Kind:
    flow = [Step("POST", route, body='{"member_id": "m", "lines": [{"sku": "SKU0001", "quantity": 1}]}')]

    async def measured(clients: int) -> Figure:
        outcome = (await run(door, [flow] * 12_000 * seconds, clients, seconds)).only(200)
        return outcome.rate, outcome.p50, outcome.p99

    return measured


def _bare(door: str, seconds: int) -> Kind:
    async def measured(clients: int) -> Figure:
        # more than can be had by a factor of two: a run that used up its flows would end early
        flows = path.flows(Random(clients), SKUS, 1_500 * seconds)
        outcome = (await run(door, flows, clients, seconds)).only(201)
        return outcome.rate, outcome.p50, outcome.p99

    return measured
