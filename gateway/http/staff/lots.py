"""Store staff: which lot to take, which was taken, and which stand in their store."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.hq.lots import TakersQuery, listed
from gateway.http.shapes.fields import PageSize, PageToken
from gateway.http.shapes.lotted import (
    LotCounted,
    LotCountIn,
    LotPage,
    LotQuery,
    LotTrace,
    Picked,
    PickIn,
    PlaceQuery,
    SerialQuery,
    SkuQuery,
    Suggested,
)
from omo.inventory.v1 import lots_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: lots"])


@router.get("/v1/staff/lots", operation_id="list_my_lots", response_model=LotPage)
async def list_my_lots(
    ask: Asking, sku: SkuQuery, location: PlaceQuery = "", page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """What of a good stands in the caller's store, by lot and serial."""
    return await listed(ask, sku, location, page_size, page_token)


@router.get("/v1/staff/lots/suggestion", operation_id="suggest_lots", response_model=Suggested)
async def suggest_lots(
    ask: Asking,
    sku: SkuQuery,
    location: PlaceQuery = "",
    quantity: Annotated[int, Query(ge=1, le=1_000_000, examples=[1], description="How many are to be taken.")] = 1,
) -> Response:
    """What to take: what expires first, without a date what came first; never what may not be sold."""
    request = pb.SuggestLotsRequest(sku=sku, location_id=location, quantity=quantity)
    return asking.answer(Suggested, await ask(ask.to.lots.SuggestLots, request))


@router.post("/v1/staff/lots/picks", operation_id="pick_lots", response_model=Picked)
async def pick_lots(body: PickIn, ask: Asking) -> Response:
    """Says which units were taken for an order's line; they leave by name when it is handed over."""
    request = translation.fill(pb.PickLotsRequest(request_id=ask.key), body)
    return asking.answer(Picked, await ask(ask.to.lots.PickLots, request))


@router.post("/v1/staff/lots/counts", operation_id="count_lots", response_model=LotCounted)
async def count_lots(body: LotCountIn, ask: Asking) -> Response:
    """Says which lots stand in the caller's store; how many goods there are, only counts change."""
    request = translation.fill(pb.CountLotsRequest(request_id=ask.key), body)
    return asking.answer(LotCounted, await ask(ask.to.lots.CountLots, request))


@router.get("/v1/staff/lots/trace", operation_id="trace_my_lot", response_model=LotTrace)
async def trace_my_lot(
    ask: Asking,
    sku: SkuQuery,
    lot: LotQuery = "",
    serial: SerialQuery = "",
    takers_only: TakersQuery = False,
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Where a lot or serial is, where it came from, and which orders took it."""
    request = pb.TraceLotRequest(
        sku=sku, lot=lot, serial=serial, takers_only=takers_only, page_size=page_size, page_token=page_token
    )
    return asking.answer(LotTrace, await ask(ask.to.lots.TraceLot, request))
