"""Products and their variants, written whole and found by any of their codes."""

from collections.abc import Sequence
from datetime import UTC, datetime

from kit import access, outbox, pages, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import catalogue_service_pb2 as rpc
from services.inventory.catalogue import domain, domain_kits, store_kits, store_products, wire_out
from services.inventory.catalogue.domain import NotFound, Product, Shelf, UnknownSku
from services.inventory.catalogue.domain_kits import Definition
from services.inventory.search import usecases as search

# an event holds a whole product and no more than 64 KiB
_LARGEST = 60_000
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


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
            shelf, written = await self.write(tx, given)
            known = {one.product_id: one.version for one in (*shelf.products.values(), *written)}
            versions = [(one.product_id, known[one.product_id]) for one in given]
            return rpc.PutProductsResponse(
                versions=[rpc.ProductVersion(product_id=code, version=version) for code, version in versions]
            )

        return await requests.once(self._db, asked, work, rpc.PutProductsResponse)

    async def write(self, tx: Tx, given: list[Product]) -> tuple[Shelf, list[Product]]:
        """Writes products, what they are found by and their news; the caller holds the catalogue's lock.

        Answers with what stood there, and with what was new.
        """
        shelf = await store_products.shelf(tx, given)
        written = domain.put(shelf, given)
        await check_kits(tx, written)
        await store_products.put(tx, written, access.current().actor)
        await search.learn(tx, written)
        now = self._clock()
        await store_kits.define(tx, _redefined(shelf, written, now))
        _fit(given, written)
        await outbox.append(tx, *(wire_out.product_changed(one, now) for one in written))
        return shelf, written

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


async def check_kits(tx: Tx, written: list[Product]) -> None:
    """Refuses kits of what nobody knows, and kits that would hold themselves."""
    new = {variant.sku: variant.components for product in written for variant in product.variants}
    parts = {part.sku for components in new.values() for part in components}
    if not parts:
        return
    if missing := await store_products.unknown(tx, parts - new.keys()):
        raise UnknownSku(f"{missing[0]} is not in the catalogue", sku=missing[0])
    kits = {**await store_kits.reached(tx, parts), **new}
    domain_kits.check(new, {sku: components for sku, components in kits.items() if components})


def too_large(product: Product) -> bool:
    """Whether a product with all its variants does not fit an event."""
    return wire_out.product(product).ByteSize() > _LARGEST


def _fit(given: list[Product], written: list[Product]) -> None:
    large = {one.product_id for one in written if too_large(one)}
    for number, product in enumerate(given):
        if product.product_id in large:
            raise invalid(f"products[{number}]", "is too large with all its variants: 60 KiB at most")


def _redefined(shelf: Shelf, written: Sequence[Product], now: datetime) -> list[Definition]:
    """Kits that are made of something else from now on; what was no kit before was none on every day until now."""
    found: list[Definition] = []
    for product in written:
        held = shelf.products.get(product.product_id)
        before = {one.sku: one.components for one in held.variants} if held else {}
        for one in product.variants:
            if one.components == before.get(one.sku, ()):
                continue
            if one.sku in before and not before[one.sku]:
                found.append(Definition(one.sku, _EVER, ()))
            found.append(Definition(one.sku, now, one.components))
    return found
