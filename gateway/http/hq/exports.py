"""Analysts' tables: orders and sold units of a time, as one stream of CSV or of JSON lines."""

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from gateway.http import csv_pages
from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Ask, Asking
from gateway.http.shapes.exported import ORDERS, UNITS, ExportedTables, Table
from gateway.http.shapes.exported_invoices import INVOICES
from kit.rpc import deadline
from omo.order.v1 import invoice_service_pb2 as invoices_pb
from omo.order.v1 import search_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: orders"])

_NDJSON = "application/x-ndjson"
_PAGE = 500
_PAGE_WITHIN = 3.0
_From = Annotated[datetime, Query(examples=["2026-11-01T00:00:00+08:00"], description="From, inclusive.")]
_Until = Annotated[datetime, Query(examples=["2026-12-01T00:00:00+08:00"], description="Until, exclusive.")]

_Period = Annotated[int, Query(ge=201201, le=219911, examples=[202611], description="By its first month.")]

Read = Callable[[str], Awaitable[Any]]


def _described(table: Table, kind: str) -> dict[int | str, dict[str, Any]]:
    heads = ",".join(field.name for field in table.fields)
    example = (
        f"{heads}\r\n" if kind == csv_pages.MEDIA_TYPE else '{"order_id":"0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55"}\n'
    )
    schema = {"schema": {"type": "string"}, "example": example}
    return {200: {"description": "A stream of rows, the oldest order first.", "content": {kind: schema}}}


@router.get("/v1/hq/export/columns", operation_id="list_export_columns", response_model=ExportedTables)
async def list_export_columns() -> Response:
    """What each column of the exported tables means."""
    return asking.encoded({"tables": [ORDERS.told(), UNITS.told(), INVOICES.told()]})


@router.get(
    "/v1/hq/export/orders.csv",
    operation_id="export_orders_csv",
    response_class=StreamingResponse,
    responses=_described(ORDERS, "text/csv"),
)
async def export_orders_csv(ask: Asking, start_time: _From, end_time: _Until) -> Response:
    """Orders and store sales of a time. A stream that broke goes on from the last row's `business_time`."""
    return await _csv(ORDERS, _orders(ask, start_time, end_time))


@router.get(
    "/v1/hq/export/orders.ndjson",
    operation_id="export_orders_ndjson",
    response_class=StreamingResponse,
    responses=_described(ORDERS, _NDJSON),
)
async def export_orders_ndjson(ask: Asking, start_time: _From, end_time: _Until) -> Response:
    """Orders and store sales of a time, one JSON object a line."""
    return await _ndjson(ORDERS, _orders(ask, start_time, end_time))


@router.get(
    "/v1/hq/export/units.csv",
    operation_id="export_units_csv",
    response_class=StreamingResponse,
    responses=_described(UNITS, "text/csv"),
)
async def export_units_csv(ask: Asking, start_time: _From, end_time: _Until) -> Response:
    """What was sold in them, a row for each run of equal units of a line."""
    return await _csv(UNITS, _units(ask, start_time, end_time))


@router.get(
    "/v1/hq/export/units.ndjson",
    operation_id="export_units_ndjson",
    response_class=StreamingResponse,
    responses=_described(UNITS, _NDJSON),
)
async def export_units_ndjson(ask: Asking, start_time: _From, end_time: _Until) -> Response:
    """What was sold in them, one JSON object a line."""
    return await _ndjson(UNITS, _units(ask, start_time, end_time))


@router.get(
    "/v1/hq/export/invoices.csv",
    operation_id="export_invoices_csv",
    response_class=StreamingResponse,
    responses=_described(INVOICES, "text/csv"),
)
async def export_invoices_csv(ask: Asking, period: _Period) -> Response:
    """Invoices and allowances of a two-month period, by number."""
    return await _csv(INVOICES, _invoices(ask, period))


@router.get(
    "/v1/hq/export/invoices.ndjson",
    operation_id="export_invoices_ndjson",
    response_class=StreamingResponse,
    responses=_described(INVOICES, _NDJSON),
)
async def export_invoices_ndjson(ask: Asking, period: _Period) -> Response:
    """Invoices and allowances of a two-month period, one JSON object a line."""
    return await _ndjson(INVOICES, _invoices(ask, period))


def _invoices(ask: Ask, period: int) -> Read:
    def read(token: str) -> Awaitable[Any]:
        request = invoices_pb.ExportInvoicesRequest(period=period, page_size=_PAGE, page_token=token)
        return ask(ask.to.invoices.ExportInvoices, request)

    return read


def _orders(ask: Ask, start: datetime, end: datetime) -> Read:
    def read(token: str) -> Awaitable[Any]:
        request = asking.between(pb.ExportOrdersRequest(page_size=_PAGE, page_token=token), start, end)
        return ask(ask.to.order_search.ExportOrders, request)

    return read


def _units(ask: Ask, start: datetime, end: datetime) -> Read:
    def read(token: str) -> Awaitable[Any]:
        request = asking.between(pb.ExportUnitsRequest(page_size=_PAGE, page_token=token), start, end)
        return ask(ask.to.order_search.ExportUnits, request)

    return read


async def _csv(table: Table, read: Read) -> Response:
    # with a byte order mark, without which a spreadsheet does not take it for UTF-8
    head = _csv_lines([[field.name for field in table.fields]]).encode("utf-8-sig")

    def page(rows: Any) -> bytes:
        return _csv_lines([[csv_pages.cell(each) for each in table.cells(row).values()] for row in rows]).encode()

    return StreamingResponse(_stream(await read(""), read, head, page), media_type=csv_pages.MEDIA_TYPE)


async def _ndjson(table: Table, read: Read) -> Response:
    def page(rows: Any) -> bytes:
        return b"".join(msgspec.json.encode(table.cells(row)) + b"\n" for row in rows)

    return StreamingResponse(_stream(await read(""), read, b"", page), media_type=_NDJSON)


async def _stream(first: Any, read: Read, head: bytes, page: Callable[[Any], bytes]) -> AsyncIterator[bytes]:
    """Page after page, each with a time of its own; the first was asked for before, so a refusal is an ordinary one."""
    yield head + page(first.rows)
    token, before = first.next_page_token, ""
    while token and token != before:
        with deadline.within(_PAGE_WITHIN):
            found = await read(token)
        before, token = token, found.next_page_token
        yield page(found.rows)


def _csv_lines(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
