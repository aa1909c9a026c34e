"""Incoming goods: written by headquarters, received by stores; what that does to promises."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from google.protobuf.message import Message

from kit import access, outbox, pages, requests, timers
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from kit.timers import Due
from omo.inventory.v1 import supply_service_pb2 as rpc
from services.inventory.backorders import marks
from services.inventory.catalogue import drop_points, placeholders, store_kits, store_places, store_products
from services.inventory.catalogue.domain import NotFound
from services.inventory.lots import naming
from services.inventory.lots.domain import Units
from services.inventory.lots.domain_entries import deal
from services.inventory.stock import books, ledger, store_levels
from services.inventory.stock import wire as stock_wire
from services.inventory.stock.domain import Level, LocationClosed, Movement, Place, UnknownLocation, UnknownSku, Who
from services.inventory.supply import domain, store, wire
from services.inventory.supply.domain import Arrival, Came, Document
from services.inventory.tasks import opening

LATE, TASK = "supply.late", "SUPPLY_LATE"
_EVER, _SOON = datetime(1, 1, 1, tzinfo=UTC), timedelta(seconds=5)


class Supply:
    """Each verb is one transaction: the document, its levels, what was promised of them."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes, time_zone: str) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" supply"
        self._time_zone = time_zone

    async def put(self, asked: Request, given: Sequence[Document]) -> rpc.PutSupplyResponse:
        """Writes documents whole, all or none; the same again changes nothing."""

        async def work(tx: Tx) -> rpc.PutSupplyResponse:
            now = self._clock()
            known = await store.lock(tx, [one.document_id for one in given])
            pairs = [(known.get(one.document_id), one) for one in given]
            await _check(tx, pairs)
            after = [domain.put(old, one) for old, one in pairs]
            changed = [(old, one) for (old, _), one in zip(pairs, after, strict=True) if old != one]
            await self._change(tx, changed, now)
            return rpc.PutSupplyResponse(documents=[wire.document(one, now) for one in after])

        return await requests.once(self._db, asked, work, rpc.PutSupplyResponse)

    async def receive(
        self, asked: Request, document_id: str, came: Sequence[Arrival], at: datetime
    ) -> rpc.ReceiveSupplyResponse:
        """Goods come in, whatever they are: each line's part is one receipt in the journal."""
        who = stock_wire.who()

        async def work(tx: Tx) -> rpc.ReceiveSupplyResponse:
            now = self._clock()
            known = await _known(tx, document_id)
            after, parts = domain.receive(known, came, now)
            for part in parts:
                access.require_location(part.line.location_id)
            await self._unasked(tx, known, after, now)
            levels = await store_levels.lock(tx, (part.line.place for part in parts), make=True)
            await self._write(tx, [(known, after)], now)
            moved = [_receipt(document_id, part, at, who) for part in parts]
            moved = deal(moved, _lots(after, came), attrgetter("place"))
            await outbox.append(tx, *await books.book(tx, moved, levels, now))
            await outbox.append(tx, *await naming.follow(tx, moved, now, self._time_zone))
            unfit = {part.line.sku for part in parts if part.damaged}
            await timers.schedule_many(tx, ledger.REPAIR, [(sku, now, b"") for sku in sorted(unfit)])
            return rpc.ReceiveSupplyResponse(document=wire.document(after, now))

        return await requests.once(self._db, asked, work, rpc.ReceiveSupplyResponse)

    async def cancel(self, asked: Request, document_id: str) -> rpc.CancelSupplyResponse:
        """What has not come will not."""

        async def work(tx: Tx) -> rpc.CancelSupplyResponse:
            now = self._clock()
            known = await _known(tx, document_id)
            after = domain.cancel(known, now)
            if after != known:
                await self._change(tx, [(known, after)], now)
            return rpc.CancelSupplyResponse(document=wire.document(after, now))

        return await requests.once(self._db, asked, work, rpc.CancelSupplyResponse)

    async def late(self, tx: Tx, due: Due) -> None:
        """What should be there and is not: somebody asks, and promises that others can keep are moved to them.

        Whoever writes the document waits for this timer's row in the end, so
        this must not wait for him.
        """
        now = self._clock()
        if not await store.alone(tx, due.key):
            await timers.schedule(tx, LATE, due.key, now + _SOON)
            return
        known = (await store.lock(tx, [due.key])).get(due.key)
        lines = [line for line in known.lines if line.incoming] if known else []
        over = [line for line in lines if line.expected_time <= now]
        wanted = [
            (TASK, line.location_id, f"{due.key}:{line.line_no}",
             {"document_id": due.key, "sku": line.sku, "quantity": line.incoming,
              "expected_time": line.expected_time.isoformat()})
            for line in over
        ]  # fmt: skip
        await opening.open_many(tx, wanted, now)
        short = await store_levels.lock(tx, (line.place for line in over if line.promisable))
        await _repair(tx, {line.sku for line in over}, short.values(), now)
        await self._wait(tx, due.key, lines, now)

    async def get(self, document_id: str) -> rpc.GetSupplyResponse:
        """One document; to stores to which nothing of it comes there is none."""
        async with self._db.read() as tx:
            known = (await store.by_id(tx, [document_id])).get(document_id)
        if known is None or not _mine(known):
            raise NotFound("there is no such document", document_id=document_id)
        return rpc.GetSupplyResponse(document=wire.document(known, self._clock()))

    async def page(self, state: str, sku: str, location_id: str, size: int, token: str) -> rpc.ListSupplyResponse:
        """Documents in the order of their ids."""
        size, now = pages.page_size(size), self._clock()
        after = (pages.decode(token, self._page_key) or {"after": ""})["after"]
        async with self._db.read() as tx:
            found = await store.page(tx, after, state, sku, location_id, size)
        more = pages.encode({"after": found[-1].document_id}, self._page_key) if len(found) == size else ""
        shown = [wire.document(one, now) for one in found]
        return rpc.ListSupplyResponse(documents=shown, next_page_token=more)

    async def _change(self, tx: Tx, changed: Sequence[tuple[Document | None, Document]], now: datetime) -> None:
        """Writes what is to come, and has the promises that counted on it looked at, behind their levels."""
        places = {place for pair in changed for one in pair if one for place in one.places}
        levels = await store_levels.lock(tx, places, make=True)
        before = [line for old, _ in changed if old for line in old.lines]
        after = [line for _, new in changed for line in new.lines]
        await self._write(tx, changed, now)
        short = [level for level in levels.values() if level.available < 0]
        await _repair(tx, domain.worse(before, after), short, now)
        await outbox.append(tx, *await marks.mark(tx, short, now))

    async def _write(self, tx: Tx, changed: Sequence[tuple[Document | None, Document]], now: datetime) -> None:
        told: list[Message] = []
        for _, one in changed:
            await store.put(tx, one, access.current().actor)
            await self._wait(tx, one.document_id, one.lines, _EVER)
            await self._settle(tx, one, now)
            told.append(wire.changed(one, now))
        await outbox.append(tx, *told)

    async def _wait(self, tx: Tx, document_id: str, lines: Iterable[domain.Line], after: datetime) -> None:
        """A timer for the next time at which something should be there; for what is late when it is written, now."""
        times = [line.expected_time for line in lines if line.incoming and line.expected_time > after]
        if times:
            await timers.schedule(tx, LATE, document_id, min(times))

    async def _settle(self, tx: Tx, document: Document, now: datetime) -> None:
        """Nobody need ask any more for what came, will not come, or has another time."""
        settled = [
            (TASK, line.location_id, f"{document.document_id}:{line.line_no}")
            for line in document.lines
            if line.state(now) != "LATE"
        ]
        await opening.settle(tx, settled, "SETTLED", now)

    async def _unasked(self, tx: Tx, known: Document, after: Document, now: datetime) -> None:
        """Goods that nobody described get a placeholder: they are here."""
        fresh = after.places - known.places
        if nowhere := await store_places.unknown(tx, (place for _, place in fresh)):
            raise UnknownLocation(f"{nowhere[0]} is no location", location_id=nowhere[0])
        await drop_points.refuse(tx, [("location_id", place) for _, place in sorted(fresh)])
        await placeholders.ensure(tx, sorted({sku for sku, _ in fresh}), [], self._time_zone, now)


