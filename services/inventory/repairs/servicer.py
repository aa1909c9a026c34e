"""Repairs as gRPC."""

from typing import Any

import grpc

from kit.requests import Request
from omo.inventory.v1 import repairs_service_pb2 as pb
from omo.inventory.v1 import repairs_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.repairs.usecases import Mends

Context = grpc.aio.ServicerContext[Any, Any]


class RepairServicer(rpc.RepairServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, mends: Mends) -> None:
        self._mends = mends

    async def RecomputeLevel(self, request: pb.RecomputeLevelRequest, context: Context) -> pb.RecomputeLevelResponse:
        place = (fields.code("sku", request.sku), fields.code("location_id", request.location_id))
        return await self._mends.level(Request.of("RecomputeLevel", request), place, _reason(request.reason))

    async def EndOrphanHold(self, request: pb.EndOrphanHoldRequest, context: Context) -> pb.EndOrphanHoldResponse:
        hold_id = fields.key("hold_id", request.hold_id)
        return await self._mends.hold(Request.of("EndOrphanHold", request), hold_id, _reason(request.reason))

    async def MendPromises(self, request: pb.MendPromisesRequest, context: Context) -> pb.MendPromisesResponse:
        sku = fields.code("sku", request.sku)
        return await self._mends.promises(Request.of("MendPromises", request), sku, _reason(request.reason))

    async def RecountLots(self, request: pb.RecountLotsRequest, context: Context) -> pb.RecountLotsResponse:
        place = (fields.code("sku", request.sku), fields.code("location_id", request.location_id))
        return await self._mends.lots(Request.of("RecountLots", request), place, _reason(request.reason))

    async def RecountWaiting(self, request: pb.RecountWaitingRequest, context: Context) -> pb.RecountWaitingResponse:
        place = (fields.code("sku", request.sku), fields.code("location_id", request.location_id))
        return await self._mends.waiting(Request.of("RecountWaiting", request), place, _reason(request.reason))

    async def FreeEndedUnits(self, request: pb.FreeEndedUnitsRequest, context: Context) -> pb.FreeEndedUnitsResponse:
        order_id = fields.key("order_id", request.order_id)
        return await self._mends.units(Request.of("FreeEndedUnits", request), order_id, _reason(request.reason))

    async def ListRepairs(self, request: pb.ListRepairsRequest, context: Context) -> pb.ListRepairsResponse:
        return await self._mends.page(request.page_size, request.page_token)


def _reason(given: str) -> str:
    return fields.text("reason", given, 200, empty=False)
