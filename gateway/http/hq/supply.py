"""Headquarters: goods that are to come, and the order in which those are served who wait for them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.expected import (
    ArrivedIn,
    Backorder,
    BackorderPage,
    DocumentPath,
    OwnerPath,
    PriorityIn,
    SuppliesIn,
    SuppliesOut,
    Supply,
    SupplyOut,
    SupplyPage,
    Waiting,
)
from gateway.http.shapes.fields import PageSize, PageToken
from omo.inventory.v1 import supply_pb2
from omo.inventory.v1 import supply_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: supply"])
State = Literal["", "OPEN", "CLOSED", "CANCELLED"]
Place = Annotated[str, Query(max_length=64, examples=["WH1"], description="To or at it; none: all.")]
Good = Annotated[str, Query(max_length=64, examples=["COAT-CAMEL-M"], description="Of this good; none: of all.")]


async def listed(ask: Asking, location: str, sku: str, state: str, page_size: int, page_token: str) -> Response:
    """One page of documents."""
    request = pb.ListSupplyRequest(location_id=location, sku=sku, page_size=page_size, page_token=page_token)
    request.state = translation.number(  # type: ignore[assignment]  # a number of this enum
        supply_pb2.SupplyState.DESCRIPTOR, state or "UNSPECIFIED"
    )
    reply = await ask(ask.to.supply.ListSupply, request)
    return asking.page(Supply, "documents", reply.documents, reply.next_page_token)


async def shown(ask: Asking, document_id: str) -> Response:
    """One document."""
    reply = await ask(ask.to.supply.GetSupply, pb.GetSupplyRequest(document_id=document_id))
    return asking.answer(SupplyOut, reply)


async def received(ask: Asking, document_id: str, body: ArrivedIn) -> Response:
    """Goods came in."""
    request = translation.fill(pb.ReceiveSupplyRequest(request_id=ask.key, document_id=document_id), body)
    return asking.answer(SupplyOut, await ask(ask.to.supply.ReceiveSupply, request))


async def waiting(ask: Asking, location: str, sku: str, owner: str, page_size: int, page_token: str) -> Response:
    """One page of promises that wait."""
    request = pb.ListBackordersRequest(
        location_id=location, sku=sku, owner_id=owner, page_size=page_size, page_token=page_token
    )
    reply = await ask(ask.to.supply.ListBackorders, request)
    return asking.page(Backorder, "backorders", reply.backorders, reply.next_page_token)


@router.put("/v1/hq/supply", operation_id="put_supply", response_model=SuppliesOut)
async def put_supply(body: SuppliesIn, ask: Asking) -> Response:
    """Writes documents whole, all or none. Less, or later, than was promised is made up for elsewhere, put off, or
    broken by name."""
    request = translation.fill(pb.PutSupplyRequest(request_id=ask.key), body)
    return asking.answer(SuppliesOut, await ask(ask.to.supply.PutSupply, request))


@router.get("/v1/hq/supply", operation_id="list_supply", response_model=SupplyPage)
async def list_supply(
    ask: Asking,
    location: Place = "",
    sku: Good = "",
    state: Annotated[State, Query(examples=["OPEN"], description="None: all.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Purchase orders and notices, by their ids."""
    return await listed(ask, location, sku, state, page_size, page_token)


@router.get("/v1/hq/supply/{document_id}", operation_id="get_supply", response_model=SupplyOut)
async def get_supply(document_id: DocumentPath, ask: Asking) -> Response:
    """One document: what is expected, came in, and is late."""
    return await shown(ask, document_id)


@router.post("/v1/hq/supply/{document_id}/receive", operation_id="receive_supply", response_model=SupplyOut)
async def receive_supply(document_id: DocumentPath, body: ArrivedIn, ask: Asking) -> Response:
    """Goods came in, whole or in part; they fill the promises that wait before anybody else has them."""
    return await received(ask, document_id, body)


@router.post("/v1/hq/supply/{document_id}/cancel", operation_id="cancel_supply", response_model=SupplyOut)
async def cancel_supply(document_id: DocumentPath, ask: Asking) -> Response:
    """What has not come will not."""
    request = pb.CancelSupplyRequest(request_id=ask.key, document_id=document_id)
    return asking.answer(SupplyOut, await ask(ask.to.supply.CancelSupply, request))


@router.get("/v1/hq/backorders", operation_id="list_backorders", response_model=BackorderPage)
async def list_backorders(
    ask: Asking,
    location: Place = "",
    sku: Good = "",
    owner: Annotated[str, Query(max_length=255, description="Only this order's, or cart's hold's.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Who was promised goods that are not there, how many, and until when."""
    return await waiting(ask, location, sku, owner, page_size, page_token)


@router.put("/v1/hq/backorders/{owner_id}/priority", operation_id="prioritize_backorder", response_model=Waiting)
async def prioritize_backorder(owner_id: OwnerPath, body: PriorityIn, ask: Asking) -> Response:
    """Serves an order before others, or after them, wherever it waits."""
    request = translation.fill(pb.PrioritizeBackorderRequest(request_id=ask.key, owner_id=owner_id), body)
    return asking.answer(Waiting, await ask(ask.to.supply.PrioritizeBackorder, request))
