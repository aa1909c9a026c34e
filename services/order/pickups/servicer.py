"""Pickups as gRPC."""

from typing import Any

from kit import fields
from kit.requests import Request
from omo.order.v1 import pickup_service_pb2 as pb
from omo.order.v1 import pickup_service_pb2_grpc as rpc
from services.order.fulfilment import wire_lots
from services.order.pickups import wire
from services.order.pickups.proving import Told
from services.order.pickups.usecases import Pickups
from services.order.pickups.usecases_parts import Parts

_LONGEST_NAME = 64


class PickupServicer(rpc.PickupServiceServicer):
    """PickupService: unwrap, call one use case, wrap."""

    def __init__(self, pickups: Pickups, parts: Parts) -> None:
        self._pickups = pickups
        self._parts = parts

    async def ShowPickupCode(self, request: pb.ShowPickupCodeRequest, context: Any) -> pb.ShowPickupCodeResponse:
        code, end = await self._pickups.code(_id(request))
        return pb.ShowPickupCodeResponse(code=code, expire_time=fields.timestamp(end))

    async def GetPickupCodeKeys(
        self, request: pb.GetPickupCodeKeysRequest, context: Any
    ) -> pb.GetPickupCodeKeysResponse:
        return self._pickups.keys()

    async def NameProxy(self, request: pb.NameProxyRequest, context: Any) -> pb.NameProxyResponse:
        asked = Request.of("PickupService/NameProxy", request)
        return await self._pickups.name(asked, _id(request), fields.text("name", request.name, _LONGEST_NAME))

    async def RevokeProxy(self, request: pb.RevokeProxyRequest, context: Any) -> pb.RevokeProxyResponse:
        asked = Request.of("PickupService/RevokeProxy", request)
        return await self._pickups.revoke(asked, fields.identifier("proxy_id", request.proxy_id))

    async def ListProxies(self, request: pb.ListProxiesRequest, context: Any) -> pb.ListProxiesResponse:
        return await self._pickups.proxies(_id(request))

    async def HandOverPart(self, request: pb.HandOverPartRequest, context: Any) -> pb.HandOverPartResponse:
        return await self._parts.hand_over(
            Request.of("PickupService/HandOverPart", request),
            _id(request),
            Told(request.pin, request.code),
            wire.units(request.units),
            wire.missing_units(request.missing),
            wire.choice(request.missing_choice),
            wire_lots.named(request.lots),
        )

    async def GetAcknowledgement(
        self, request: pb.GetAcknowledgementRequest, context: Any
    ) -> pb.GetAcknowledgementResponse:
        return pb.GetAcknowledgementResponse(acknowledgement=await self._pickups.acknowledgement(_id(request)))


def _id(request: Any) -> str:
    return fields.identifier("fulfilment_id", request.fulfilment_id)
