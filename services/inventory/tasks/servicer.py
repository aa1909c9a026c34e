"""Tasks as gRPC."""

from typing import Any

import grpc

from kit.requests import Request
from omo.inventory.v1 import tasks_service_pb2 as pb
from omo.inventory.v1 import tasks_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.stock import wire as stock_wire
from services.inventory.tasks.usecases import Tasks

Context = grpc.aio.ServicerContext[Any, Any]


class TaskServicer(rpc.StockTaskServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    async def ListStockTasks(self, request: pb.ListStockTasksRequest, context: Context) -> pb.ListStockTasksResponse:
        location_id = stock_wire.scope(request.location_id)
        return await self._tasks.page(location_id, request.kind, request.page_size, request.page_token)

    async def ClaimStockTask(self, request: pb.ClaimStockTaskRequest, context: Context) -> pb.ClaimStockTaskResponse:
        task_id = fields.identifier("task_id", request.task_id)
        return await self._tasks.claim(Request.of("ClaimStockTask", request), task_id, give_back=request.give_back)

    async def ResolveStockTask(
        self, request: pb.ResolveStockTaskRequest, context: Context
    ) -> pb.ResolveStockTaskResponse:
        task_id = fields.identifier("task_id", request.task_id)
        resolution = fields.text("resolution", request.resolution, 200)
        return await self._tasks.resolve(Request.of("ResolveStockTask", request), task_id, resolution)
