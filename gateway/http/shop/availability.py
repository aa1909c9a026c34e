"""What can be had where: pages of products, one channel's goods with their pickup options, a store's own shelves."""

from itertools import repeat
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.hq.stock import StockLevel
from gateway.http.shapes.fields import LocationId, Shown, Sku, Time, eg, kinds
from omo.inventory.v1 import availability_pb2
from omo.inventory.v1 import availability_service_pb2 as pb
from omo.inventory.v1 import stock_service_pb2 as stock_pb

router = APIRouter(route_class=Door, tags=["Catalogue"])

_BANDS = {1: "OUT", 2: "LOW", 3: "MEDIUM", 4: "HIGH"}
_UNASKED = 6
_ENCODE = msgspec.json.Encoder().encode
Available = Annotated[
    int | None,
    eg(7, "Base units, never more than can be promised; null where the channel does not show numbers."),
]
Band = Annotated[str | None, kinds(availability_pb2.StockBand, "MEDIUM", "Instead of the number, where one is shown.")]

Skus = Annotated[list[str], Query(min_length=1, max_length=100, examples=[["COAT-CAMEL-M"]])]


class Level(Shown):
    """What can be had of a good at a place."""

    sku: Sku
    location_id: LocationId
    available: Available
    band: Band


class Availability(Shown):
    """What can be had, and when that was true: for many goods at most a second ago."""

    levels: list[Level]
    as_of_time: Time | None


class Sight(Shown):
    """What can be had, as the channel shows it."""

    available: Available
    band: Band


class IncomingStock(Shown):
    """What will be there from a time on, beside what is there before."""

    expected_time: Annotated[Time | None, eg("2026-12-01T02:00:00.000Z", "When it should be there.")]
    more: Annotated[Sight | None, Field(description="What comes then.")]


class PickupOption(Shown):
    """What can be collected at a store."""

    location_id: LocationId
    pickable: Annotated[bool, eg(True, "The store hands the good out.")]
    local: Annotated[Sight | None, Field(description="From its own stock.")]
    all: Annotated[Sight | None, Field(description="With what other locations send.")]
    all_time: Annotated[
        Time | None, eg("2026-11-25T09:30:00.000Z", "When that can be there; null: nothing more comes.")
    ]
    incoming: Annotated[
        list[IncomingStock], Field(description="Announced to this store and not promised yet; none where hidden.")
    ]


class ChannelStock(Shown):
    """What a channel can sell of a good."""

    sku: Sku
    display: Annotated[str | None, kinds(availability_pb2.StockDisplayKind, "EXACT")]
    shipped: Sight | None
    backorder: Annotated[int, eg(0, "Units that may be ordered beyond it; shown where numbers are.")]
    pickups: list[PickupOption]
    incoming: Annotated[
        list[IncomingStock],
        Field(description="Announced to where the channel ships from and not promised yet; none where hidden."),
    ]
    available_from_time: Annotated[
        Time | None,
        eg("2026-11-22T09:30:00.000Z", "From when on any can be shipped: now, or when more comes; null: unknown."),
    ]
    not_sold: Annotated[
        str, eg("", "Why the channel does not sell it now: INACTIVE, CHANNEL, NOT_YET, NO_MORE; empty: it does.")
    ]


class ChannelStocks(Shown):
    """What a channel can sell, and when that was true."""

    stocks: list[ChannelStock]
    as_of_time: Time | None


class OwnLevels(Shown):
    """The books of the caller's store."""

    levels: list[StockLevel]
    as_of_time: Time | None


# one row of the answer: a thousand of them are made for a page of products
class _Row(msgspec.Struct, gc=False):
    sku: str
    location_id: str
    available: int | None
    band: str | None


def rows(reply: pb.ReadStockResponse) -> list[_Row]:
    """The table's cells, one row each; what nobody asked for and no book has is left out."""
    places = list(reply.location_ids)
    pairs = [(sku, place) for sku in reply.skus for place in places]
    if not reply.shown:
        cells = zip(pairs, reply.available, strict=False)
        return [_Row(sku, place, units, None) for (sku, place), units in cells]
    marks = zip(pairs, reply.available, reply.shown or repeat(0), strict=False)
    return [
        _Row(sku, place, None if mark else units, _BANDS.get(mark))
        for (sku, place), units, mark in marks
        if mark != _UNASKED
    ]


@router.get("/v1/availability", operation_id="get_availability", response_model=Availability)
async def get_availability(
    ask: Asking,
    sku: Skus,
    location: Annotated[list[str], Query(max_length=100, examples=[["TPE01"]], description="None: everywhere.")] = [],
    channel: Annotated[
        str, Query(max_length=64, examples=["web"], description="Whose display rules hold; none: the strictest.")
    ] = "",
) -> Response:
    """Goods by places, in one call; staff and headquarters see the books."""
    request = pb.ReadStockRequest(skus=sku, location_ids=location, channel_id=channel)
    reply = await ask(ask.to.availability.ReadStock, request)
    found = {"levels": rows(reply), "as_of_time": translation.time(reply.as_of_time)}
    return Response(_ENCODE(found), media_type="application/json")


@router.get(
    "/v1/channels/{channel_id}/availability", operation_id="get_channel_availability", response_model=ChannelStocks
)
async def get_channel_availability(
    channel_id: Annotated[str, Path(min_length=1, max_length=64, examples=["web"])],
    ask: Asking,
    sku: Skus,
    location: Annotated[
        list[str], Query(max_length=100, examples=[["TPE01"]], description="Stores to collect in.")
    ] = [],
) -> Response:
    """What a channel can sell: shipped, and collected in the stores named, today or once others have sent theirs."""
    request = pb.GetChannelStockRequest(channel_id=channel_id, skus=sku, location_ids=location)
    return asking.answer(ChannelStocks, await ask(ask.to.availability.GetChannelStock, request))


@router.get("/v1/staff/stock", operation_id="list_own_stock", response_model=OwnLevels, tags=["Staff: stock"])
async def list_own_stock(ask: Asking, sku: Skus) -> Response:
    """What the caller's own store has in its books."""
    request = stock_pb.GetAvailabilityRequest(skus=sku, location_ids=ask.principal.location_ids[:1])
    return asking.answer(OwnLevels, await ask(ask.to.stock.GetAvailability, request))
