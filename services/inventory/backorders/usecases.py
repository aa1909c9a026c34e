"""Promises that wait: listed, and given another turn."""

from kit import access, outbox, pages, requests
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import supply_service_pb2 as rpc
from services.inventory.backorders import marks, store, wire
from services.inventory.catalogue.domain import NotFound
from services.inventory.stock import store_levels

_FIRST = ["", "", "", 0]


class Backorders:
    """Who waits for goods."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" backorders"

    async def page(
        self, sku: str, location_id: str, owner_id: str, size: int, token: str
    ) -> rpc.ListBackordersResponse:
        """Who waits, by SKU and place, each place in its turns."""
        size = pages.page_size(size)
        after = (pages.decode(token, self._page_key) or {"after": _FIRST})["after"]
        async with self._db.read() as tx:
            if owner_id:
                rows = await store.of_owners(tx, [owner_id])
                rows = [row for row in rows if sku in ("", row.sku) and location_id in ("", row.location_id)]
                return rpc.ListBackordersResponse(backorders=map(wire.backorder, rows))
            rows = await store.page(tx, tuple(after), sku, location_id, size)
        more = pages.encode({"after": list(rows[-1].key)}, self._page_key) if len(rows) == size else ""
        return rpc.ListBackordersResponse(backorders=map(wire.backorder, rows), next_page_token=more)

    async def prioritize(self, asked: Request, owner_id: str, priority: int) -> rpc.PrioritizeBackorderResponse:
        """Gives an order another turn wherever it waits; what it has already stays with whoever has it by turn."""

        async def work(tx: Tx) -> rpc.PrioritizeBackorderResponse:
            rows = await store.of_owners(tx, [owner_id])
            if not rows:
                raise NotFound("nothing waits for goods under this id", owner_id=owner_id)
            levels = await store_levels.lock(tx, (row.place for row in rows))
            await store.prioritize(tx, owner_id, priority, access.current().actor)
            await outbox.append(tx, *await marks.mark(tx, levels.values(), self._clock()))
            after = await store.of_owners(tx, [owner_id])
            return rpc.PrioritizeBackorderResponse(backorders=map(wire.backorder, after))

        return await requests.once(self._db, asked, work, rpc.PrioritizeBackorderResponse)
