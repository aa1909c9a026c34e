"""Headquarters: the stock journal, and what was sold that the books did not have."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import (
    Asked,
    LocationId,
    NextPage,
    PageSize,
    PageToken,
    Shown,
    Sku,
    Time,
    Version,
    When,
    Whole,
    eg,
    kinds,
)
from gateway.http.shapes.lotted import UnitsOf, UnitsOfAny
from omo.inventory.v1 import stock_pb2
from omo.inventory.v1 import stock_service_pb2 as pb
from omo.type.v1 import actor_pb2

router = APIRouter(route_class=Door, tags=["HQ: stock"])


class MovementIn(Asked):
    """A change of what is on hand."""

    sku: Sku
    location_id: LocationId
    kind: Annotated[Literal["OPENING", "RECEIPT", "RETURN", "ADJUSTMENT", "COUNT", "DAMAGE"], eg("RECEIPT")]
    quantity: Annotated[
        Whole, Field(ge=-1_000_000_000, le=1_000_000_000), eg(24, "Signed change of what is on hand, base units.")
    ]
    damaged: Annotated[
        Whole,
        Field(ge=-1_000_000_000, le=1_000_000_000),
        eg(0, "Signed change of what is there and no longer fit for sale."),
    ] = 0
    business_time: When | None = None
    reason: Annotated[str, StringConstraints(max_length=200), eg("purchase order 1142")] = ""
    source_id: Annotated[str, StringConstraints(max_length=64), eg("PO-1142")] = ""
    lots: UnitsOf = []


class PostMovements(Asked):
    """Movements to post, all or none."""

    movements: Annotated[list[MovementIn], Field(min_length=1, max_length=1_000)]


class StockLevel(Shown):
    """A good's quantities at a place; `available` may be negative when facts broke a promise."""

    sku: Sku
    location_id: LocationId
    on_hand: Annotated[int, eg(24)]
    committed: Annotated[int, eg(2, "Allocated to confirmed orders.")]
    held: Annotated[int, eg(1, "Promised to carts and unconfirmed orders.")]
    damaged: Annotated[int, eg(0)]
    quality_control: Annotated[int, eg(0)]
    in_transit_in: Annotated[int, eg(0)]
    in_transit_out: Annotated[int, eg(0)]
    available: Annotated[int, eg(21)]
    version: Version
    incoming: Annotated[int, eg(12, "Announced, and may be promised before it is there.")]
    incoming_time: Annotated[Time | None, eg(None, "When the first of it should be there; null: there is none.")]


class StockLevels(Shown):
    """The levels after the movements."""

    levels: list[StockLevel]


class Actor(Shown):
    """Who did it."""

    kind: Annotated[str | None, kinds(actor_pb2.ActorKind, "HQ")]
    id: Annotated[str, eg("0199a5be-0c10-7a55-9b66-4e5f60718293")]
    terminal_id: Annotated[str | None, eg(None)]


class Movement(Shown):
    """One entry of the journal."""

    movement_id: Annotated[str, eg("0199a5c2-7722-7f30-9c6d-3e4f5a6b7c8d")]
    sku: Sku
    location_id: LocationId
    kind: Annotated[str | None, kinds(stock_pb2.MovementKind, "RECEIPT")]
    quantity: Annotated[int, eg(24)]
    damaged: Annotated[int, eg(0)]
    business_time: Time | None
    record_time: Time | None
    actor: Actor | None
    reason: Annotated[str, eg("purchase order 1142")]
    source_id: Annotated[str, eg("PO-1142")]
    lots: UnitsOfAny


class MovementPage(Shown):
    """The journal, newest first."""

    movements: list[Movement]
    next_page_token: NextPage


class Shortfall(Shown):
    """Units that left although the books did not have them."""

    shortfall_id: Annotated[str, eg("0199a5c2-aa33-7e40-8d7e-4f5a6b7c8d9e")]
    sku: Sku
    location_id: LocationId
    quantity: Annotated[int, eg(1)]
    source_id: Annotated[str, eg("0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55")]
    business_time: Time | None


class ShortfallPage(Shown):
    """Open shortfalls, oldest first."""

    shortfalls: list[Shortfall]
    next_page_token: NextPage


@router.post("/v1/hq/stock/movements", operation_id="post_movements", response_model=StockLevels, status_code=201)
async def post_movements(body: PostMovements, ask: Asking) -> Response:
    """Posts openings, receipts, adjustments and damage."""
    request = translation.fill(pb.PostMovementsRequest(request_id=ask.key), body)
    return asking.answer(StockLevels, await ask(ask.to.stock.PostMovements, request), 201)


@router.get("/v1/hq/stock/movements", operation_id="list_movements", response_model=MovementPage)
async def list_movements(
    ask: Asking,
    sku: Annotated[str, Query(min_length=1, max_length=64, examples=["COAT-CAMEL-M"])],
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: all.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """A good's journal, newest first."""
    request = pb.ListMovementsRequest(sku=sku, location_id=location, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.stock.ListMovements, request)
    return asking.page(Movement, "movements", reply.movements, reply.next_page_token)


@router.get("/v1/hq/stock/shortfalls", operation_id="list_shortfalls", response_model=ShortfallPage)
async def list_shortfalls(
    ask: Asking,
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: all.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """What was sold or handed over that the books did not have."""
    request = pb.ListShortfallsRequest(location_id=location, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.stock.ListShortfalls, request)
    return asking.page(Shortfall, "shortfalls", reply.shortfalls, reply.next_page_token)
