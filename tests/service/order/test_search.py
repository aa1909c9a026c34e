"""Orders found by whatever service staff know of them, and handed out to analysts row by row."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp

from omo.order.v1 import order_pb2
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
from omo.order.v1 import search_service_pb2 as pb
from omo.order.v1 import search_service_pb2_grpc as rpc
from omo.type.v1 import channel_pb2
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order import sales_rig
from tests.service.order.brand import MEMBER, OTHER, SHIP, line
from tests.service.order.rig import Rig

SOLD = datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


def stamp(moment: datetime) -> Timestamp:
    return Timestamp(seconds=int(moment.timestamp()))


async def found(rig: Rig, token: str, page_size: int = 2, **asked: Any) -> list[str]:
    """Every page of a search."""
    stub, orders, page = rpc.OrderSearchServiceStub(rig.channel), list[str](), ""
    while True:
        request = pb.SearchOrdersRequest(page_size=page_size, page_token=page, **asked)
        reply = await rig.call(stub.SearchOrders, request, token)
        orders += [order.order_id for order in reply.orders]
        page = reply.next_page_token
        if not page:
            return orders


async def exported(rig: Rig, verb: str, page_size: int, end: datetime) -> list[Any]:
    """Every row of a table, from before the first sale on."""
    stub, rows, page = rpc.OrderSearchServiceStub(rig.channel), list[Any](), ""
    kind = {"ExportOrders": pb.ExportOrdersRequest, "ExportUnits": pb.ExportUnitsRequest}[verb]
    while True:
        request = kind(start_time=stamp(SOLD), end_time=stamp(end), page_size=page_size, page_token=page)
        reply = await rig.call(getattr(stub, verb), request, rig.hq())
        rows += reply.rows
        page = reply.next_page_token
        if not page:
            return rows


async def sold(rig: Rig) -> tuple[str, str]:
    """A receipt of last year, and its number."""
    fact = sales_rig.sale(sales_rig.line(sku="COAT"), business_time=stamp(SOLD))
    token = rig.issuer.token("device", sales_rig.TILL, terminal=sales_rig.TILL, locations=["TPE01"])
    await rig.call(sales_rpc.SalesServiceStub(rig.channel).RecordSales, sales_rig.frame(fact), token)
    return fact.sale_id, fact.receipt_no


async def test_orders_are_found_by_whatever_is_known_of_them(rig: Rig) -> None:
    coats = [await rig.place() for _ in range(3)]
    scarf = await rig.place(lines=[line("SCARF", 2, method=SHIP, fulfilment_location_id="")])
    theirs = await rig.place(rig.member(OTHER), member_id=OTHER)
    receipt_id, receipt_no = await sold(rig)
    mine = [order.order_id for order in reversed(coats)]
    hq, tpe01, tpe02 = rig.hq(), rig.staff("TPE01"), rig.staff("TPE02")
    cases: Sequence[tuple[str, dict[str, Any], list[str]]] = [
        (hq, {}, [theirs.order_id, scarf.order_id, *mine, receipt_id]),
        (hq, {"member_ids": [MEMBER]}, [scarf.order_id, *mine]),
        (hq, {"member_ids": [MEMBER, OTHER, OTHER], "sku": "COAT"}, [theirs.order_id, *mine]),
        (hq, {"sku": "SCARF"}, [scarf.order_id]),
        (hq, {"sku": "COAT", "location_id": "TPE01"}, [theirs.order_id, *mine]),
        (hq, {"order_no": coats[0].order_no.lower()}, [coats[0].order_id]),
        (hq, {"order_no": coats[0].order_no, "member_ids": [OTHER]}, []),
        (hq, {"order_no": receipt_no}, [receipt_id]),
        (hq, {"order_no": receipt_no, "sku": "SCARF"}, []),
        (hq, {"end_time": stamp(SOLD + timedelta(days=1))}, [receipt_id]),
        (hq, {"start_time": stamp(SOLD + timedelta(days=1)), "member_ids": [OTHER]}, [theirs.order_id]),
        (hq, {"state": order_pb2.ORDER_STATE_CANCELLED}, []),
        (hq, {"channel_kind": channel_pb2.CHANNEL_KIND_STORE}, [receipt_id]),
        (tpe01, {}, [theirs.order_id, *mine, receipt_id]),
        (tpe01, {"member_ids": [MEMBER]}, mine),
        (tpe01, {"order_no": scarf.order_no}, []),
        (tpe02, {"member_ids": [MEMBER]}, []),
        (tpe02, {"order_no": receipt_no}, []),
    ]
    for token, asked, expected in cases:
        assert await found(rig, token, **asked) == expected, asked


async def test_a_search_that_would_read_everything_is_refused(rig: Rig) -> None:
    now = rig.clock()
    for wrong, field in (
        ({"sku": "COAT", "start_time": stamp(now - timedelta(days=30))}, "start_time"),
        ({"sku": "COAT", "location_id": "TPE01", "start_time": stamp(now - timedelta(days=200))}, "start_time"),
        ({"start_time": stamp(now), "end_time": stamp(now)}, "end_time"),
        ({"member_ids": ["nobody"]}, "member_ids[0]"),
        ({"member_ids": [MEMBER] * 11}, "member_ids"),
        ({"order_no": "x" * 65}, "order_no"),
    ):
        fault = await rig.fault(found(rig, rig.hq(), **wrong))
        assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", field), wrong
    assert (await rig.fault(found(rig, rig.member()))).reason == "PERMISSION_DENIED"
    foreign = await rig.fault(found(rig, rig.staff("TPE02"), location_id="TPE01"))
    assert foreign.reason == "NOT_FOUND"
    stub = rpc.OrderSearchServiceStub(rig.channel)
    closed = await rig.fault(rig.call(stub.ExportOrders, pb.ExportOrdersRequest(), rig.staff("TPE01")))
    assert closed.reason == "PERMISSION_DENIED"
    open_end = await rig.fault(rig.call(stub.ExportUnits, pb.ExportUnitsRequest(), rig.hq()))
    assert open_end.metadata["field"] == "start_time"


async def test_tables_hold_every_order_and_unit_once_however_they_are_cut(rig: Rig) -> None:
    receipt_id, _ = await sold(rig)
    orders = [await rig.place(lines=[line("SCARF", 3), line("WOOL", 250)]) for _ in range(3)]
    end = rig.clock() + timedelta(minutes=1)
    units: list[Any] = []
    ids = [receipt_id, *(order.order_id for order in orders)]
    for size in (1, 2, 500):
        rows = await exported(rig, "ExportOrders", size, end)
        assert [row.order_id for row in rows] == ids
        assert [row.grand_total for row in rows[1:]] == [order.totals.grand_total.minor_units for order in orders]
        units = await exported(rig, "ExportUnits", size, end)
        assert [(row.order_id, row.line_no, row.first_unit, row.last_unit) for row in units[1:]] == [
            (order.order_id, each.line_no, run.first, run.last)
            for order in orders
            for each in order.lines
            for run in each.units
        ]
    net = sum((row.last_unit - row.first_unit + 1) * row.net_amount for row in units[1:])
    assert net == sum(order.totals.grand_total.minor_units for order in orders)
    assert {(row.sku, row.member_id, row.channel_id) for row in units[1:]} == {
        ("SCARF", MEMBER, "web"),
        ("WOOL", MEMBER, "web"),
    }
