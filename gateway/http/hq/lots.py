"""Headquarters: lots and serials, called back, traced, and let go again."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Ask, Asking
from gateway.http.hq.stock import Movement, MovementPage
from gateway.http.shapes.fields import PageSize, PageToken
from gateway.http.shapes.lotted import (
    LotIn,
    LotOut,
    LotPage,
    LotQuery,
    LotTrace,
    PlaceQuery,
    ReleaseIn,
    SerialQuery,
    SkuQuery,
)
from omo.inventory.v1 import lots_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: lots"])
TakersQuery = Annotated[bool, Query(examples=[True], description="Only what took units to shoppers.")]


async def listed(ask: Ask, sku: str, location: str, page_size: int, page_token: str) -> Response:
    """One page of lots."""
    request = pb.ListLotsRequest(sku=sku, location_id=location, page_size=page_size, page_token=page_token)
    return asking.answer(LotPage, await ask(ask.to.lots.ListLots, request))


@router.get("/v1/hq/lots", operation_id="list_lots", response_model=LotPage)
async def list_lots(
    ask: Asking, sku: SkuQuery, location: PlaceQuery = "", page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """What of a good stands where, by lot and serial."""
    return await listed(ask, sku, location, page_size, page_token)


@router.get("/v1/hq/lots/trace", operation_id="trace_lot", response_model=LotTrace)
async def trace_lot(
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


@router.get("/v1/hq/lots/possible-takers", operation_id="list_possible_takers", response_model=MovementPage)
async def list_possible_takers(
    ask: Asking,
    sku: SkuQuery,
    lot: LotQuery = "",
    serial: SerialQuery = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Sales that named no lot where this one was, since it came there: any of them may have taken it."""
    request = pb.ListPossibleTakersRequest(sku=sku, lot=lot, serial=serial, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.lots.ListPossibleTakers, request)
    return asking.page(Movement, "movements", reply.movements, reply.next_page_token)


@router.post("/v1/hq/lots/recall", operation_id="recall_lot", response_model=LotOut)
async def recall_lot(body: LotIn, ask: Asking) -> Response:
    """Takes a lot or serial out of what can be sold, everywhere; each place gets a task."""
    request = translation.fill(pb.RecallLotRequest(request_id=ask.key), body)
    return asking.answer(LotOut, await ask(ask.to.lots.RecallLot, request))


@router.post("/v1/hq/lots/release", operation_id="release_lot", response_model=LotOut)
async def release_lot(body: ReleaseIn, ask: Asking) -> Response:
    """Lets a lot or serial be sold again; one that expired needs a later last day."""
    request = translation.fill(pb.ReleaseLotRequest(request_id=ask.key), body)
    return asking.answer(LotOut, await ask(ask.to.lots.ReleaseLot, request))
