"""What a counter does, as gRPC."""

from typing import Any

from kit import fields
from kit.requests import Request
from omo.order.v1 import counter_service_pb2 as pb
from omo.order.v1 import counter_service_pb2_grpc as rpc
from services.order.counter.holding import Holding
from services.order.counter.usecases import Visits


class CounterServicer(rpc.CounterServiceServicer):
    """CounterService: unwrap, call one use case, wrap."""

    def __init__(self, visits: Visits, holding: Holding) -> None:
        self._visits = visits
        self._holding = holding

    async def HoldDelivery(self, request: pb.HoldDeliveryRequest, context: Any) -> pb.HoldDeliveryResponse:
        return await self._holding.hold(request)

    async def ReleaseDelivery(self, request: pb.ReleaseDeliveryRequest, context: Any) -> pb.ReleaseDeliveryResponse:
        return await self._holding.release(request)

    async def PayOutUndelivered(
        self, request: pb.PayOutUndeliveredRequest, context: Any
    ) -> pb.PayOutUndeliveredResponse:
        asked = Request.of("CounterService/PayOutUndelivered", request)
        return await self._visits.pay_out(asked, fields.identifier("order_id", request.order_id))

    async def SettleVisit(self, request: pb.SettleVisitRequest, context: Any) -> pb.SettleVisitResponse:
        return await self._visits.settle(Request.of("CounterService/SettleVisit", request), request)

    async def GetVisit(self, request: pb.GetVisitRequest, context: Any) -> pb.GetVisitResponse:
        return await self._visits.get(fields.identifier("visit_id", request.visit_id))
