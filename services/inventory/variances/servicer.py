"""Variances and confidence as gRPC."""

from typing import Any

import grpc

from kit.clock import Clock
from kit.requests import Request
from omo.inventory.v1 import counting_variance_service_pb2 as pb
from omo.inventory.v1 import counting_variance_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.stock import wire as stock_wire
from services.inventory.variances import wire
from services.inventory.variances.usecases import Variances

Context = grpc.aio.ServicerContext[Any, Any]


class VarianceServicer(rpc.VarianceServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, variances: Variances, clock: Clock) -> None:
        self._variances = variances
        self._clock = clock

    async def PutVarianceReasons(
        self, request: pb.PutVarianceReasonsRequest, context: Context
    ) -> pb.PutVarianceReasonsResponse:
        return await self._variances.put(Request.of("PutVarianceReasons", request), wire.reasons(request))

    async def ListVarianceReasons(
        self, request: pb.ListVarianceReasonsRequest, context: Context
    ) -> pb.ListVarianceReasonsResponse:
        return await self._variances.reasons()

    async def PostVariance(self, request: pb.PostVarianceRequest, context: Context) -> pb.PostVarianceResponse:
        return await self._variances.post(
            Request.of("PostVariance", request),
            fields.code("reason_id", request.reason_id),
            fields.code("sku", request.sku),
            fields.code("location_id", request.location_id),
            request.quantity,
            fields.past(request, "business_time", self._clock()),
        )

    async def ListConfidence(self, request: pb.ListConfidenceRequest, context: Context) -> pb.ListConfidenceResponse:
        location_id = stock_wire.scope(request.location_id)
        return await self._variances.confidence(location_id, request.page_size, request.page_token)
