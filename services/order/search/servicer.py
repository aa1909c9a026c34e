"""The search as gRPC."""

from typing import Any

from omo.order.v1 import search_service_pb2 as pb
from omo.order.v1 import search_service_pb2_grpc as rpc
from services.order.search import wire
from services.order.search.usecases import OrderSearch


class SearchServicer(rpc.OrderSearchServiceServicer):
    """OrderSearchService: unwrap, call one use case, wrap."""

    def __init__(self, search: OrderSearch) -> None:
        self._search = search

    async def SearchOrders(self, request: pb.SearchOrdersRequest, context: Any) -> pb.SearchOrdersResponse:
        return await self._search.search(wire.search(request), request.page_size, request.page_token)

    async def ExportOrders(self, request: pb.ExportOrdersRequest, context: Any) -> pb.ExportOrdersResponse:
        return await self._search.orders(request)

    async def ExportUnits(self, request: pb.ExportUnitsRequest, context: Any) -> pb.ExportUnitsResponse:
        return await self._search.units(request)
