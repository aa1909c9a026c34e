"""Incoming goods, and what waits for them, as gRPC."""

from typing import Any

import grpc

from kit.clock import Clock
from kit.requests import Request
from omo.inventory.v1 import supply_pb2
from omo.inventory.v1 import supply_service_pb2 as pb
from omo.inventory.v1 import supply_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.backorders.usecases import Backorders
from services.inventory.stock import wire as stock_wire
from services.inventory.supply import wire
from services.inventory.supply.usecases import Supply

Context = grpc.aio.ServicerContext[Any, Any]
_PRIORITY = 100


class SupplyServicer(rpc.SupplyServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, supply: Supply, backorders: Backorders, clock: Clock) -> None:
        self._supply = supply
        self._backorders = backorders
        self._clock = clock

    async def PutSupply(self, request: pb.PutSupplyRequest, context: Context) -> pb.PutSupplyResponse:
        given = wire.documents(request, self._clock())
        return await self._supply.put(Request.of("PutSupply", request), given)

    async def GetSupply(self, request: pb.GetSupplyRequest, context: Context) -> pb.GetSupplyResponse:
        return await self._supply.get(_id(request))

    async def ListSupply(self, request: pb.ListSupplyRequest, context: Context) -> pb.ListSupplyResponse:
        location_id = stock_wire.scope(request.location_id)
        state = fields.choice("state", supply_pb2.SupplyState, request.state, "SUPPLY_STATE_")
        state = "" if state == "UNSPECIFIED" else state
        return await self._supply.page(state, request.sku, location_id, request.page_size, request.page_token)

    async def ReceiveSupply(self, request: pb.ReceiveSupplyRequest, context: Context) -> pb.ReceiveSupplyResponse:
        at, came = fields.past(request, "business_time", self._clock()), wire.arrivals(request.arrivals)
        return await self._supply.receive(Request.of("ReceiveSupply", request), _id(request), came, at)

    async def CancelSupply(self, request: pb.CancelSupplyRequest, context: Context) -> pb.CancelSupplyResponse:
        return await self._supply.cancel(Request.of("CancelSupply", request), _id(request))

    async def ListBackorders(self, request: pb.ListBackordersRequest, context: Context) -> pb.ListBackordersResponse:
        location_id = stock_wire.scope(request.location_id)
        return await self._backorders.page(
            request.sku, location_id, request.owner_id, request.page_size, request.page_token
        )

    async def PrioritizeBackorder(
        self, request: pb.PrioritizeBackorderRequest, context: Context
    ) -> pb.PrioritizeBackorderResponse:
        owner_id = fields.key("owner_id", request.owner_id)
        priority = fields.between("priority", request.priority, -_PRIORITY, _PRIORITY)
        return await self._backorders.prioritize(Request.of("PrioritizeBackorder", request), owner_id, priority)


def _id(request: Any) -> str:
    return fields.code("document_id", request.document_id)
