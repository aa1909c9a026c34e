"""Offers of goods that are not there yet, as gRPC."""

from typing import Any

from kit import fields
from kit.requests import Request
from omo.order.v1 import preorder_service_pb2 as pb
from omo.order.v1 import preorder_service_pb2_grpc as rpc
from services.order.preorders import wire
from services.order.preorders.usecases import Preorders


class PreorderServicer(rpc.PreorderServiceServicer):
    """PreorderService: unwrap, call one use case, wrap."""

    def __init__(self, preorders: Preorders) -> None:
        self._preorders = preorders

    async def PutPreorder(self, request: pb.PutPreorderRequest, context: Any) -> pb.PutPreorderResponse:
        asked = Request.of("PreorderService/PutPreorder", request)
        return await self._preorders.put(asked, wire.offer(request.preorder))

    async def EndPreorder(self, request: pb.EndPreorderRequest, context: Any) -> pb.EndPreorderResponse:
        asked = Request.of("PreorderService/EndPreorder", request)
        return await self._preorders.end(asked, fields.code("offer_id", request.offer_id))

    async def ListPreorders(self, request: pb.ListPreordersRequest, context: Any) -> pb.ListPreordersResponse:
        return await self._preorders.list(request.sku, request.page_size, request.page_token)

    async def ShowPreorders(self, request: pb.ShowPreordersRequest, context: Any) -> pb.ShowPreordersResponse:
        channel_id = fields.code("channel_id", request.channel_id)
        return await self._preorders.show(channel_id, wire.skus(request))
