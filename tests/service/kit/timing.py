"""What the tests of timers and leases share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from kit import leases, timers
from kit.postgres import Database, Tx
from kit.timers import Due, Timers
from tests.harness.databases import Databases
from tests.service.kit.rig import effects_table

START = datetime(2026, 1, 1, tzinfo=UTC)


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
async def db(databases: Databases) -> AsyncIterator[Database]:
    address = await databases.address("order")
    await effects_table(address.owner_dsn)
    opened = await Database.open(address.dsn, 6)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "backoff", lambda _: timedelta())


async def note(tx: Tx, due: Due) -> None:
    await tx.execute("INSERT INTO effects (order_id, note) VALUES ($1, $2)", due.key, due.payload.decode())


async def effects(db: Database) -> list[str]:
    async with db.read() as tx:
        return [row["order_id"] for row in await tx.fetch("SELECT order_id FROM effects ORDER BY order_id")]


async def has(db: Database, count: int) -> bool:
    return len(await effects(db)) >= count


async def plan(db: Database, key: str, seconds: float = 0, kind: str = "expire", payload: bytes = b"") -> int:
    async with db.transaction() as tx:
        return await timers.schedule(tx, kind, key, START + timedelta(seconds=seconds), payload)


@asynccontextmanager
async def firing(*loops: Timers) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        async with asyncio.timeout(10):
            await asyncio.gather(*tasks)


async def gone(db: Database) -> bool:
    async with db.read() as tx:
        return not await tx.fetchval("SELECT EXISTS (SELECT FROM timers)")
