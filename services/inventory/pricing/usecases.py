"""Looks up list prices, and where the brand's prices are not one."""

from collections.abc import Sequence
from datetime import datetime

from kit import pages
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from services.inventory.catalogue import store_places
from services.inventory.catalogue.domain import Location, NotFound, PriceList, UnknownSku
from services.inventory.pricing import domain, store
from services.inventory.pricing.domain import Board, Change, Gap, SalesPlace

# goods looked at for one page: a page of a catalogue without differences ends all the same
_LOOKED_AT = 2_000
_AT_ONCE = 500


class ListPrices:
    """What goods cost before anybody takes something off."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" list prices"

    async def lists(self, size: int, token: str) -> tuple[list[PriceList], str]:
        """Price lists without their prices, and the token of the next page."""
        key, size = self._page_key + b" heads", pages.page_size(size)
        after = (pages.decode(token, key) or {"after": ""})["after"]
        async with self._db.read() as tx:
            found = await store.heads(tx, after, size)
        more = pages.encode({"after": found[-1].price_list_id}, key) if len(found) == size else ""
        return found, more

    async def resolve(self, sku: str, where: SalesPlace, tier: str, at: datetime | None) -> tuple[PriceList, int, int]:
        """The list that decides, the amount, and of how many base units."""
        past = self._past(at)
        async with self._db.read() as tx:
            held = await store.prices_of(tx, sku, past)
            if held is None:
                raise UnknownSku(f"{sku} is not in the catalogue", sku=sku)
            lists = await _all_lists(tx, past)
        scale, prices = held
        found = domain.resolve(lists, prices, where, tier, at or self._clock())
        if found is None:
            raise NotFound(f"no list prices {sku} there and then", sku=sku, channel_id=where.channel_id)
        return found, prices[found.price_list_id], scale

    async def gaps(
        self, size: int, token: str, tier: str, at: datetime | None, channel_ids: Sequence[str]
    ) -> tuple[list[Gap], str, datetime]:
        """SKUs that do not cost the same everywhere, the token of the next page, and as of when."""
        size, cursor = pages.page_size(size), pages.decode(token, self._page_key)
        moment = datetime.fromisoformat(cursor["at"]) if cursor else at or self._clock()
        after, found, past = cursor["after"] if cursor else "", list[Gap](), self._past(moment)
        async with self._db.read() as tx:
            board = await _board(tx, tier, moment, past, channel_ids)
            for _ in range(_LOOKED_AT // _AT_ONCE):
                goods = await store.goods(tx, after, _AT_ONCE, past)
                for good in goods:
                    after = good.sku
                    if (gap := board.gap(good)) is not None:
                        found.append(gap)
                    if len(found) == size:
                        return found, self._more(after, moment), moment
                if len(goods) < _AT_ONCE:
                    return found, "", moment
        return found, self._more(after, moment), moment

    def _past(self, at: datetime | None) -> datetime | None:
        """The moment, if it is over: what was changed since is undone for it; what will be changed nobody knows."""
        return at if at is not None and at < self._clock() else None

    def _more(self, after: str, moment: datetime) -> str:
        return pages.encode({"after": after, "at": moment.isoformat()}, self._page_key)

    async def changes(self, size: int, token: str, sku: str, price_list_id: str) -> tuple[Sequence[Change], str]:
        """Changes of prices, the newest first, and the token of the next page."""
        key, size = self._page_key + b" changes", pages.page_size(size)
        before = (pages.decode(token, key) or {"before": ""})["before"]
        async with self._db.read() as tx:
            found = await store.changes(tx, sku, price_list_id, before, size)
        more = pages.encode({"before": found[-1].change_id}, key) if len(found) == size else ""
        return found, more


async def _board(tx: Tx, tier: str, at: datetime, past: datetime | None, channel_ids: Sequence[str]) -> Board:
    channels, _ = await store_places.channels(tx)
    if strange := set(channel_ids) - {one.channel_id for one in channels}:
        raise invalid("channel_ids", f"must be channels of the brand, {min(strange)} is none")
    where = domain.places(channels, await _all_places(tx), channel_ids)
    return Board(await _all_lists(tx, past), where, tier, at)


async def _all_lists(tx: Tx, past: datetime | None) -> list[PriceList]:
    if past is not None:
        return await store.heads_at(tx, past)
    found: list[PriceList] = []
    while some := await store.heads(tx, found[-1].price_list_id if found else "", _AT_ONCE):
        found += some
    return found


async def _all_places(tx: Tx) -> list[Location]:
    found: list[Location] = []
    while some := await store_places.page(tx, found[-1].location_id if found else "", _AT_ONCE):
        found += some
    return found
