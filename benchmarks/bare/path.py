"""Starts the bare path beside a Postgres that runs, and asks it."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from random import Random

import asyncpg

from benchmarks.bare import books
from benchmarks.load import Step
from cli.stack.postgres import Postgres

DATABASES = {owner: f"bare_{owner}" for owner in ("inventory", "member", "order")}
Process = asyncio.subprocess.Process


@asynccontextmanager
async def started(module: str, *arguments: str) -> AsyncIterator[tuple[str, Process]]:
    """A process that prints its address; ended by SIGTERM."""
    command = (sys.executable, "-m", module, *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip(), process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


@asynccontextmanager
async def running(postgres: Postgres, skus: Sequence[str]) -> AsyncIterator[tuple[str, dict[str, int]]]:
    """The door's address, and every process by name."""
    dsns = {owner: await _database(postgres, name, skus) for owner, name in DATABASES.items()}
    async with AsyncExitStack() as stack:
        processes: dict[str, Process] = {}
        inventory, processes["inventory"] = await stack.enter_async_context(_owner(dsns, "inventory"))
        member, processes["member"] = await stack.enter_async_context(_owner(dsns, "member"))
        order, processes["order"] = await stack.enter_async_context(_owner(dsns, "order", inventory, member))
        door, processes["door"] = await stack.enter_async_context(started("benchmarks.bare.door", order))
        yield door, {name: process.pid for name, process in processes.items()}


def flows(random: Random, skus: Sequence[str], count: int) -> list[list[Step]]:
    """Orders of two different goods."""
    return [[Step("POST", "/orders", body=_order(random, skus, number))] for number in range(count)]


def _order(random: Random, skus: Sequence[str], number: int) -> str:
    lines = [{"sku": sku, "quantity": 1} for sku in random.sample(skus, 2)]
    return json.dumps({"member_id": f"member-{number % 200}", "lines": lines})


def _owner(dsns: dict[str, str], owner: str, *neighbours: str) -> AbstractAsyncContextManager[tuple[str, Process]]:
    return started("benchmarks.bare.owners", owner, dsns[owner], *neighbours)


async def _database(postgres: Postgres, name: str, skus: Sequence[str]) -> str:
    admin = await asyncpg.connect(postgres.dsn())
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    dsn = postgres.dsn(database=name)
    connection = await asyncpg.connect(dsn)
    await connection.execute(books.SCHEMA)
    await connection.execute(books.STOCK, list(skus))
    await connection.close()
    return dsn
