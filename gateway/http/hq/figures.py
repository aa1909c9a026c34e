"""Headquarters: sums of sales, credits, and what the channels do for each other."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.credited import CreditPage, Explanation, LineQuery, OrderQuery, credits_of, explained
from gateway.http.shapes.fields import ChannelId, End, LocationId, PageSize, PageToken, Shown, Start, eg, kinds
from omo.attribution.v1 import attribution_service_pb2 as pb
from omo.order.v1 import sales_service_pb2 as sales_pb
from omo.type.v1 import channel_pb2

router = APIRouter(route_class=Door, tags=["HQ: figures"])

Locations = Annotated[list[str], Query(max_length=100, examples=[["TPE01"]], description="None: all.")]


class PanoramaCell(Shown):
    """A store in a week, by channel; online, the store is the one that drove the sale."""

    location_id: LocationId | None
    channel_kind: Annotated[str | None, kinds(channel_pb2.ChannelKind, "ONLINE")]
    week: Annotated[str, eg("2026-W47", "ISO week in the brand's zone.")]
    orders: Annotated[int, eg(1)]
    units: Annotated[int, eg(1)]
    revenue: Annotated[int, eg(2980, "Minor units, net of discounts.")]
    driven_online_orders: Annotated[int, eg(1, "Bought online by members whom the store's staff serve.")]
    driven_online_revenue: Annotated[int, eg(2980)]


class Panorama(Shown):
    """Store by week by channel."""

    cells: list[PanoramaCell]


class SalesSum(Shown):
    """One location's, or one online channel's, sums."""

    location_id: LocationId | None
    channel_id: ChannelId | None
    channel_kind: Annotated[str | None, kinds(channel_pb2.ChannelKind, "STORE")]
    baskets: Annotated[int, eg(41)]
    lines: Annotated[int, eg(97)]
    units: Annotated[int, eg(103)]
    quantity: Annotated[int, eg(103)]
    revenue: Annotated[int, eg(412300, "Minor units.")]


class SalesSums(Shown):
    """Sums over a time."""

    sums: list[SalesSum]


@router.get("/v1/hq/panorama", operation_id="get_panorama", response_model=Panorama)
async def get_panorama(
    ask: Asking,
    start: Start = None,
    end: End = None,
    location: Locations = [],
    channel_kind: Annotated[str, Query(pattern="^(|ONLINE|STORE)$", examples=["ONLINE"])] = "",
) -> Response:
    """What each store sold and drove, week by week."""
    request = asking.between(pb.GetPanoramaRequest(location_ids=location), start, end)
    translation.choose(request, channel_kind=channel_kind)
    return asking.answer(Panorama, await ask(ask.to.panorama.GetPanorama, request))


@router.get("/v1/hq/sales", operation_id="sum_sales", response_model=SalesSums)
async def sum_sales(ask: Asking, start: Start = None, end: End = None, location: Locations = []) -> Response:
    """Revenue, units and baskets by location and channel, from the orders themselves; by default of 13 weeks."""
    request = asking.between(sales_pb.SumSalesRequest(location_ids=location), start, end)
    return asking.answer(SalesSums, await ask(ask.to.sales.SumSales, request))


@router.get("/v1/hq/credits", operation_id="list_all_credits", response_model=CreditPage)
async def list_all_credits(
    ask: Asking,
    order_id: Annotated[str, Query(max_length=64, description="Of one order.")] = "",
    beneficiary: Annotated[str, Query(max_length=64, examples=["A102"], description="Of one staff member.")] = "",
    start: Start = None,
    end: End = None,
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Credits, newest first."""
    request = pb.ListCreditsRequest(
        order_id=order_id, beneficiary=beneficiary, page_size=page_size, page_token=page_token
    )
    return await credits_of(ask, asking.between(request, start, end))


@router.get("/v1/hq/credits/explain", operation_id="explain_any_line", response_model=Explanation)
async def explain_any_line(ask: Asking, order_id: OrderQuery, line_no: LineQuery) -> Response:
    """Why a line's credit went where it went."""
    return await explained(ask, order_id, line_no)
