"""The search as gRPC."""

from typing import Any

import grpc

from kit import access
from kit.access import Kind
from omo.inventory.v1 import catalogue_search_service_pb2 as pb
from omo.inventory.v1 import catalogue_search_service_pb2_grpc as rpc
from services.inventory.search import wire
from services.inventory.search.usecases import Search

Context = grpc.aio.ServicerContext[Any, Any]


class SearchServicer(rpc.SearchServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, search: Search) -> None:
        self._search = search

    async def SearchProducts(self, request: pb.SearchProductsRequest, context: Context) -> pb.SearchProductsResponse:
        behind = access.current().kind in (Kind.HQ, Kind.SERVICE)
        wanted = wire.wanted(request, may_see_inactive=behind)
        hits = await self._search.find(request.query, wanted, request.page_size, request.page_token)
        return wire.answer(hits, costs=behind)
