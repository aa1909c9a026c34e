"""Headquarters: where prices are not one, what a good costs somewhere, and who changed it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http import csv_pages
from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.hq.stock import Actor
from gateway.http.shapes.fields import (
    ChannelId,
    NextPage,
    PageSize,
    PageToken,
    ProductId,
    Shown,
    Sku,
    Time,
    Version,
    eg,
)
from gateway.http.shapes.masters import PriceListHead
from omo.inventory.v1 import catalogue_price_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: prices"])

At = Annotated[datetime | None, Query(examples=["2026-12-24T12:00:00+08:00"], description="None: now.")]
Tier = Annotated[str, Query(max_length=64, examples=["gold"], description="None: what everybody pays.")]
Channels = Annotated[list[str], Query(max_length=50, examples=[["web"]], description="None: all.")]
_CSV = "sku,product_id,name,amount,currency_code,price_list_id,places\r\nCOAT-CAMEL-M,COAT-CAMEL,Camel coat M,12800,…"


class SalesPlace(Shown):
    """A channel, and the store where it is one of stores."""

    channel_id: ChannelId
    location_id: Annotated[str | None, eg(None)]


class EffectivePrice(Shown):
    """One price and where it holds."""

    priced: Annotated[bool, eg(True, "False: no list prices the good there.")]
    amount: Annotated[int, eg(12800, "Minor units.")]
    currency_code: Annotated[str, eg("TWD")]
    tax_included: Annotated[bool, eg(True)]
    price_list_id: Annotated[str | None, eg("TW-2026", "The list that it comes from.")]
    places: list[SalesPlace]
    places_total: Annotated[int, eg(1, "`places` shows 1,000 of them at most.")]


class PriceGap(Shown):
    """A good whose price is not the same everywhere; the price of the most places first."""

    sku: Sku
    product_id: ProductId
    name: Annotated[str, eg("Camel coat M / camel")]
    prices: list[EffectivePrice]


class PriceGapPage(Shown):
    """Goods that do not cost the same everywhere; a page may be short, and still have a next one."""

    gaps: list[PriceGap]
    next_page_token: NextPage
    at_time: Time | None


class EffectiveAnswer(Shown):
    """What a good costs before anybody takes something off."""

    amount: Annotated[int, eg(12800, "Minor units.")]
    currency_code: Annotated[str, eg("TWD")]
    tax_included: Annotated[bool, eg(True)]
    price_list_id: Annotated[str, eg("TW-2026", "The list that decides.")]
    scale: Annotated[int, eg(1, "Base units that the price is for.")]


class PriceChange(Shown):
    """One price that changed, or a list's head where there is no SKU."""

    change_id: Annotated[str, eg("0199a5c2-9911-7c30-8d7e-4f5a6b7c8d9e")]
    price_list_id: Annotated[str, eg("TW-2026")]
    sku: Annotated[str | None, eg("COAT-CAMEL-M")]
    amount_before: Annotated[int | None, eg(13800, "Null: it had none in the list.")]
    amount: Annotated[int | None, eg(12800, "Null: it was taken out of the list.")]
    head: PriceListHead | None
    version: Version
    business_time: Time | None
    record_time: Time | None
    actor: Actor | None
    reason: Annotated[str, eg("winter prices", "As whoever changed it said; empty: he said nothing.")]


class PriceChangePage(Shown):
    """Changes of prices, the newest first."""

    changes: list[PriceChange]
    next_page_token: NextPage


def _asked(size: int, token: str, tier: str, at: datetime | None, channels: list[str]) -> pb.ListPriceGapsRequest:
    request = pb.ListPriceGapsRequest(page_size=size, page_token=token, tier=tier, channel_ids=channels)
    if at is not None:
        request.at_time.FromDatetime(at)
    return request


@router.get("/v1/hq/prices/gaps", operation_id="list_price_gaps", response_model=PriceGapPage)
async def list_price_gaps(
    ask: Asking,
    page_size: PageSize = 20,
    page_token: PageToken = "",
    tier: Tier = "",
    time: At = None,
    channel: Channels = [],
) -> Response:
    """The parity report: goods whose price is not the same in every channel and store, now or at a time."""
    reply = await ask(ask.to.prices.ListPriceGaps, _asked(page_size, page_token, tier, time, channel))
    return asking.answer(PriceGapPage, reply)


@router.get(
    "/v1/hq/prices/gaps.csv",
    operation_id="list_price_gaps_csv",
    response_class=Response,
    responses=csv_pages.described(_CSV),
)
async def list_price_gaps_csv(
    ask: Asking,
    page_size: PageSize = 100,
    page_token: PageToken = "",
    tier: Tier = "",
    time: At = None,
    channel: Channels = [],
) -> Response:
    """One page of the parity report as CSV, a line a price."""
    reply = await ask(ask.to.prices.ListPriceGaps, _asked(page_size, page_token, tier, time, channel))
    rows = (
        (
            gap.sku,
            gap.product_id,
            gap.name,
            price.amount if price.priced else "",
            price.currency_code,
            price.price_list_id,
            " ".join(f"{one.channel_id}/{one.location_id}".rstrip("/") for one in price.places),
        )
        for gap in reply.gaps
        for price in gap.prices
    )
    return csv_pages.page(_CSV.partition("\r\n")[0].split(","), rows, reply.next_page_token)


@router.get("/v1/hq/prices/effective", operation_id="resolve_price", response_model=EffectiveAnswer)
async def resolve_price(
    ask: Asking,
    sku: Annotated[str, Query(min_length=1, max_length=64, examples=["COAT-CAMEL-M"])],
    channel: Annotated[str, Query(min_length=1, max_length=64, examples=["web"])],
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: no store takes part.")] = "",
    tier: Tier = "",
    time: At = None,
) -> Response:
    """What a good costs there and then before anybody takes something off, and by which list."""
    request = pb.ResolvePriceRequest(sku=sku, channel_id=channel, location_id=location, tier=tier)
    if time is not None:
        request.at_time.FromDatetime(time)
    return asking.answer(EffectiveAnswer, await ask(ask.to.prices.ResolvePrice, request))


@router.get("/v1/hq/prices/changes", operation_id="list_price_changes", response_model=PriceChangePage)
async def list_price_changes(
    ask: Asking,
    sku: Annotated[str, Query(max_length=64, examples=["COAT-CAMEL-M"], description="None: all.")] = "",
    price_list: Annotated[str, Query(max_length=64, examples=["TW-2026"], description="None: all.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Who changed which price, and why; the newest first."""
    request = pb.ListPriceChangesRequest(page_size=page_size, page_token=page_token, sku=sku, price_list_id=price_list)
    reply = await ask(ask.to.prices.ListPriceChanges, request)
    return asking.page(PriceChange, "changes", reply.changes, reply.next_page_token)
