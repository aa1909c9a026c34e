"""What headquarters do about invoices: terms, numbers, the report of a period, asking again."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from kit import access, outbox, pages, requests, timers
from kit.access import NotYours
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import invoice_service_pb2 as pb
from services.order.checkout.domain import TransitionRefused
from services.order.invoices import (
    domain_numbers,
    domain_terms,
    store,
    store_blocks,
    store_reads,
    store_report,
    store_uploads,
    wire,
)
from services.order.invoices.terms import Held
from services.order.invoices.usecases_book import Book
from services.order.invoices.usecases_settle import SETTLE, UPLOAD

_MOST, _USUAL = 500, 200
_FIRST_DAY, _FIRST_ID = datetime(1970, 1, 1, tzinfo=UTC), "00000000-0000-0000-0000-000000000000"


class Desk:
    """Headquarters' side of it."""

    def __init__(self, db: Database, clock: Clock, zone: ZoneInfo, book: Book, held: Held, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._zone = zone
        self._book = book
        self._held = held
        self._page_key = page_key + b" invoices"

    async def terms(self) -> pb.GetInvoiceTermsResponse:
        """Those in force."""
        async with self._db.read() as tx:
            return pb.GetInvoiceTermsResponse(terms=wire.shown_terms(await store.terms(tx)))

    async def put_terms(self, asked: Request, request: pb.PutInvoiceTermsRequest) -> pb.PutInvoiceTermsResponse:
        """New terms, from now on."""
        domain_terms.checked(wire.terms(request.terms, 0))

        async def work(tx: Tx) -> pb.PutInvoiceTermsResponse:
            version = (await store.terms(tx)).version + 1
            given = wire.terms(request.terms, version)
            if not await store.put_terms(tx, given, self._clock(), access.current().actor):
                raise TransitionRefused("somebody else wrote terms at the same moment", state=f"version {version}")
            return pb.PutInvoiceTermsResponse(terms=wire.shown_terms(given))

        put = await requests.once(self._db, asked, work, pb.PutInvoiceTermsResponse)
        self._held.forget()
        return put

    async def allot(self, asked: Request, request: pb.AllotNumbersRequest) -> pb.AllotNumbersResponse:
        """Gives a run of numbers to one place; a till hears of it."""
        block = domain_numbers.checked(wire.asked_block(request.block, uuid7()))
        if domain_numbers.end_of(block.period, self._zone) <= self._clock():
            raise invalid("block.period", "must not be over")

        async def work(tx: Tx) -> pb.AllotNumbersResponse:
            now = self._clock()
            await store_blocks.insert(tx, block, now, access.current().actor)
            await outbox.append(tx, wire.block_changed(block, now))
            return pb.AllotNumbersResponse(block=wire.block(block))

        return await requests.once(self._db, asked, work, pb.AllotNumbersResponse)

    async def blocks(self, period: int) -> pb.ListBlocksResponse:
        """Of a period, or of this one and the next."""
        now = domain_numbers.period_of(self._clock(), self._zone)
        wanted = [domain_numbers.checked_period("period", period)] if period else [now, domain_numbers.following(now)]
        async with self._db.read() as tx:
            found = await store_blocks.of_periods(tx, wanted)
        return pb.ListBlocksResponse(blocks=[wire.block(one) for one in found])

    async def report(self, period: int) -> pb.ReportNumbersResponse:
        """What became of every number of a period."""
        domain_numbers.checked_period("period", period)
        async with self._db.read() as tx:
            blocks = await store_blocks.of_periods(tx, [period])
            found = await store_report.numbers(tx, period, blocks)
            odd = await store_report.misfits(tx, period)
        numbers = [wire.numbers(one) for one in found]
        return pb.ReportNumbersResponse(numbers=numbers, misfits=[wire.misfit(one) for one in odd])

    async def export(self, request: pb.ExportInvoicesRequest) -> pb.ExportInvoicesResponse:
        """The next documents of a period: its invoices, then the allowances that are reported in it."""
        period = domain_numbers.checked_period("period", request.period)
        if not 0 <= request.page_size <= _MOST:
            raise invalid("page_size", f"must be 1 to {_MOST}")
        size = request.page_size or _USUAL
        cursor = pages.decode(request.page_token, self._page_key) or {"of": "invoices", "after": ""}
        invoices = cursor["of"] == "invoices"
        read = store_report.rows if invoices else store_report.allowances
        async with self._db.read() as tx:
            found = await read(tx, period, cursor["after"], size)
        more = {"of": cursor["of"], "after": found[-1].number} if len(found) == size else None
        if more is None and invoices:
            more = {"of": "allowances", "after": ""}
        token = pages.encode(more, self._page_key) if more else ""
        return pb.ExportInvoicesResponse(rows=wire.rows(found), next_page_token=token)

    async def late(self, page_size: int, page_token: str) -> pb.ListInvoicesResponse:
        """Of every order of which something should have arrived, or was refused, all invoices; the latest first."""
        size, cursor = pages.page_size(page_size), pages.decode(page_token, self._page_key)
        after = (datetime.fromisoformat(cursor["t"]), cursor["o"]) if cursor else (_FIRST_DAY, _FIRST_ID)
        async with self._db.read() as tx:
            found = await store_reads.late(tx, self._clock(), after, size + 1)
            shown = await self._book.shown(tx, [order_id for order_id, _ in found[:size]])
        last = found[size - 1] if len(found) > size else None
        more = {"t": last[1].isoformat(), "o": last[0]} if last else None
        token = pages.encode(more, self._page_key) if more else ""
        return pb.ListInvoicesResponse(invoices=shown, next_page_token=token)

    async def retry(self, asked: Request, order_id: str) -> pb.RetryInvoicesResponse:
        """Looks again at what is, and asks the provider anew, where it refused too."""

        async def work(tx: Tx) -> pb.RetryInvoicesResponse:
            if await store_reads.lock(tx, order_id) is None:
                raise NotYours("no such order with invoices", field="order_id", order_id=order_id)
            now = self._clock()
            await timers.schedule(tx, SETTLE, order_id, now)
            if await store_uploads.again(tx, order_id):
                await timers.schedule(tx, UPLOAD, order_id, now)
            return pb.RetryInvoicesResponse(invoices=await self._book.shown(tx, [order_id]))

        return await requests.once(self._db, asked, work, pb.RetryInvoicesResponse)