async def _repair(tx: Tx, skus: set[str], levels: Iterable[Level], now: datetime) -> None:
    """Has promises looked at that wait for goods of these SKUs."""
    waiting = {level.sku for level in levels if level.available < 0} & skus
    await timers.schedule_many(tx, ledger.REPAIR, [(sku, now, b"") for sku in sorted(waiting)])


async def _known(tx: Tx, document_id: str) -> Document:
    found = (await store.lock(tx, [document_id])).get(document_id)
    if found is None or not _mine(found):
        raise NotFound("there is no such document", document_id=document_id)
    return found


def _mine(document: Document) -> bool:
    principal = access.current()
    everywhere = principal.kind in (access.Kind.HQ, access.Kind.SERVICE)
    return everywhere or any(place in principal.location_ids for _, place in document.places)


async def _check(tx: Tx, pairs: Sequence[tuple[Document | None, Document]]) -> None:
    """Refuses lines that name something that is nowhere, a kit, or a place that is closed; what is known may stay."""
    had: set[Place] = {place for old, _ in pairs if old for place in old.places}
    fresh = {place for _, new in pairs for place in new.places} - had
    skus, places = {sku for sku, _ in fresh}, {place for _, place in fresh}
    if missing := await store_products.unknown(tx, sorted(skus)):
        raise UnknownSku(f"{missing[0]} is not in the catalogue", sku=missing[0])
    if kits := (await store_kits.reached(tx, skus)).keys() & skus:
        raise invalid("documents", f"{min(kits)} is a kit: name its parts")
    await drop_points.refuse(tx, [("location_id", place) for place in sorted(places)])
    doors = await store_places.doors(tx, sorted(places))
    for place in sorted(places):
        if place not in doors:
            raise UnknownLocation(f"{place} is no location", location_id=place)
        if not doors[place]:
            raise LocationClosed(f"{place} is closed", location_id=place)


def _lots(document: Document, came: Sequence[Arrival]) -> dict[Place, list[Units]]:
    """Which lots came, as far as it was said, by where."""
    places = {line.line_no: line.place for line in document.lines}
    found: dict[Place, list[Units]] = {}
    for one in came:
        found.setdefault(places.get(one.line_no, (one.sku, one.location_id)), []).extend(one.lots)
    return found


def _receipt(document_id: str, part: Came, at: datetime, who: Who) -> Movement:
    """A journal entry; the units of a line count from the first that ever came, so that each part is another."""
    units = part.accepted + part.damaged
    return Movement(
        *part.line.place,
        "RECEIPT",
        units,
        at,
        document_id,
        who,
        line_no=part.line.line_no,
        first=part.first,
        last=part.first + units - 1,
        damaged=part.damaged,
    )
