"""Care of tasks as gRPC."""

from typing import Any

from kit import fields
from kit.requests import Request
from omo.order.v1 import fulfilment_care_service_pb2 as pb
from omo.order.v1 import fulfilment_care_service_pb2_grpc as rpc
from services.order.fulfilment import wire_parcels
from services.order.shipping.usecases_care import Care
from services.order.shipping.usecases_moves import Moves


class FulfilmentCareServicer(rpc.FulfilmentCareServiceServicer):
    """FulfilmentCareService: unwrap, call one use case, wrap."""

    def __init__(self, care: Care, moves: Moves) -> None:
        self._care = care
        self._moves = moves

    async def HoldFulfilment(self, request: pb.HoldFulfilmentRequest, context: Any) -> pb.HoldFulfilmentResponse:
        asked = Request.of("FulfilmentCareService/HoldFulfilment", request)
        return await self._care.hold(asked, _id(request), request.reason)

    async def ReleaseFulfilment(
        self, request: pb.ReleaseFulfilmentRequest, context: Any
    ) -> pb.ReleaseFulfilmentResponse:
        return await self._care.release(Request.of("FulfilmentCareService/ReleaseFulfilment", request), _id(request))

    async def SplitFulfilment(self, request: pb.SplitFulfilmentRequest, context: Any) -> pb.SplitFulfilmentResponse:
        asked = Request.of("FulfilmentCareService/SplitFulfilment", request)
        return await self._care.split(asked, _id(request), wire_parcels.units(request.units))

    async def MergeFulfilments(self, request: pb.MergeFulfilmentsRequest, context: Any) -> pb.MergeFulfilmentsResponse:
        asked = Request.of("FulfilmentCareService/MergeFulfilments", request)
        other = fields.identifier("other_fulfilment_id", request.other_fulfilment_id)
        return await self._care.merge(asked, _id(request), other)

    async def MoveFulfilment(self, request: pb.MoveFulfilmentRequest, context: Any) -> pb.MoveFulfilmentResponse:
        asked = Request.of("FulfilmentCareService/MoveFulfilment", request)
        place, reason = fields.code("location_id", request.location_id), fields.code("reason", request.reason)
        return await self._moves.move(asked, _id(request), place, reason)


def _id(request: Any) -> str:
    return fields.identifier("fulfilment_id", request.fulfilment_id)
