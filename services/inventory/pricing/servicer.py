"""List prices as gRPC."""

from datetime import datetime
from typing import Any

import grpc

from kit import fields as kit_fields
from omo.inventory.v1 import catalogue_price_service_pb2 as pb
from omo.inventory.v1 import catalogue_price_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.catalogue import wire_out
from services.inventory.pricing import wire
from services.inventory.pricing.domain import SalesPlace
from services.inventory.pricing.usecases import ListPrices

Context = grpc.aio.ServicerContext[Any, Any]


class PriceServicer(rpc.PriceServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, prices: ListPrices) -> None:
        self._prices = prices

    async def ListPriceLists(self, request: pb.ListPriceListsRequest, context: Context) -> pb.ListPriceListsResponse:
        found, more = await self._prices.lists(request.page_size, request.page_token)
        return pb.ListPriceListsResponse(price_lists=map(wire_out.price_list, found), next_page_token=more)

    async def ResolvePrice(self, request: pb.ResolvePriceRequest, context: Context) -> pb.ResolvePriceResponse:
        where = SalesPlace(fields.code("channel_id", request.channel_id), request.location_id)
        sku = fields.code("sku", request.sku)
        listed, amount, scale = await self._prices.resolve(sku, where, request.tier, _time(request))
        return pb.ResolvePriceResponse(
            amount=amount,
            currency_code=listed.currency_code,
            tax_included=listed.tax_included,
            price_list_id=listed.price_list_id,
            scale=scale,
        )

    async def ListPriceGaps(self, request: pb.ListPriceGapsRequest, context: Context) -> pb.ListPriceGapsResponse:
        asked = (request.tier, _time(request), list(request.channel_ids))
        return wire.gaps(*await self._prices.gaps(request.page_size, request.page_token, *asked))

    async def ListPriceChanges(
        self, request: pb.ListPriceChangesRequest, context: Context
    ) -> pb.ListPriceChangesResponse:
        asked = (request.sku, request.price_list_id)
        found, more = await self._prices.changes(request.page_size, request.page_token, *asked)
        return pb.ListPriceChangesResponse(changes=map(wire.change, found), next_page_token=more)


def _time(request: pb.ResolvePriceRequest | pb.ListPriceGapsRequest) -> datetime | None:
    return kit_fields.moment(request.at_time, "at_time") if request.HasField("at_time") else None
