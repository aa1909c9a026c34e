"""The whole catalogue in pages, for whoever begins to follow its events."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from kit import pages
from kit.postgres import Database, Tx
from services.inventory.assortment import store
from services.inventory.assortment.domain import Assortment
from services.inventory.catalogue import store_groups, store_places, store_prices, store_products
from services.inventory.catalogue.domain import Channel, Group, Location, PriceList, Product, TaxClass
from services.inventory.lots import store_blocked
from services.inventory.lots.domain import Lot

# prices are small: a page holds ten times as many
_PRICES = 10


@dataclass(slots=True)
class Page:
    """One page: `version` is what the first page saw, so everything up to it is in the pages together."""

    version: int = 0
    products: list[Product] = field(default_factory=list)
    locations: list[Location] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    tax_classes: list[TaxClass] = field(default_factory=list)
    price_lists: list[tuple[PriceList, list[tuple[str, int]]]] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    assortments: list[Assortment] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    more: str = ""


Cursor = dict[str, Any]
Part = Callable[[Tx, Page, Cursor, int], Awaitable[Cursor | None]]


async def _places(tx: Tx, page: Page, cursor: Cursor, size: int) -> Cursor | None:
    if not cursor["after"]:
        page.channels, page.tax_classes = await store_places.channels(tx)
    page.locations = await store_places.page(tx, cursor["after"], size)
    return {"after": page.locations[-1].location_id} if len(page.locations) == size else None


async def _products(tx: Tx, page: Page, cursor: Cursor, size: int) -> Cursor | None:
    page.products = await store_products.page(tx, cursor["after"], size)
    return {"after": page.products[-1].product_id} if len(page.products) == size else None


async def _bare_lists(tx: Tx, page: Page, cursor: Cursor, size: int) -> Cursor | None:
    found = await store_prices.bare(tx, cursor["after"], size)
    page.price_lists = [(one, []) for one in found]
    return {"after": found[-1].price_list_id} if len(found) == size else None


async def _prices(tx: Tx, page: Page, cursor: Cursor, size: int) -> Cursor | None:
    rows = await store_prices.everything(tx, (cursor["after"], cursor.get("sku", "")), size * _PRICES)
    by_list = {code: [(sku, amount) for _, sku, amount in some] for code, some in groupby(rows, lambda row: row[0])}
    heads = await store_prices.heads(tx, list(by_list))
    page.price_lists = [(heads[code], prices) for code, prices in by_list.items() if code in heads]
    return {"after": rows[-1][0], "sku": rows[-1][1]} if len(rows) == size * _PRICES else None


async def _groups(tx: Tx, page: Page, cursor: Cursor, size: int) -> Cursor | None:
    page.groups = [group for group, _ in await store_groups.page(tx, cursor["after"], size)]
    return {"after": page.groups[-1].group_id} if len(page.groups) == size else None


async def _assortments(tx: Tx, page: Page, cursor: Cursor, size: int) -> Cursor | None:
    skus = await store.skus(tx, cursor["after"], size)
    page.assortments = list((await store.of(tx, skus)).values())
    return {"after": skus[-1]} if len(skus) == size else None


async def _lots(tx: Tx, page: Page, cursor: Cursor, size: int) -> Cursor | None:
    after = (cursor["after"], cursor.get("lot", ""), cursor.get("serial", ""))
    page.lots = await store_blocked.page(tx, after, size)
    if len(page.lots) < size:
        return None
    last = page.lots[-1]
    return {"after": last.sku, "lot": last.lot, "serial": last.serial}


_PARTS: tuple[Part, ...] = (_places, _groups, _products, _bare_lists, _prices, _assortments, _lots)


class Reference:
    """Reads the catalogue part by part."""

    def __init__(self, db: Database, page_key: bytes) -> None:
        self._db = db
        self._page_key = page_key + b" reference"

    async def page(self, size: int, token: str) -> Page:
        """The page of a token; changes made meanwhile come by event, with higher versions."""
        size = pages.page_size(size, default=100)
        cursor = pages.decode(token, self._page_key) or {"part": 0, "after": "", "version": None}
        page = Page()
        async with self._db.read() as tx:
            seen = cursor["version"]
            page.version = await store_products.version(tx) if seen is None else seen
            following = await _PARTS[cursor["part"]](tx, page, cursor, size)
        part = cursor["part"] if following else cursor["part"] + 1
        if part < len(_PARTS):
            step = {"part": part, "version": page.version, "after": ""} | (following or {})
            page.more = pages.encode(step, self._page_key)
        return page
