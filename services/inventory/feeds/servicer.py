"""Feeds as gRPC."""

from typing import Any

import grpc

from kit.clock import Clock
from omo.inventory.v1 import feeds_service_pb2 as pb
from omo.inventory.v1 import feeds_service_pb2_grpc as rpc
from services.inventory.feeds import wire
from services.inventory.feeds.usecases import Feeds

Context = grpc.aio.ServicerContext[Any, Any]


class FeedServicer(rpc.StockFeedServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, feeds: Feeds, clock: Clock) -> None:
        self._feeds = feeds
        self._clock = clock

    async def PostStockFeed(self, request: pb.PostStockFeedRequest, context: Context) -> pb.PostStockFeedResponse:
        return await self._feeds.post(wire.batch(request, self._clock()))

    async def ListFeedWatermarks(
        self, request: pb.ListFeedWatermarksRequest, context: Context
    ) -> pb.ListFeedWatermarksResponse:
        return await self._feeds.page(request.source, request.location_id, request.page_size, request.page_token)
