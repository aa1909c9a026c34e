"""Products and their variants, written whole and found by any of their codes."""

from kit import access, outbox, pages, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import catalogue_service_pb2 as rpc
from services.inventory.catalogue import domain, store_products, wire_out
from services.inventory.catalogue.domain import NotFound, Product

# an event holds a whole product and no more than 64 KiB
_LARGEST = 60 * 1024


class Products:
    """The goods of the brand."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" products"

    async def put(self, asked: Request, given: list[Product]) -> rpc.PutProductsResponse:
        """Creates or replaces products, all or none."""

        async def work(tx: Tx) -> rpc.PutProductsResponse:
            await store_products.bump(tx)
            shelf = await store_products.shelf(tx, given)
            written = domain.put(shelf, given)
            await store_products.put(tx, written, access.current().actor)
            now = self._clock()
            events = [wire_out.product_changed(one, now) for one in written]
            _fit(given, {one.product.product_id for one in events if one.ByteSize() > _LARGEST})
            await outbox.append(tx, *events)
            known = {one.product_id: one.version for one in (*shelf.products.values(), *written)}
            versions = [(one.product_id, known[one.product_id]) for one in given]
            return rpc.PutProductsResponse(
                versions=[rpc.ProductVersion(product_id=code, version=version) for code, version in versions]
            )

        return await requests.once(self._db, asked, work, rpc.PutProductsResponse)

    async def get(self, product_id: str) -> Product:
        """One product."""
        async with self._db.read() as tx:
            found = await store_products.by_id(tx, [product_id])
        if not found:
            raise NotFound(f"there is no product {product_id}", product_id=product_id)
        return found[0]

    async def find(self, code: str) -> tuple[Product, str]:
        """The product and the SKU of a SKU or barcode."""
        async with self._db.read() as tx:
            found = await store_products.find(tx, code)
        if found is None:
            raise NotFound(f"nothing has the code {code}", code_=code)
        return await self.get(found[0]), found[1]

    async def page(self, size: int, token: str, *, active_only: bool, category: str) -> tuple[list[Product], str]:
        """Products in code order, and the token of the next page."""
        size = pages.page_size(size)
        after = (pages.decode(token, self._page_key) or {"after": ""})["after"]
        async with self._db.read() as tx:
            found = await store_products.page(tx, after, size, active_only=active_only, category=category)
        more = pages.encode({"after": found[-1].product_id}, self._page_key) if len(found) == size else ""
        return found, more


def _fit(given: list[Product], large: set[str]) -> None:
    for number, product in enumerate(given):
        if product.product_id in large:
            raise invalid(f"products[{number}]", "is too large with all its variants: 60 KiB at most")
