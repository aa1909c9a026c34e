"""Two services' worth of databases and connections, so that events can travel from one to the other."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from nats.aio.client import Client

from kit import consumer, outbox, streams
from kit.postgres import Database, Tx
from omo.inventory.v1.stock_events_pb2 import StockAllocated
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner

_EFFECTS = """
CREATE TABLE effects (order_id text NOT NULL, note text NOT NULL DEFAULT '')
"""


async def eventually(
    condition: Callable[[], Awaitable[Any]] | Callable[[], Any], within: float = 20.0, why: str = ""
) -> Any:
    """The condition's value once it is true; fails after the deadline."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return value
        assert time.monotonic() < deadline, f"did not come true within {within} s {why}"
        await asyncio.sleep(0.02)


def allocated(order_id: str, **meta: Any) -> StockAllocated:
    """An event about an order."""
    event = StockAllocated(order_id=order_id)
    event.meta.aggregate_id = order_id
    event.meta.sequence = meta.pop("sequence", 1)
    for name, value in meta.items():
        setattr(event.meta, name, value)
    return event


@dataclass(slots=True)
class Rig:
    """inventory publishes, order hears."""

    publisher: Database
    hearer: Database
    speaks: Client
    hears: Client
    relays: list[outbox.Relay] = field(default_factory=list)

    def relay(self) -> outbox.Relay:
        return outbox.Relay(self.publisher, self.speaks.jetstream(), "OMO_INVENTORY")

    def consumer(self, *handlers: consumer.On[Any]) -> consumer.Consumer:
        given = handlers or (consumer.On(StockAllocated, note_effect),)
        return consumer.Consumer(self.hearer, self.hears.jetstream(), "order", given)

    async def append(self, *events: StockAllocated) -> None:
        async with self.publisher.transaction() as tx:
            await outbox.append(tx, *events)

    async def effects(self) -> list[str]:
        async with self.hearer.read() as tx:
            return [row["order_id"] for row in await tx.fetch("SELECT order_id FROM effects ORDER BY order_id")]

    async def has_effects(self, count: int) -> bool:
        return len(await self.effects()) >= count

    async def unpublished(self) -> int:
        async with self.publisher.read() as tx:
            return int(await tx.fetchval("SELECT count(*) FROM outbox WHERE published_time IS NULL"))


async def note_effect(tx: Tx, event: StockAllocated) -> None:
    """An effect without any key: taken twice, it shows."""
    await tx.execute("INSERT INTO effects (order_id) VALUES ($1)", event.order_id)


async def effects_table(owner_dsn: str) -> None:
    connection = await asyncpg.connect(owner_dsn)
    await connection.execute(_EFFECTS)
    await connection.close()


@asynccontextmanager
async def rig(databases: Databases, nats: NatsCorner) -> AsyncIterator[Rig]:
    """The two ends, connected with no more than each service's rights."""
    hearing = await databases.address("order")
    await effects_table(hearing.owner_dsn)
    hearer = await Database.open(hearing.dsn, 4)
    speaks = await streams.connect(nats.url, "inventory", nats.seed("inventory"))
    hears = await streams.connect(nats.url, "order", nats.seed("order"))
    try:
        yield Rig(await databases.open("inventory"), hearer, speaks, hears)
    finally:
        await speaks.close()
        await hears.close()
        await hearer.close()


@asynccontextmanager
async def running(*parts: Any) -> AsyncIterator[None]:
    """Runs relays and consumers while the block lasts, and stops them as a process would."""
    tasks = [asyncio.create_task(part.run()) for part in parts]
    try:
        yield
    finally:
        for part in parts:
            if isinstance(part, outbox.Relay):
                await part.drain()
            else:
                part.stop()
        async with asyncio.timeout(10):
            await asyncio.gather(*tasks)
