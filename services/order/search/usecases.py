"""Finds orders for service staff, and hands them out to analysts page by page."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from kit import access, pages
from kit.access import Kind, Principal
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from omo.order.v1 import search_service_pb2 as pb
from services.order.checkout import domain_numbers
from services.order.checkout.usecases_reads import OrderBook
from services.order.search import domain, store, wire
from services.order.search.domain import Search
from services.order.search.store import Cursor

_MOST, _USUAL = 500, 200
_NEWEST: Cursor = (datetime(9999, 1, 1, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff")
_OLDEST: Cursor = (datetime(1, 1, 1, tzinfo=UTC), "00000000-0000-0000-0000-000000000000")


class OrderSearch:
    """Search and export."""

    def __init__(self, db: Database, book: OrderBook, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._book = book
        self._clock = clock
        self._key = page_key

    async def search(self, asked: Search, page_size: int, page_token: str) -> pb.SearchOrdersResponse:
        """Orders that fit, newest first; of staff those of their stores."""
        search = domain.checked(asked, self._clock())
        if search.order_no:
            search = _numbered(search)
        places = _places(access.current(), search.location_id)
        size = pages.page_size(page_size)
        before = _cursor(page_token, self._key, "search") or _NEWEST
        async with self._db.read() as tx:
            found = await store.find(tx, search, before, size + 1, places)
            orders = await self._book.shown(tx, [order_id for _, order_id in found[:size]])
        token = _token(found[size - 1], self._key, "search") if len(found) > size else ""
        return pb.SearchOrdersResponse(orders=orders, next_page_token=token)

    async def orders(self, request: pb.ExportOrdersRequest) -> pb.ExportOrdersResponse:
        """The next orders of a time as rows."""
        found, token = await self._slice(request, store.rows)
        return pb.ExportOrdersResponse(rows=map(wire.order_row, found), next_page_token=token)

    async def units(self, request: pb.ExportUnitsRequest) -> pb.ExportUnitsResponse:
        """What was sold in the next orders of a time."""
        found, token = await self._slice(request, store.lines)
        rows = (row for line in found for row in wire.unit_rows(line))
        return pb.ExportUnitsResponse(rows=rows, next_page_token=token)

    async def _slice(
        self, request: pb.ExportOrdersRequest | pb.ExportUnitsRequest, read: Callable[[Tx, Sequence[str]], Any]
    ) -> tuple[list[dict[str, Any]], str]:
        start, end = wire.span(request)
        if not 0 <= request.page_size <= _MOST:
            raise invalid("page_size", f"must be 1 to {_MOST}")
        size = request.page_size or _USUAL
        after = _cursor(request.page_token, self._key, "export") or _OLDEST
        async with self._db.read() as tx:
            found = await store.slice_of(tx, after, start, end, size)
            rows = await read(tx, [order_id for _, order_id in found])
        return rows, _token(found[-1], self._key, "export") if len(found) == size else ""


def _numbered(search: Search) -> Search:
    """However it is typed; a receipt's number stays as it is."""
    return Search(
        search.member_ids, domain_numbers.read(search.order_no) or search.order_no, search.sku, search.state,
        search.channel_kind, search.location_id, search.start, search.end,
    )  # fmt: skip


def _places(principal: Principal, location_id: str) -> Sequence[str] | None:
    """What the caller may see: headquarters everything, staff what their stores sold or serve."""
    if principal.kind in (Kind.HQ, Kind.SERVICE):
        return [location_id] if location_id else None
    if location_id:
        access.require_location(location_id)
        return [location_id]
    return principal.location_ids


def _cursor(token: str, key: bytes, of: str) -> Cursor | None:
    cursor = pages.decode(token, key)
    if cursor is None:
        return None
    if cursor.get("of") != of:
        raise pages.PageTokenInvalid("this page token is not of this list", field="page_token")
    return datetime.fromisoformat(cursor["t"]), cursor["o"]


def _token(at: Cursor, key: bytes, of: str) -> str:
    return pages.encode({"t": at[0].isoformat(), "o": at[1], "of": of}, key)
