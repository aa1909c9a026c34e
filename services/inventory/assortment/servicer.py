"""Assortments as gRPC."""

from typing import Any

import grpc

from kit import fields as kit_fields
from kit.errors import invalid
from kit.requests import Request
from omo.inventory.v1 import catalogue_assortment_service_pb2 as pb
from omo.inventory.v1 import catalogue_assortment_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.assortment import wire
from services.inventory.assortment.usecases import Assortments

Context = grpc.aio.ServicerContext[Any, Any]


class AssortmentServicer(rpc.AssortmentServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, assortments: Assortments) -> None:
        self._assortments = assortments

    async def PutAssortments(self, request: pb.PutAssortmentsRequest, context: Context) -> pb.PutAssortmentsResponse:
        return await self._assortments.put(Request.of("PutAssortments", request), wire.assortments(request))

    async def ListAssortments(self, request: pb.ListAssortmentsRequest, context: Context) -> pb.ListAssortmentsResponse:
        if len(request.skus) > 100:
            raise invalid("skus", "must be at most 100")
        if request.channel_id and request.location_id:
            raise invalid("location_id", "must not be given beside channel_id")
        skus = [fields.code("skus", sku) for sku in request.skus]
        scope = "CHANNEL" if request.channel_id else "LOCATION" if request.location_id else ""
        scope_id = request.channel_id or request.location_id
        found, more = await self._assortments.page(request.page_size, request.page_token, skus, scope, scope_id)
        return pb.ListAssortmentsResponse(assortments=map(wire.message, found), next_page_token=more)

    async def CheckSellable(self, request: pb.CheckSellableRequest, context: Context) -> pb.CheckSellableResponse:
        at = kit_fields.moment(request.at_time, "at_time") if request.HasField("at_time") else None
        sku, channel_id = fields.code("sku", request.sku), fields.code("channel_id", request.channel_id)
        return wire.sellable(await self._assortments.sellable(sku, channel_id, request.location_id, at))
