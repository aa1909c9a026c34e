"""Takes what other systems tell of stock: each batch once, in the sequence of its source."""

from kit import outbox, pages
from kit.clock import Clock
from kit.postgres import Database, Tx
from omo.inventory.v1 import feeds_service_pb2 as rpc
from services.inventory.catalogue import drop_points, placeholders, store_places, store_products
from services.inventory.feeds import domain, store, wire
from services.inventory.feeds.domain import Batch, FeedReused
from services.inventory.stock import books, counts, store_levels
from services.inventory.stock import domain as stock
from services.inventory.stock import wire as stock_wire
from services.inventory.stock.domain import Movement, UnknownLocation


class Feeds:
    """A reset is a count, so that it does not erase what was sold after it; a delta moves goods like any other."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes, time_zone: str) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" feeds"
        self._time_zone = time_zone

    async def post(self, batch: Batch) -> rpc.PostStockFeedResponse:
        """Books a batch if it is the next of its source; one that was taken gets its answer again."""
        async with self._db.transaction() as tx:
            if await store_places.unknown(tx, [batch.location_id]):
                raise UnknownLocation(f"{batch.location_id} is no location", location_id=batch.location_id)
            await drop_points.refuse(tx, [("location_id", batch.location_id)])
            last = await store.lock(tx, batch)
            if taken := await store.answered(tx, batch):
                return _again(batch, *taken)
            domain.must_be_next(batch, last)
            return await self._take(tx, batch)

    async def _take(self, tx: Tx, batch: Batch) -> rpc.PostStockFeedResponse:
        now = self._clock()
        unknown = sorted(await store_products.unknown(tx, [one.sku for one in batch.rows]))
        await placeholders.ensure(tx, unknown, [], self._time_zone, now)
        entries = _entries(batch)
        levels = await store_levels.lock(tx, [one.place for one in entries], make=True)
        if batch.reset:
            found, events = await counts.book(tx, entries, levels, now)
            ignored = [one.place[0] for one in found if one.overtaken]
        else:
            ignored = sorted({one.sku for one in stock.late(entries, levels)})
            events = await books.book(tx, entries, levels, now)
        await outbox.append(tx, *events)
        mark = await store.move(tx, batch)
        answer = rpc.PostStockFeedResponse(
            booked=sum(one.sku not in set(ignored) for one in batch.rows),
            ignored_skus=ignored,
            unknown_skus=unknown,
            watermark=wire.watermark(mark),
        )
        await store.keep(tx, batch, answer.SerializeToString())
        return answer

    async def page(self, source: str, location_id: str, size: int, token: str) -> rpc.ListFeedWatermarksResponse:
        """How far each source is."""
        size = pages.page_size(size)
        cursor = pages.decode(token, self._page_key) or {"source": "", "at": ""}
        async with self._db.read() as tx:
            found = await store.page(tx, (cursor["source"], cursor["at"]), source, location_id, size)
        more = ""
        if len(found) == size:
            more = pages.encode({"source": found[-1].source, "at": found[-1].location_id}, self._page_key)
        return rpc.ListFeedWatermarksResponse(watermarks=map(wire.watermark, found), next_page_token=more)


def _again(batch: Batch, fingerprint: bytes, answer: bytes) -> rpc.PostStockFeedResponse:
    if fingerprint != batch.fingerprint:
        raise FeedReused(f"{batch.sequence} was taken with other content", source=batch.source, sequence=batch.sequence)
    return rpc.PostStockFeedResponse.FromString(answer)


def _entries(batch: Batch) -> list[Movement]:
    who = stock_wire.who()
    return [
        Movement(row.sku, batch.location_id, "FEED", row.quantity, batch.at, batch.source_id, who, line_no=number)
        for number, row in enumerate(batch.rows, 1)
    ]
