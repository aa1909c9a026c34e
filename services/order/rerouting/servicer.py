"""Rejected pickups as gRPC."""

from typing import Any

from kit import fields
from kit.requests import Request
from omo.order.v1 import rerouting_service_pb2 as pb
from omo.order.v1 import rerouting_service_pb2_grpc as rpc
from services.order.rerouting import wire
from services.order.rerouting.usecases import Rerouting


class ReroutingServicer(rpc.ReroutingServiceServicer):
    """ReroutingService: unwrap, call one use case, wrap."""

    def __init__(self, rerouting: Rerouting) -> None:
        self._rerouting = rerouting

    async def GetPickupChoice(self, request: pb.GetPickupChoiceRequest, context: Any) -> pb.GetPickupChoiceResponse:
        order_id = "" if request.token else fields.identifier("order_id", request.order_id)
        return await self._rerouting.show(request.token, order_id)

    async def ChoosePickup(self, request: pb.ChoosePickupRequest, context: Any) -> pb.ChoosePickupResponse:
        return await self._rerouting.choose(request.token, wire.wish(request))

    async def GetPickupPolicy(self, request: pb.GetPickupPolicyRequest, context: Any) -> pb.GetPickupPolicyResponse:
        return await self._rerouting.terms()

    async def PutPickupPolicy(self, request: pb.PutPickupPolicyRequest, context: Any) -> pb.PutPickupPolicyResponse:
        asked = Request.of("ReroutingService/PutPickupPolicy", request)
        return await self._rerouting.put_terms(asked, wire.terms(request.policy))
