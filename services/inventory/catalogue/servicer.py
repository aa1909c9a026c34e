"""The catalogue as gRPC."""

from typing import Any

import grpc

from kit import access
from kit.access import Kind
from kit.requests import Request
from omo.inventory.v1 import catalogue_pb2
from omo.inventory.v1 import catalogue_service_pb2 as pb
from omo.inventory.v1 import catalogue_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.assortment import wire as assortment_wire
from services.inventory.catalogue import wire, wire_out, wire_places
from services.inventory.catalogue.places import Places
from services.inventory.catalogue.prices import Prices
from services.inventory.catalogue.products import Products
from services.inventory.catalogue.reference import Reference
from services.inventory.lots import wire as lots_wire

Context = grpc.aio.ServicerContext[Any, Any]


class CatalogueServicer(rpc.CatalogueServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(
        self, products: Products, places: Places, prices: Prices, reference: Reference, time_zone: str
    ) -> None:
        self._products = products
        self._places = places
        self._prices = prices
        self._reference = reference
        self._time_zone = time_zone

    async def PutProducts(self, request: pb.PutProductsRequest, context: Context) -> pb.PutProductsResponse:
        return await self._products.put(Request.of("PutProducts", request), wire.products(request))

    async def GetProduct(self, request: pb.GetProductRequest, context: Context) -> pb.GetProductResponse:
        found = await self._products.get(fields.code("product_id", request.product_id))
        return pb.GetProductResponse(product=wire_out.product(found, costs=_sees_costs()))

    async def FindVariant(self, request: pb.FindVariantRequest, context: Context) -> pb.FindVariantResponse:
        found, sku = await self._products.find(fields.code("code", request.code))
        return pb.FindVariantResponse(product=wire_out.product(found, costs=_sees_costs()), sku=sku)

    async def ListProducts(self, request: pb.ListProductsRequest, context: Context) -> pb.ListProductsResponse:
        found, more = await self._products.page(
            request.page_size, request.page_token, active_only=request.active_only, category=request.category
        )
        costs = _sees_costs()
        shown = [wire_out.product(one, costs=costs) for one in found]
        return pb.ListProductsResponse(products=shown, next_page_token=more)

    async def PutLocations(self, request: pb.PutLocationsRequest, context: Context) -> pb.PutLocationsResponse:
        return await self._places.put(
            Request.of("PutLocations", request), wire_places.locations(request, self._time_zone)
        )

    async def ListLocations(self, request: pb.ListLocationsRequest, context: Context) -> pb.ListLocationsResponse:
        kind = fields.choice("kind", catalogue_pb2.LocationKind, request.kind, "LOCATION_KIND_")
        wanted = "" if kind == "UNSPECIFIED" else kind
        group = fields.code("group_id", request.group_id) if request.group_id else ""
        found, more = await self._places.page(request.page_size, request.page_token, wanted, group)
        return pb.ListLocationsResponse(locations=map(wire_out.location, found), next_page_token=more)

    async def PutLocationGroups(
        self, request: pb.PutLocationGroupsRequest, context: Context
    ) -> pb.PutLocationGroupsResponse:
        return await self._places.put_groups(Request.of("PutLocationGroups", request), wire_places.groups(request))

    async def ListLocationGroups(
        self, request: pb.ListLocationGroupsRequest, context: Context
    ) -> pb.ListLocationGroupsResponse:
        kind = fields.choice("kind", catalogue_pb2.LocationGroupKind, request.kind, "LOCATION_GROUP_KIND_")
        wanted = "" if kind == "UNSPECIFIED" else kind
        found, more = await self._places.groups(request.page_size, request.page_token, wanted)
        shown = [pb.LocationGroupMembers(group=wire_out.group(one), locations=many) for one, many in found]
        return pb.ListLocationGroupsResponse(groups=shown, next_page_token=more)

    async def PutChannels(self, request: pb.PutChannelsRequest, context: Context) -> pb.PutChannelsResponse:
        return await self._places.put_channels(Request.of("PutChannels", request), *wire_places.channels(request))

    async def ListChannels(self, request: pb.ListChannelsRequest, context: Context) -> pb.ListChannelsResponse:
        found, rates = await self._places.channels()
        return pb.ListChannelsResponse(
            channels=map(wire_out.channel, found), tax_classes=map(wire_out.tax_class, rates)
        )

    async def PutPriceList(self, request: pb.PutPriceListRequest, context: Context) -> pb.PutPriceListResponse:
        head = wire.price_list(request.price_list)
        why = wire.reason(request)
        return await self._prices.put(Request.of("PutPriceList", request), head, *wire.prices(request), why)

    async def GetPriceList(self, request: pb.GetPriceListRequest, context: Context) -> pb.GetPriceListResponse:
        code = fields.code("price_list_id", request.price_list_id)
        head, prices, more = await self._prices.get(code, request.page_size, request.page_token)
        return pb.GetPriceListResponse(price_list=wire_out.price_list(head, prices), next_page_token=more)

    async def ListReferenceData(
        self, request: pb.ListReferenceDataRequest, context: Context
    ) -> pb.ListReferenceDataResponse:
        page = await self._reference.page(request.page_size, request.page_token)
        costs = _sees_costs()
        return pb.ListReferenceDataResponse(
            products=[wire_out.product(one, costs=costs) for one in page.products],
            locations=map(wire_out.location, page.locations),
            channels=map(wire_out.channel, page.channels),
            tax_classes=map(wire_out.tax_class, page.tax_classes),
            price_lists=[wire_out.price_list(head, prices) for head, prices in page.price_lists],
            location_groups=map(wire_out.group, page.groups),
            assortments=map(assortment_wire.message, page.assortments),
            lots=map(lots_wire.lot, page.lots),
            next_page_token=page.more,
            catalogue_version=page.version,
        )


def _sees_costs() -> bool:
    """What goods cost us is for headquarters and services; a shop's caller may be anybody."""
    return access.current().kind in (Kind.HQ, Kind.SERVICE)
