"""Reservations to try on as gRPC."""

from typing import Any

from kit import fields
from kit.requests import Request
from omo.order.v1 import tryout_service_pb2 as pb
from omo.order.v1 import tryout_service_pb2_grpc as rpc
from services.order.tryouts import wire
from services.order.tryouts.usecases import Tryouts

_LONGEST = 64


class TryoutServicer(rpc.TryoutServiceServicer):
    """TryoutService: unwrap, call one use case, wrap."""

    def __init__(self, tryouts: Tryouts) -> None:
        self._tryouts = tryouts

    async def ReserveTryout(self, request: pb.ReserveTryoutRequest, context: Any) -> pb.ReserveTryoutResponse:
        return await self._tryouts.reserve(
            Request.of("TryoutService/ReserveTryout", request),
            fields.identifier("member_id", request.member_id),
            fields.code("location_id", request.location_id),
            wire.lines(request),
        )

    async def GetTryout(self, request: pb.GetTryoutRequest, context: Any) -> pb.GetTryoutResponse:
        return await self._tryouts.get(_id(request))

    async def ListTryouts(self, request: pb.ListTryoutsRequest, context: Any) -> pb.ListTryoutsResponse:
        return await self._tryouts.page(request)

    async def ReadyTryout(self, request: pb.ReadyTryoutRequest, context: Any) -> pb.ReadyTryoutResponse:
        return await self._tryouts.ready(Request.of("TryoutService/ReadyTryout", request), _id(request))

    async def BeginTryout(self, request: pb.BeginTryoutRequest, context: Any) -> pb.BeginTryoutResponse:
        return await self._tryouts.begin(Request.of("TryoutService/BeginTryout", request), _id(request))

    async def ReleaseTryout(self, request: pb.ReleaseTryoutRequest, context: Any) -> pb.ReleaseTryoutResponse:
        reason = fields.text("reason", request.reason, _LONGEST)
        return await self._tryouts.release(Request.of("TryoutService/ReleaseTryout", request), _id(request), reason)


def _id(request: Any) -> str:
    return fields.identifier("tryout_id", request.tryout_id)
