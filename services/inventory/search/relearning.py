"""Makes documents for products that have none of today's rules: after an upgrade, once."""

import asyncio
from contextlib import suppress

import asyncpg

from kit.errors import Fault
from kit.postgres import Database
from kit.telemetry import logs
from services.inventory.catalogue import store_products
from services.inventory.search import domain, store, usecases

_AT_ONCE = 200
_PAUSE = 1.0
_TROUBLE = (Fault, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

_log = logs.get(__name__)


class Relearning:
    """Ends by itself when every product has its document; what is written meanwhile learns as it is written."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Works until all is done, or `stop`."""
        after: str | None = ""
        while after is not None and not self._stopping.is_set():
            try:
                after = await self.some(after)
            except _TROUBLE as error:
                _log.warning("search waits", error=f"{type(error).__name__}: {error}")
                with suppress(TimeoutError):
                    async with asyncio.timeout(_PAUSE):
                        await self._stopping.wait()
        await self._stopping.wait()

    def stop(self) -> None:
        """Asks `run` to end."""
        self._stopping.set()

    async def some(self, after: str) -> str | None:
        """Learns some products in code order; the last one, or None when there are no more."""
        async with self._db.transaction() as tx:
            # nobody may write a product between our reading and our learning it
            await store_products.lock(tx)
            stale = await store.stale(tx, after, domain.RULES, _AT_ONCE)
            await usecases.learn(tx, await store_products.by_id(tx, stale))
        return stale[-1] if stale else None
