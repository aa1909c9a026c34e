"""Price lists: a head that is replaced, and prices of which the named ones change."""

from dataclasses import replace

from kit import access, outbox, pages, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import catalogue_service_pb2 as rpc
from services.inventory.catalogue import store_prices, store_products, wire_out
from services.inventory.catalogue.domain import NotFound, PriceList, UnknownSku
from services.inventory.pricing import store

_LARGEST_PAGE = 1000


class Prices:
    """What goods cost before anybody takes something off."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" prices"

    async def put(
        self, asked: Request, given: PriceList, named: dict[str, int], removed: list[str], reason: str
    ) -> rpc.PutPriceListResponse:
        """Creates a list or replaces its head, and changes what is named; a repetition changes nothing."""

        async def work(tx: Tx) -> rpc.PutPriceListResponse:
            await store_products.bump(tx)
            before = await store_prices.head(tx, given.price_list_id)
            if before and before.currency_code != given.currency_code:
                raise invalid("price_list.currency_code", f"is {before.currency_code} for good")
            if missing := await store_products.unknown(tx, named):
                raise UnknownSku(f"{missing[0]} is not in the catalogue", sku=missing[0])
            version = await self.change(tx, before, given, named, removed, reason)
            return rpc.PutPriceListResponse(version=version)

        return await requests.once(self._db, asked, work, rpc.PutPriceListResponse)

    async def change(
        self,
        tx: Tx,
        before: PriceList | None,
        given: PriceList,
        named: dict[str, int],
        removed: list[str],
        reason: str = "",
    ) -> int:
        """Writes a list's head and what is named, and why; the caller holds the catalogue's lock."""
        version = before.version if before else 0
        held = await store_prices.held(tx, given.price_list_id, [*named, *removed])
        new = {sku: amount for sku, amount in named.items() if held.get(sku) != amount}
        gone = [sku for sku in removed if sku in held]
        if before == replace(given, version=version) and not new and not gone:
            return version
        parts = wire_out.parts(new, gone)
        after = replace(given, version=version + len(parts))
        actor, now = access.current().actor, self._clock()
        await store_prices.put_head(tx, after, actor)
        await store_prices.put(tx, given.price_list_id, new, gone, after.version)
        head_changed = before != replace(given, version=version)
        await store.log(tx, after, head_changed, held, new, gone, actor, now, reason)
        events = [
            wire_out.price_list_changed(after, version + number, prices, out, now)
            for number, (prices, out) in enumerate(parts, 1)
        ]
        await outbox.append(tx, *events)
        return after.version

    async def get(self, price_list_id: str, size: int, token: str) -> tuple[PriceList, list[tuple[str, int]], str]:
        """A list with one page of its prices."""
        size = pages.page_size(size, default=100, largest=_LARGEST_PAGE)
        after = (pages.decode(token, self._page_key) or {"after": ""})["after"]
        async with self._db.read() as tx:
            head = await store_prices.head(tx, price_list_id)
            if head is None:
                raise NotFound(f"there is no price list {price_list_id}", price_list_id=price_list_id)
            found = await store_prices.page(tx, price_list_id, after, size)
        more = pages.encode({"after": found[-1][0]}, self._page_key) if len(found) == size else ""
        return head, found, more
