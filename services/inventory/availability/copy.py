"""The process's copy of what the books have: for lists of goods, never older than its age, read once for all."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.inventory.availability.domain_atp import Shelf, Shelves

# as of when, and the shelves; goods that are in no books are left out
Reading = tuple[datetime, Mapping[str, Shelf]]
_LARGEST = 100_000


@dataclass(frozen=True, slots=True)
class Row:
    """A good as it was read."""

    since: float
    at: datetime
    shelf: Shelf


class Copy:
    """Shared by all requests of a process: who finds a good being read waits for that reading."""

    def __init__(self, read: Callable[[list[str]], Awaitable[Reading]], age: float) -> None:
        self._read = read
        self._age = age
        self._rows: dict[str, Row] = {}
        self._coming: dict[str, asyncio.Task[None]] = {}

    async def shelves(self, skus: Iterable[str]) -> tuple[Shelves, datetime]:
        """The shelves of these goods, and the moment that all of them are at least as young as."""
        wanted = list(dict.fromkeys(skus))
        # what is asked for again while it is being read was read before that question: one more round at most
        while missing := self._missing(wanted):
            await self._fetch(missing)
        rows = {sku: self._rows[sku] for sku in wanted}
        return {sku: row.shelf for sku, row in rows.items()}, min(row.at for row in rows.values())

    def _missing(self, wanted: list[str]) -> list[str]:
        oldest = time.monotonic() - self._age
        return [sku for sku in wanted if (row := self._rows.get(sku)) is None or row.since < oldest]

    async def _fetch(self, missing: list[str]) -> None:
        fresh = [sku for sku in missing if sku not in self._coming]
        if fresh:
            task = asyncio.create_task(self._load(fresh))
            self._coming |= dict.fromkeys(fresh, task)
        tasks = {self._coming[sku] for sku in missing}
        # shielded: others may wait for the same reading
        await asyncio.gather(*(asyncio.shield(task) for task in tasks))

    async def _load(self, skus: list[str]) -> None:
        since = time.monotonic()
        try:
            at, found = await self._read(skus)
        finally:
            for sku in skus:
                del self._coming[sku]
        if len(self._rows) > _LARGEST:
            self._rows.clear()
        self._rows |= {sku: Row(since, at, found.get(sku, Shelf())) for sku in skus}
