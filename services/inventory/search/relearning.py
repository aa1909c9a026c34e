"""Makes documents for products that have none of today's rules: after an upgrade, once."""

from kit.postgres import Database
from services.inventory.catalogue import store_products
from services.inventory.search import domain, store, usecases

_AT_ONCE = 200


class Relearning:
    """Finds nothing more when every product has its document; what is written meanwhile learns as it is written."""

    pause = 1.0

    def __init__(self, db: Database) -> None:
        self._db = db
        self._after: str | None = ""

    async def look(self) -> bool:
        """Learns some products in code order; whether there may be more."""
        if self._after is None:
            return False
        async with self._db.transaction() as tx:
            # nobody may write a product between our reading and our learning it
            await store_products.lock(tx)
            stale = await store.stale(tx, self._after, domain.RULES, _AT_ONCE)
            await usecases.learn(tx, await store_products.by_id(tx, stale))
        self._after = stale[-1] if stale else None
        return bool(stale)
