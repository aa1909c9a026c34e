"""Finding goods: by names in Chinese and English, SKUs and barcodes, whole, begun or mistyped."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import NextPage, PageSize, PageToken, Shown, eg, kinds
from gateway.http.shapes.masters import HqProduct
from gateway.http.shop.catalogue import Product
from omo.inventory.v1 import catalogue_search_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Catalogue"])

Asked = Annotated[str, Query(min_length=1, max_length=200, examples=["大衣"], description="What somebody typed.")]
Category = Annotated[str, Query(max_length=64, examples=["Coats"], description="At any depth.")]
Tag = Annotated[str, Query(max_length=64, examples=["winter"])]
Brand = Annotated[str, Query(max_length=100, examples=["Hikari"])]
ChannelFilter = Annotated[str, Query(max_length=64, examples=["web"], description="Only what is sold there now.")]
Place = Annotated[str, Query(max_length=64, examples=["TPE01"], description="Only what is sold there now.")]
Match = Annotated[str | None, kinds(pb.SearchMatch, "NAME", "How well it fits; the list begins with the best.")]
Skus = Annotated[list[str], eg([], "Variants that the query names by SKU or barcode, whole or begun.")]
Corrected = Annotated[str | None, eg(None, "What was looked for in place of words that nothing has.")]


class Hit(Shown):
    """A product that fits."""

    product: Product
    match: Match
    skus: Skus


class HitPage(Shown):
    """What was found, the best first."""

    hits: list[Hit]
    next_page_token: NextPage
    corrected_query: Corrected


class HqHit(Shown):
    """A product that fits, with what shoppers are not shown."""

    product: HqProduct
    match: Match
    skus: Skus


class HqHitPage(Shown):
    """What was found, the best first."""

    hits: list[HqHit]
    next_page_token: NextPage
    corrected_query: Corrected


@router.get("/v1/search/products", operation_id="search_products", response_model=HitPage)
async def search_products(
    ask: Asking,
    query: Asked,
    page_size: PageSize = 20,
    page_token: PageToken = "",
    category: Category = "",
    tag: Tag = "",
    brand: Brand = "",
    channel: ChannelFilter = "",
    location: Place = "",
) -> Response:
    """Active products that fit what a shopper typed; name the channel to see what it sells now."""
    request = pb.SearchProductsRequest(
        query=query,
        page_size=page_size,
        page_token=page_token,
        category=category,
        tag=tag,
        brand=brand,
        channel_id=channel,
        location_id=location,
    )
    return asking.answer(HitPage, await ask(ask.to.search.SearchProducts, request))


@router.get("/v1/staff/search/products", operation_id="search_products_in_store", response_model=HitPage)
async def search_products_in_store(
    ask: Asking, query: Asked, page_size: PageSize = 20, page_token: PageToken = "", location: Place = ""
) -> Response:
    """Active products by name, SKU or scanned barcode."""
    request = pb.SearchProductsRequest(query=query, page_size=page_size, page_token=page_token, location_id=location)
    return asking.answer(HitPage, await ask(ask.to.search.SearchProducts, request))


@router.get("/v1/hq/search/products", operation_id="search_all_products", response_model=HqHitPage)
async def search_all_products(
    ask: Asking,
    query: Asked,
    page_size: PageSize = 20,
    page_token: PageToken = "",
    category: Category = "",
    tag: Tag = "",
    brand: Brand = "",
    channel: ChannelFilter = "",
    location: Place = "",
) -> Response:
    """Every product that fits, switched off or not, with costs and flags."""
    request = pb.SearchProductsRequest(
        query=query,
        page_size=page_size,
        page_token=page_token,
        category=category,
        tag=tag,
        brand=brand,
        channel_id=channel,
        location_id=location,
        inactive_too=True,
    )
    return asking.answer(HqHitPage, await ask(ask.to.search.SearchProducts, request))
