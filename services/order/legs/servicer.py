"""Goods on their way to a store as gRPC."""

from typing import Any

from kit import fields
from kit.requests import Request
from omo.order.v1 import leg_service_pb2 as pb
from omo.order.v1 import leg_service_pb2_grpc as rpc
from services.order.legs import wire
from services.order.legs.usecases import Legs


class LegServicer(rpc.LegServiceServicer):
    """LegService: unwrap, call one use case, wrap."""

    def __init__(self, legs: Legs) -> None:
        self._legs = legs

    async def ListIncoming(self, request: pb.ListIncomingRequest, context: Any) -> pb.ListIncomingResponse:
        place = fields.code("location_id", request.location_id)
        return await self._legs.incoming(place, request.page_size, request.page_token)

    async def DispatchLeg(self, request: pb.DispatchLegRequest, context: Any) -> pb.DispatchLegResponse:
        return await self._legs.dispatch(Request.of("LegService/DispatchLeg", request), _id(request))

    async def ReceiveLeg(self, request: pb.ReceiveLegRequest, context: Any) -> pb.ReceiveLegResponse:
        asked = Request.of("LegService/ReceiveLeg", request)
        return await self._legs.receive(asked, _id(request), wire.short(request.short))


def _id(request: Any) -> str:
    return fields.identifier("fulfilment_id", request.fulfilment_id)
