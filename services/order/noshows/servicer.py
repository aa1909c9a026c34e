"""No-shows as gRPC."""

from typing import Any

from kit import fields
from kit.requests import Request
from omo.order.v1 import noshow_service_pb2 as pb
from omo.order.v1 import noshow_service_pb2_grpc as rpc
from services.order.noshows import wire
from services.order.noshows.usecases import NoShows


class NoShowServicer(rpc.NoShowServiceServicer):
    """NoShowService: unwrap, call one use case, wrap."""

    def __init__(self, noshows: NoShows) -> None:
        self._noshows = noshows

    async def GetNoShowPolicy(self, request: pb.GetNoShowPolicyRequest, context: Any) -> pb.GetNoShowPolicyResponse:
        return pb.GetNoShowPolicyResponse(policy=await self._noshows.policy())

    async def PutNoShowPolicy(self, request: pb.PutNoShowPolicyRequest, context: Any) -> pb.PutNoShowPolicyResponse:
        asked = Request.of("NoShowService/PutNoShowPolicy", request)
        return await self._noshows.put(asked, wire.policy(request.policy))

    async def GetPickupStanding(
        self, request: pb.GetPickupStandingRequest, context: Any
    ) -> pb.GetPickupStandingResponse:
        return await self._noshows.standing(fields.identifier("member_id", request.member_id))

    async def ReturnToShelf(self, request: pb.ReturnToShelfRequest, context: Any) -> pb.ReturnToShelfResponse:
        return await self._noshows.back_to_shelf(Request.of("NoShowService/ReturnToShelf", request), _id(request))

    async def AppealNoShow(self, request: pb.AppealNoShowRequest, context: Any) -> pb.AppealNoShowResponse:
        asked = Request.of("NoShowService/AppealNoShow", request)
        return await self._noshows.appeal(asked, _id(request), fields.code("reason", request.reason))

    async def ListAppeals(self, request: pb.ListAppealsRequest, context: Any) -> pb.ListAppealsResponse:
        return await self._noshows.appeals(wire.appeal_state(request.state), request.page_size, request.page_token)

    async def SettleAppeal(self, request: pb.SettleAppealRequest, context: Any) -> pb.SettleAppealResponse:
        asked = Request.of("NoShowService/SettleAppeal", request)
        reason = fields.code("reason", request.reason)
        return await self._noshows.settle(asked, _id(request), request.granted, reason)


def _id(request: Any) -> str:
    return fields.identifier("fulfilment_id", request.fulfilment_id)
