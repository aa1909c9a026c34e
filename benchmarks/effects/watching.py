"""Looks into the owners' books, again and again, for what follows from confirmed orders."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from cli.demo.stage import until
from cli.stack.databases import database_of
from cli.stack.postgres import Postgres

POINTS, STOCK, CREDIT, PANORAMA = "points (pending)", "stock (allocated)", "credit", "panorama"
PAUSE = 0.02
# What is there of orders that were not seen before; rows that are there are committed, so anybody may read them.
_SEEN = {
    POINTS: ("member", """
        SELECT DISTINCT order_id::text FROM points_transfers
         WHERE kind = 1 AND order_id IS NOT NULL AND order_id::text <> ALL($1::text[])"""),
    STOCK: ("inventory", "SELECT DISTINCT order_id FROM allocations WHERE order_id <> ALL($1::text[])"),
    CREDIT: ("attribution", "SELECT DISTINCT order_id::text FROM credits WHERE order_id::text <> ALL($1::text[])"),
}  # fmt: skip
_COUNTED = "SELECT coalesce(sum(orders), 0)::bigint FROM panorama_days"
# the transaction that confirmed began then: a little before the shopper, or anybody else, could know
_CONFIRMED = """
SELECT aggregate_id, record_time FROM outbox
 WHERE subject LIKE 'omo.order.v1.OrderConfirmed.%' AND record_time >= $1
"""


@dataclass(slots=True)
class Sight:
    """When each order's effect was first seen, and how many orders the panorama counted when."""

    effects: dict[str, dict[str, float]] = field(default_factory=lambda: {name: {} for name in _SEEN})
    counts: list[tuple[float, int]] = field(default_factory=list)

    def delays(self, confirmed: Mapping[str, float]) -> dict[str, list[float]]:
        """Seconds from an order's confirmation to each effect; what was not seen is left out.

        The panorama counts orders and does not name them: the n-th that it counts is held against the n-th confirmed.
        """
        found = {
            name: [seen[order_id] - began for order_id, began in confirmed.items() if order_id in seen]
            for name, seen in self.effects.items()
        }
        base, news = self.counts[0][1], iter(self.counts)
        moment, count = next(news)
        found[PANORAMA] = []
        with suppress(StopIteration):
            for number, began in enumerate(sorted(confirmed.values()), 1):
                while count < base + number:
                    moment, count = next(news)
                found[PANORAMA].append(moment - began)
        return found

    async def looks(self) -> int:
        """How often the panorama was looked at: not before the first time is it known what was there already."""
        return len(self.counts)

    async def has(self, orders: Iterable[str]) -> bool:
        """True when every effect of these orders was seen."""
        wanted = set(orders)
        counted = self.counts[-1][1] - self.counts[0][1] if self.counts else 0
        return counted >= len(wanted) and all(wanted <= seen.keys() for seen in self.effects.values())


@asynccontextmanager
async def watching(postgres: Postgres) -> AsyncIterator[Sight]:
    """Keeps looking until the block ends; what was there before it began is seen in the first look."""
    sight = Sight()
    looks = [asyncio.create_task(_look(postgres, name, sight)) for name in (*_SEEN, PANORAMA)]
    try:
        await until("a first look", sight.looks, bool)
        yield sight
    finally:
        for look in looks:
            look.cancel()
        ended = await asyncio.gather(*looks, return_exceptions=True)
    if broken := [one for one in ended if not isinstance(one, asyncio.CancelledError)]:
        raise RuntimeError(f"who looked for effects saw nothing any more: {broken}")


async def confirmed(postgres: Postgres, since: datetime) -> dict[str, float]:
    """The orders confirmed since, and when each was."""
    connection = await asyncpg.connect(postgres.dsn(database=database_of("order")))
    try:
        rows = await connection.fetch(_CONFIRMED, since)
    finally:
        await connection.close()
    return {row["aggregate_id"]: row["record_time"].timestamp() for row in rows}


async def _look(postgres: Postgres, name: str, sight: Sight) -> None:
    owner, question = _SEEN.get(name, ("attribution", ""))
    connection = await asyncpg.connect(postgres.dsn(database=database_of(owner)))
    try:
        while True:
            if question:
                seen = sight.effects[name]
                rows = await connection.fetch(question, list(seen))
                # the answer's time, not the question's: a delay is never shown too short
                seen.update(dict.fromkeys((row[0] for row in rows), time.time()))
            else:
                count = await connection.fetchval(_COUNTED)
                sight.counts.append((time.time(), count))
            await asyncio.sleep(PAUSE)
    finally:
        await connection.close()
