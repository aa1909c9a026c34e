"""Counts as gRPC."""

from typing import Any

import grpc

from kit.clock import Clock
from kit.requests import Request
from omo.inventory.v1 import counting_pb2
from omo.inventory.v1 import counting_service_pb2 as pb
from omo.inventory.v1 import counting_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.counting import wire
from services.inventory.counting.usecases import Counts
from services.inventory.stock import wire as stock_wire

Context = grpc.aio.ServicerContext[Any, Any]


class CountServicer(rpc.CountServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, counts: Counts, clock: Clock) -> None:
        self._counts = counts
        self._clock = clock

    async def OpenCount(self, request: pb.OpenCountRequest, context: Context) -> pb.OpenCountResponse:
        location_id = fields.code("location_id", request.location_id)
        area, skus = fields.text("area", request.area, 64), wire.skus(request.skus)
        return await self._counts.open(Request.of("OpenCount", request), location_id, area, skus)

    async def JoinCount(self, request: pb.JoinCountRequest, context: Context) -> pb.JoinCountResponse:
        return await self._counts.join(Request.of("JoinCount", request), _id(request))

    async def ReleaseCount(self, request: pb.ReleaseCountRequest, context: Context) -> pb.ReleaseCountResponse:
        return await self._counts.release(Request.of("ReleaseCount", request), _id(request))

    async def RecordCounts(self, request: pb.RecordCountsRequest, context: Context) -> pb.RecordCountsResponse:
        told = wire.told(request, self._clock())
        return await self._counts.record(Request.of("RecordCounts", request), _id(request), told)

    async def SubmitCount(self, request: pb.SubmitCountRequest, context: Context) -> pb.SubmitCountResponse:
        return await self._counts.submit(Request.of("SubmitCount", request), _id(request))

    async def RecountLines(self, request: pb.RecountLinesRequest, context: Context) -> pb.RecountLinesResponse:
        skus = wire.skus(request.skus, least=1)
        return await self._counts.recount(Request.of("RecountLines", request), _id(request), skus)

    async def ApproveCount(self, request: pb.ApproveCountRequest, context: Context) -> pb.ApproveCountResponse:
        return await self._counts.approve(Request.of("ApproveCount", request), _id(request))

    async def CancelCount(self, request: pb.CancelCountRequest, context: Context) -> pb.CancelCountResponse:
        return await self._counts.cancel(Request.of("CancelCount", request), _id(request))

    async def GetCount(self, request: pb.GetCountRequest, context: Context) -> pb.GetCountResponse:
        return await self._counts.get(_id(request))

    async def ListCounts(self, request: pb.ListCountsRequest, context: Context) -> pb.ListCountsResponse:
        location_id = stock_wire.scope(request.location_id)
        state = fields.choice("state", counting_pb2.CountState, request.state, "COUNT_STATE_")
        state = "" if state == "UNSPECIFIED" else state
        return await self._counts.page(location_id, state, request.page_size, request.page_token)


def _id(request: Any) -> str:
    return fields.identifier("session_id", request.session_id)
