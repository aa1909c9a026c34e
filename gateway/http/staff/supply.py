"""Store staff: goods that are to come to their store, and orders that wait for them."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.hq import supply as hq_supply
from gateway.http.hq.supply import Good, State
from gateway.http.shapes.expected import ArrivedIn, BackorderPage, DocumentPath, SupplyOut, SupplyPage
from gateway.http.shapes.fields import PageSize, PageToken

router = APIRouter(route_class=Door, tags=["Staff: supply"])
Own = Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: the caller's own.")]


@router.get("/v1/staff/supply", operation_id="list_my_supply", response_model=SupplyPage)
async def list_my_supply(
    ask: Asking,
    location: Own = "",
    sku: Good = "",
    state: Annotated[State, Query(examples=["OPEN"], description="None: all.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """What is to come to the caller's store."""
    return await hq_supply.listed(ask, location, sku, state, page_size, page_token)


@router.get("/v1/staff/supply/{document_id}", operation_id="get_my_supply", response_model=SupplyOut)
async def get_my_supply(document_id: DocumentPath, ask: Asking) -> Response:
    """What to expect of a document."""
    return await hq_supply.shown(ask, document_id)


@router.post("/v1/staff/supply/{document_id}/receive", operation_id="receive_my_supply", response_model=SupplyOut)
async def receive_my_supply(document_id: DocumentPath, body: ArrivedIn, ask: Asking) -> Response:
    """Goods came in at the caller's store, whole or in part."""
    return await hq_supply.received(ask, document_id, body)


@router.get("/v1/staff/backorders", operation_id="list_my_backorders", response_model=BackorderPage)
async def list_my_backorders(
    ask: Asking,
    location: Own = "",
    sku: Good = "",
    owner: Annotated[str, Query(max_length=255, description="Only this order's, or cart's hold's.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Who waits for goods of the caller's store."""
    return await hq_supply.waiting(ask, location, sku, owner, page_size, page_token)
