"""What a search of goods costs: `python -m benchmarks.search`; 10,000 products, `--products` for another size."""

import argparse
import os
import shutil
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import islice

import asyncpg
import uvloop

from benchmarks import report
from benchmarks.fleet import folder
from benchmarks.search import range as goods
from cli.stack import databases
from cli.stack.home import Home
from cli.stack.servers import Ports, Servers
from kit import access, migrate
from kit.postgres import Database
from services.inventory.catalogue import store_products
from services.inventory.catalogue.products import Products
from services.inventory.search.domain import Filter
from services.inventory.search.usecases import Search

_AT_ONCE = 200
_KEY = b"benchmark"


def _clock() -> datetime:
    return datetime.now(UTC)


async def _load(db: Database, count: int) -> float:
    """Writes the range as headquarters' calls do; milliseconds a product."""
    products, left = Products(db, _clock, _KEY), goods.products(count)
    begun = time.perf_counter()
    with access.acting_as(access.service("inventory")):
        while some := list(islice(left, _AT_ONCE)):
            async with db.transaction() as tx:
                await store_products.bump(tx)
                await products.write(tx, some)
    return (time.perf_counter() - begun) * 1000 / count


async def _measure(db: Database, count: int, runs: int) -> list[tuple[str, list[float], float]]:
    """For each kind of query its times in milliseconds, and how many hits the first pages had."""
    search, rows = Search(db, _clock, _KEY), []
    for name, queries in goods.queries(count).items():
        times, hits = list[float](), list[int]()
        for _ in range(runs + 1):
            taken, found = await _asked(search, queries)
            times, hits = [*times, *taken], found
        # the first run warms
        rows.append((name, times[len(queries) :], statistics.mean(hits)))
    return rows


async def _asked(search: Search, queries: Sequence[str]) -> tuple[list[float], list[int]]:
    times, hits = list[float](), list[int]()
    for query in queries:
        begun = time.perf_counter()
        found = await search.find(query, Filter(), 20, "")
        times.append((time.perf_counter() - begun) * 1000)
        hits.append(len(found.products))
    return times, hits


@asynccontextmanager
async def _postgres() -> AsyncIterator[str]:
    """An inventory database on a Postgres that syncs; its address."""
    root = folder()
    home = Home.open(root / "stack", root / "bin")
    servers = Servers.lay_out(home, Ports.free())
    try:
        await servers.postgres.start()
        await databases.provision(home, servers.postgres.dsn())
        name = databases.database_of("inventory")
        await migrate.migrate(servers.postgres.dsn(databases.owner_of("inventory"), name), "inventory")
        yield servers.postgres.dsn(databases.role_of("inventory"), name)
    finally:
        await servers.postgres.stop()
        shutil.rmtree(root, ignore_errors=True)


async def measure(count: int, runs: int) -> list[str]:
    """The section's lines."""
    async with _postgres() as dsn:
        db = await Database.open(dsn, size=2)
        try:
            a_product = await _load(db, count)
            admin = await asyncpg.connect(dsn)
            size = await admin.fetchval("SELECT pg_size_pretty(pg_total_relation_size('search_documents'))")
            await admin.close()
            rows = await _measure(db, count, runs)
        finally:
            await db.close()
    cells = [
        (name, f"{statistics.median(times):.1f}", f"{statistics.quantiles(times, n=100)[98]:.1f}", f"{hits:.1f}")
        for name, times, hits in rows
    ]
    return [
        f"{count:,} products of two SKUs, {a_product:.2f} ms to write one with what it is found by; the documents and",
        f"their index take {size}. One caller in the service's process on a Postgres that syncs, first pages of 20.",
        "",
        *report.table(("query", "p50 ms", "p99 ms", "hits of 20"), cells),
    ]


def main() -> int:
    """Measures and reports."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5, help="runs of each query")
    asked = parser.parse_args()
    busy = os.getloadavg()[0]
    report.write("search", "Searching goods", uvloop.run(measure(asked.products, asked.runs)), busy)
    return 0


if __name__ == "__main__":
    sys.exit(main())
