"""Headquarters: what exists, where it is sold, and at what list price."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import PageSize, PageToken
from gateway.http.shapes.masters import (
    ChannelsAnswer,
    HqProduct,
    HqProductAnswer,
    HqProductPage,
    PriceListAnswer,
    PriceListHead,
    PriceListPage,
    PriceListVersion,
    ProductVersions,
    PutChannels,
    PutPriceList,
    PutProducts,
)
from gateway.http.shapes.places import (
    GroupMembers,
    GroupPage,
    Groups,
    Location,
    LocationPage,
    Locations,
    PutGroups,
    PutLocations,
)
from omo.inventory.v1 import catalogue_pb2
from omo.inventory.v1 import catalogue_price_service_pb2 as price_pb
from omo.inventory.v1 import catalogue_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: catalogue"])


@router.put("/v1/hq/products", operation_id="put_products", response_model=ProductVersions)
async def put_products(body: PutProducts, ask: Asking) -> Response:
    """Creates or replaces products with their variants, all or none; 200 at most."""
    request = translation.fill(pb.PutProductsRequest(request_id=ask.key), body)
    return asking.answer(ProductVersions, await ask(ask.to.catalogue.PutProducts, request))


@router.get("/v1/hq/products", operation_id="list_all_products", response_model=HqProductPage)
async def list_all_products(
    ask: Asking,
    page_size: PageSize = 20,
    page_token: PageToken = "",
    category: Annotated[str, Query(max_length=200, description="At any depth.")] = "",
) -> Response:
    """Every product with costs and flags, in code order."""
    request = pb.ListProductsRequest(page_size=page_size, page_token=page_token, category=category)
    reply = await ask(ask.to.catalogue.ListProducts, request)
    return asking.page(HqProduct, "products", reply.products, reply.next_page_token)


@router.get("/v1/hq/products/{product_id}", operation_id="get_hq_product", response_model=HqProductAnswer)
async def get_hq_product(
    product_id: Annotated[str, Path(min_length=1, max_length=64, examples=["COAT-CAMEL"])], ask: Asking
) -> Response:
    """One product with costs and flags."""
    request = pb.GetProductRequest(product_id=product_id)
    return asking.answer(HqProductAnswer, await ask(ask.to.catalogue.GetProduct, request))


@router.put("/v1/hq/locations", operation_id="put_locations", response_model=Locations)
async def put_locations(body: PutLocations, ask: Asking) -> Response:
    """Creates or replaces stores and warehouses."""
    request = translation.fill(pb.PutLocationsRequest(request_id=ask.key), body)
    return asking.answer(Locations, await ask(ask.to.catalogue.PutLocations, request))


@router.get("/v1/hq/locations", operation_id="list_locations", response_model=LocationPage)
async def list_locations(
    ask: Asking,
    page_size: PageSize = 20,
    page_token: PageToken = "",
    kind: Annotated[str, Query(pattern="^(|STORE|WAREHOUSE|OUTLET|VIRTUAL|DROP_POINT)$", examples=["STORE"])] = "",
    group: Annotated[str, Query(max_length=64, examples=["north"], description="None: all.")] = "",
) -> Response:
    """Stores and warehouses in code order."""
    request = pb.ListLocationsRequest(page_size=page_size, page_token=page_token, group_id=group)
    if kind:
        request.kind = catalogue_pb2.LocationKind.Value(f"LOCATION_KIND_{kind}")
    reply = await ask(ask.to.catalogue.ListLocations, request)
    return asking.page(Location, "locations", reply.locations, reply.next_page_token)


@router.put("/v1/hq/location-groups", operation_id="put_location_groups", response_model=Groups)
async def put_location_groups(body: PutGroups, ask: Asking) -> Response:
    """Says what group codes that locations name are for."""
    request = translation.fill(pb.PutLocationGroupsRequest(request_id=ask.key), body)
    return asking.answer(Groups, await ask(ask.to.catalogue.PutLocationGroups, request))


@router.get("/v1/hq/location-groups", operation_id="list_location_groups", response_model=GroupPage)
async def list_location_groups(
    ask: Asking,
    page_size: PageSize = 20,
    page_token: PageToken = "",
    kind: Annotated[str, Query(pattern="^(|PICKUP|SAME_DAY|BROKERING|CHANNEL|OTHER)$", examples=["PICKUP"])] = "",
) -> Response:
    """Location groups in code order, with how many locations name each."""
    request = pb.ListLocationGroupsRequest(page_size=page_size, page_token=page_token)
    translation.choose(request, kind=kind)
    reply = await ask(ask.to.catalogue.ListLocationGroups, request)
    return asking.page(GroupMembers, "groups", reply.groups, reply.next_page_token)


@router.put("/v1/hq/channels", operation_id="put_channels", status_code=204)
async def put_channels(body: PutChannels, ask: Asking) -> Response:
    """Creates or replaces channels and tax classes."""
    await ask(ask.to.catalogue.PutChannels, translation.fill(pb.PutChannelsRequest(request_id=ask.key), body))
    return Response(status_code=204)


@router.get("/v1/hq/channels", operation_id="list_channels", response_model=ChannelsAnswer)
async def list_channels(ask: Asking) -> Response:
    """Every channel and tax class."""
    return asking.answer(ChannelsAnswer, await ask(ask.to.catalogue.ListChannels, pb.ListChannelsRequest()))


@router.put("/v1/hq/price-lists", operation_id="put_price_list", response_model=PriceListVersion)
async def put_price_list(body: PutPriceList, ask: Asking) -> Response:
    """Creates a price list or replaces its head; changes the prices that are named and leaves the others."""
    request = translation.fill(pb.PutPriceListRequest(request_id=ask.key), body)
    return asking.answer(PriceListVersion, await ask(ask.to.catalogue.PutPriceList, request))


@router.get("/v1/hq/price-lists", operation_id="list_price_lists", response_model=PriceListPage)
async def list_price_lists(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Price lists in code order, without their prices."""
    request = price_pb.ListPriceListsRequest(page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.prices.ListPriceLists, request)
    return asking.page(PriceListHead, "price_lists", reply.price_lists, reply.next_page_token)


@router.get("/v1/hq/price-lists/{price_list_id}", operation_id="get_price_list", response_model=PriceListAnswer)
async def get_price_list(
    price_list_id: Annotated[str, Path(max_length=64, examples=["TW-2026"])],
    ask: Asking,
    page_size: PageSize = 100,
    page_token: PageToken = "",
) -> Response:
    """A price list with one page of its prices."""
    request = pb.GetPriceListRequest(price_list_id=price_list_id, page_size=page_size, page_token=page_token)
    return asking.answer(PriceListAnswer, await ask(ask.to.catalogue.GetPriceList, request))
