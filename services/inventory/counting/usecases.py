"""Counts while the store trades, step by step."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from google.protobuf.message import Message

from kit import access, outbox, pages, requests
from kit.access import Kind
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import counting_service_pb2 as rpc
from services.inventory.catalogue import drop_points, store_places, store_products
from services.inventory.catalogue.domain import NotFound
from services.inventory.counting import domain, store, wire
from services.inventory.counting.domain import AreaTaken, Line, Session, Told
from services.inventory.stock import counts, store_levels
from services.inventory.stock import wire as stock_wire
from services.inventory.stock.domain import Movement, UnknownLocation, UnknownSku, Who

_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
R = TypeVar("R", bound=Message)
# a count's step: the count after it, and the lines that changed
Step = Callable[[Tx, Session, list[Line]], Awaitable[tuple[Session, list[Line]]]]


class Counts:
    """One person counts at a time; nothing stops trading meanwhile."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" counts"

    async def open(self, asked: Request, location_id: str, area: str, skus: Sequence[str]) -> rpc.OpenCountResponse:
        """Opens a count of an area."""
        access.require_location(location_id)

        async def work(tx: Tx) -> rpc.OpenCountResponse:
            if await store_places.unknown(tx, [location_id]):
                raise UnknownLocation(f"{location_id} is no location", location_id=location_id)
            await drop_points.refuse(tx, [("location_id", location_id)], "what stands there is counted by its returns")
            if missing := await store_products.unknown(tx, skus):
                raise UnknownSku(f"{missing[0]} is not in the catalogue", sku=missing[0])
            fresh = Session(uuid7(), location_id, area, "OPEN", bool(skus), self._clock())
            lines = [Line(sku, "UNCOUNTED", directed=True) for sku in skus]
            if not await store.open(tx, fresh, lines, access.current().actor):
                standing = await store.standing(tx, location_id, area)
                raise AreaTaken("this area is being counted", session_id=standing)
            return rpc.OpenCountResponse(count=wire.session(fresh, lines))

        return await requests.once(self._db, asked, work, rpc.OpenCountResponse)

    async def join(self, asked: Request, session_id: str) -> rpc.JoinCountResponse:
        """The caller counts."""

        async def step(_: Tx, held: Session, __: list[Line]) -> tuple[Session, list[Line]]:
            return domain.join(held, _user()), []

        return await self._do(asked, session_id, step, rpc.JoinCountResponse)

    async def release(self, asked: Request, session_id: str) -> rpc.ReleaseCountResponse:
        """Nobody counts; a manager may say so of others."""

        async def step(_: Tx, held: Session, __: list[Line]) -> tuple[Session, list[Line]]:
            return domain.release(held, _user(), force=_chief()), []

        return await self._do(asked, session_id, step, rpc.ReleaseCountResponse)

    async def record(self, asked: Request, session_id: str, told: Sequence[Told]) -> rpc.RecordCountsResponse:
        """What the caller counted."""

        async def step(tx: Tx, held: Session, lines: list[Line]) -> tuple[Session, list[Line]]:
            skus = await store.match(tx, [one.sku for one in told])
            known = [
                replace(one, sku=skus[one.sku]) if one.sku in skus else replace(one, matched=False) for one in told
            ]
            if len({one.sku for one in known}) < len(known):
                raise invalid("lines", "each SKU may be named once, by itself or by a barcode")
            return domain.record(held, lines, known, _user())

        return await self._do(asked, session_id, step, rpc.RecordCountsResponse)

    async def submit(self, asked: Request, session_id: str) -> rpc.SubmitCountResponse:
        """All is counted; what differs is looked at."""

        async def step(_: Tx, held: Session, lines: list[Line]) -> tuple[Session, list[Line]]:
            return domain.submit(held, lines, _user(), force=_chief()), []

        return await self._do(asked, session_id, step, rpc.SubmitCountResponse)

    async def recount(self, asked: Request, session_id: str, skus: Sequence[str]) -> rpc.RecountLinesResponse:
        """These once more."""

        async def step(_: Tx, held: Session, lines: list[Line]) -> tuple[Session, list[Line]]:
            return domain.recount(held, lines, skus)

        return await self._do(asked, session_id, step, rpc.RecountLinesResponse)

    async def approve(self, asked: Request, session_id: str) -> rpc.ApproveCountResponse:
        """Books each line against what is expected at its own time."""
        who = stock_wire.who()

        async def step(tx: Tx, held: Session, lines: list[Line]) -> tuple[Session, list[Line]]:
            if held.state == "APPROVED":
                return held, []
            domain.must_be(held, "SUBMITTED")
            now = self._clock()
            entries = _entries(held, lines, who)
            levels = await store_levels.lock(tx, [one.place for one in entries], make=True)
            found, events = await counts.book(tx, entries, levels, now)
            await outbox.append(tx, *events)
            became = {one.place[0]: one for one in found}
            booked = [
                replace(line, expected=became[line.sku].expected, overtaken=became[line.sku].overtaken)
                for line in lines
                if line.sku in became
            ]
            return replace(held, state="APPROVED", approve_time=now), booked

        return await self._do(asked, session_id, step, rpc.ApproveCountResponse)

    async def cancel(self, asked: Request, session_id: str) -> rpc.CancelCountResponse:
        """Ends a count that books nothing."""

        async def step(_: Tx, held: Session, __: list[Line]) -> tuple[Session, list[Line]]:
            domain.must_be(held, "OPEN", "SUBMITTED", "CANCELLED")
            return replace(held, state="CANCELLED", active_user=""), []

        return await self._do(asked, session_id, step, rpc.CancelCountResponse)

    async def get(self, session_id: str) -> rpc.GetCountResponse:
        """One count; before it is approved, beside what is expected by now."""
        async with self._db.read() as tx:
            held = await self._known(tx, session_id)
            lines = await store.lines(tx, session_id)
            entries = _entries(held, lines, stock_wire.who()) if held.state in ("OPEN", "SUBMITTED") else []
            seen = await counts.compare(tx, entries, {}) if entries else []
        return rpc.GetCountResponse(count=wire.session(held, lines, {one.place[0]: one.expected for one in seen}))

    async def page(self, location_id: str, state: str, size: int, token: str) -> rpc.ListCountsResponse:
        """Counts without their lines, newest first."""
        size = pages.page_size(size)
        before = (pages.decode(token, self._page_key) or {"before": _LAST})["before"]
        async with self._db.read() as tx:
            found = await store.page(tx, before, state, size, location_id)
        more = pages.encode({"before": found[-1].session_id}, self._page_key) if len(found) == size else ""
        return rpc.ListCountsResponse(counts=[wire.session(one) for one in found], next_page_token=more)

    async def _do(self, asked: Request, session_id: str, step: Step, reply: type[R]) -> R:
        async def work(tx: Tx) -> R:
            held = await self._known(tx, session_id, lock=True)
            after, changed = await step(tx, held, await store.lines(tx, session_id))
            if after != held or changed:
                after = replace(after, version=held.version + 1)
                await store.put_lines(tx, session_id, changed)
                await store.put(tx, after, access.current().actor)
            message = wire.session(after, await store.lines(tx, session_id))
            return reply(count=message)

        return await requests.once(self._db, asked, work, reply)

    async def _known(self, tx: Tx, session_id: str, *, lock: bool = False) -> Session:
        held = await store.one(tx, session_id, lock=lock)
        principal = access.current()
        theirs = principal.kind in (Kind.HQ, Kind.SERVICE)
        if held is None or not (theirs or held.location_id in principal.location_ids):
            raise NotFound("there is no such count", session_id=session_id)
        return held


def _entries(session: Session, lines: Sequence[Line], who: Who) -> list[Movement]:
    """What is to be booked: a line that nobody counted, or of a code that is no SKU, says nothing of the stock."""
    return [
        Movement(line.sku, session.location_id, "COUNT", line.quantity, line.count_time, session.session_id, who,
                 line_no=number)
        for number, line in enumerate(lines, 1)
        if line.books and line.count_time is not None
    ]  # fmt: skip


def _user() -> str:
    principal = access.current()
    return principal.staff_code or principal.id


def _chief() -> bool:
    principal = access.current()
    return principal.kind is not Kind.STAFF or "manager" in principal.roles
