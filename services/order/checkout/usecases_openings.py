"""Looks up what prices begin with and keeps what they come to, for all who ask at the same moment in one statement."""

from collections.abc import Sequence

from kit.batcher import Batcher
from kit.postgres import Database
from services.order.checkout import store_quotes
from services.order.checkout.store_quotes import Opening, Priced, Wanted

_MOST = 256


class Openings:
    """A rush waits here in line, and not for a connection: so nobody is turned away who can still be served in time."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lookups: Batcher[Wanted, Opening] = Batcher(self._look_up, _MOST, name="order.opening")
        self._quotes: Batcher[Priced, None] = Batcher(self._keep, _MOST, name="order.quote")

    async def look_up(self, wanted: Wanted) -> Opening:
        """What is known before a price is made."""
        return await self._lookups.submit(wanted)

    async def keep(self, given: Priced) -> None:
        """Keeps a quote."""
        await self._quotes.submit(given)

    async def _look_up(self, wanted: Sequence[Wanted]) -> list[Opening | Exception]:
        async with self._db.read() as tx:
            return [*await store_quotes.openings(tx, wanted)]

    async def _keep(self, given: Sequence[Priced]) -> list[Exception | None]:
        async with self._db.read() as tx:
            await store_quotes.put(tx, given)
        return [None] * len(given)
