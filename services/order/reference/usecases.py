"""Holds in memory what prices depend on, no older than the version that the caller names."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from kit.batcher import Batcher
from kit.postgres import Database
from services.order.reference import store_reads
from services.order.reference.domain import Good, Surroundings

# a good is under a kilobyte with its prices: some 20 MB at most
_GOODS = 20_000
# more changes than this at once are an import: forget everything rather than ask for each
_CHANGES = 2_000
_AT_ONCE = 500


class Reference:
    """The reference copies as this process holds them; bounded, least recently used first out."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._held: Surroundings | None = None
        self._goods: OrderedDict[str, Good] = OrderedDict()
        self._refreshing = asyncio.Lock()
        self._loads: Batcher[str, Good | None] = Batcher(self._load, _AT_ONCE, name="order.goods")

    async def surroundings(self, head: int) -> Surroundings:
        """Everything small, as of `head` or newer."""
        held = self._held
        if held is None or held.version < head:
            return await self._refresh(head)
        return held

    async def goods(self, skus: Sequence[str]) -> dict[str, Good]:
        """The goods among these SKUs; call after `surroundings`, which drops those that changed."""
        held = self._goods
        found = {}
        for sku in skus:
            good = held.get(sku)
            if good is not None:
                held.move_to_end(sku)
                found[sku] = good
        if missing := [sku for sku in dict.fromkeys(skus) if sku not in found]:
            loaded = await asyncio.gather(*map(self._loads.submit, missing))
            found |= {sku: good for sku, good in zip(missing, loaded, strict=True) if good is not None}
        return found

    async def _load(self, missing: Sequence[str]) -> list[Good | Exception | None]:
        """Those that several ask for are read once: a rush for one good is one question."""
        as_of = self._held
        async with self._db.read() as tx:
            loaded = await store_reads.goods(tx, list(dict.fromkeys(missing)))
        # a refresh in between may have dropped what was read before it: use it this once, keep nothing
        if self._held is as_of:
            self._goods.update(loaded)
            while len(self._goods) > _GOODS:
                self._goods.popitem(last=False)
        return [loaded.get(sku) for sku in missing]

    async def _refresh(self, head: int) -> Surroundings:
        async with self._refreshing:
            held = self._held
            if held is not None and held.version >= head:
                return held
            async with self._db.read() as tx:
                fresh = await store_reads.surroundings(tx)
                changed = await store_reads.changed_since(tx, held.version, _CHANGES) if held else set()
            if held is None or len(changed) >= _CHANGES:
                self._goods.clear()
            for sku in changed:
                self._goods.pop(sku, None)
            self._held = fresh
            return fresh
