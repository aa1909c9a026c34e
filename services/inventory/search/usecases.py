"""Finds goods by what people type, and keeps what they are found by."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, product
from typing import Any

from kit import pages
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from services.inventory.catalogue import store_places, store_products
from services.inventory.catalogue.domain import Product
from services.inventory.search import domain, domain_typos, store
from services.inventory.search.domain import Filter, Found, Hits, Query

# mended queries that are tried before we say that there is nothing
_TRIES = 6


async def learn(tx: Tx, products: Sequence[Product]) -> None:
    """Keeps what the products are found by, in the transaction that writes them."""
    await store.put(tx, [domain.document(one) for one in products], domain.RULES)


class Search:
    """The catalogue by its words."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" search"

    async def find(self, text: str, wanted: Filter, size: int, token: str) -> Hits:
        """Products that fit, the best first; where nothing does, what may have been meant."""
        size = pages.page_size(size)
        asked, cursor = domain.query(text), pages.decode(token, self._page_key)
        async with self._db.read() as tx:
            await _check(tx, wanted)
            if cursor:
                asked = replace(asked, words=tuple(cursor["words"]), loose=cursor["loose"])
                after = Found(*cursor["after"])
                found = await store.find(tx, asked, wanted, self._clock(), after, size)
            else:
                asked, found = await self._first(tx, asked, wanted, size)
            held = {one.product_id: one for one in await store_products.by_id(tx, [one.product_id for one in found])}
        mended = asked.words != domain.query(text).words
        hits = [(held[one.product_id], one.match, _named(asked, held[one.product_id])) for one in found]
        return Hits(hits, self._more(asked, found, size), _spelt(asked) if mended else "")

    async def _first(self, tx: Tx, asked: Query, wanted: Filter, size: int) -> tuple[Query, list[Found]]:
        """The first page, of the first reading of the query that finds anything."""
        found = await store.find(tx, asked, wanted, self._clock(), None, size)
        if found:
            return asked, found
        for other in await _readings(tx, asked):
            found = await store.find(tx, other, wanted, self._clock(), None, size)
            if found:
                return other, found
        return asked, []

    def _more(self, asked: Query, found: list[Found], size: int) -> str:
        if len(found) < size:
            return ""
        last = found[-1]
        cursor: dict[str, Any] = {"words": asked.words, "loose": asked.loose}
        return pages.encode(cursor | {"after": [last.match, last.missed, last.product_id]}, self._page_key)


async def _check(tx: Tx, wanted: Filter) -> None:
    """A filter that is misspelt must not come back as everything."""
    if wanted.channel_id:
        channels, _ = await store_places.channels(tx)
        if wanted.channel_id not in {one.channel_id for one in channels}:
            raise invalid("channel_id", "must be a channel of the brand")
    if wanted.location_id and await store_places.unknown(tx, [wanted.location_id]):
        raise invalid("location_id", "must be a location of the brand")


async def _readings(tx: Tx, asked: Query) -> list[Query]:
    """What may have been meant: other words for those that nothing has, then characters that are no neighbours."""
    choices: list[list[str]] = []
    strange = set(await store.strange(tx, asked.words))
    for word in asked.words:
        mended = domain_typos.best(word, await store.similar(tx, word)) if _mendable(word, strange) else []
        choices.append(mended or [word])
    readings = [replace(asked, words=words) for words in islice(product(*choices), _TRIES)]
    loose = [replace(one, loose=True) for one in readings if len(asked.grams) > 1 or len("".join(asked.grams)) > 1]
    return [one for one in (*readings, *loose) if one != asked]


def _mendable(word: str, strange: set[str]) -> bool:
    return word in strange and domain_typos.worth_mending(word)


def _named(asked: Query, found: Product) -> list[str]:
    return [
        variant.sku for variant in found.variants if any(asked.names(one) for one in (variant.sku, *variant.barcodes))
    ]


def _spelt(asked: Query) -> str:
    """The words as they were looked for; characters are looked for as they were typed."""
    return " ".join(asked.words)
