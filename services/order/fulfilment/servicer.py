"""Fulfilment as gRPC."""

from typing import Any

from kit import fields
from kit.requests import Request
from omo.order.v1 import fulfilment_service_pb2 as pb
from omo.order.v1 import fulfilment_service_pb2_grpc as rpc
from services.order.fulfilment import wire_lots
from services.order.fulfilment.usecases_handover import Handovers
from services.order.fulfilment.usecases_reject import Rejections
from services.order.fulfilment.usecases_tasks import Tasks
from services.order.pickups.proving import Told


class FulfilmentServicer(rpc.FulfilmentServiceServicer):
    """FulfilmentService: unwrap, call one use case, wrap."""

    def __init__(self, tasks: Tasks, rejections: Rejections, handovers: Handovers) -> None:
        self._tasks = tasks
        self._rejections = rejections
        self._handovers = handovers

    async def ListTasks(self, request: pb.ListTasksRequest, context: Any) -> pb.ListTasksResponse:
        return await self._tasks.list(
            fields.code("location_id", request.location_id), request.after_version, request.page_size
        )

    async def GetFulfilment(self, request: pb.GetFulfilmentRequest, context: Any) -> pb.GetFulfilmentResponse:
        return pb.GetFulfilmentResponse(fulfilment=await self._tasks.get(_id(request)))

    async def AcceptFulfilment(self, request: pb.AcceptFulfilmentRequest, context: Any) -> pb.AcceptFulfilmentResponse:
        return await self._tasks.accept(Request.of("FulfilmentService/AcceptFulfilment", request), _id(request))

    async def RejectFulfilment(self, request: pb.RejectFulfilmentRequest, context: Any) -> pb.RejectFulfilmentResponse:
        asked = Request.of("FulfilmentService/RejectFulfilment", request)
        return await self._rejections.reject(asked, _id(request), request.reason, request.line_nos)

    async def RejectLines(self, request: pb.RejectLinesRequest, context: Any) -> pb.RejectLinesResponse:
        asked = Request.of("FulfilmentService/RejectLines", request)
        order_id = fields.identifier("order_id", request.order_id)
        return await self._rejections.reject_lines(
            asked, order_id, request.location_id, request.line_nos, request.reason
        )

    async def PickFulfilment(self, request: pb.PickFulfilmentRequest, context: Any) -> pb.PickFulfilmentResponse:
        asked = Request.of("FulfilmentService/PickFulfilment", request)
        return await self._tasks.pick(asked, _id(request), request.picker_staff_code)

    async def ReadyFulfilment(self, request: pb.ReadyFulfilmentRequest, context: Any) -> pb.ReadyFulfilmentResponse:
        return await self._tasks.ready(Request.of("FulfilmentService/ReadyFulfilment", request), _id(request))

    async def HandOverFulfilment(
        self, request: pb.HandOverFulfilmentRequest, context: Any
    ) -> pb.HandOverFulfilmentResponse:
        asked = Request.of("FulfilmentService/HandOverFulfilment", request)
        told = Told(request.pin, request.code)
        return await self._handovers.hand_over(asked, _id(request), told, wire_lots.named(request.lots))


def _id(request: Any) -> str:
    return fields.identifier("fulfilment_id", request.fulfilment_id)
