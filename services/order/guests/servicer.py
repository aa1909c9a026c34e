"""Guests' orders as gRPC."""

from typing import Any

from omo.order.v1 import guest_order_service_pb2 as pb
from omo.order.v1 import guest_order_service_pb2_grpc as rpc
from omo.order.v1 import order_service_pb2 as orders_pb
from services.order.checkout import wire
from services.order.guests.usecases import GuestOrders


class GuestOrderServicer(rpc.GuestOrderServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, orders: GuestOrders) -> None:
        self._orders = orders

    async def ShowGuestLink(self, request: pb.ShowGuestLinkRequest, context: Any) -> pb.ShowGuestLinkResponse:
        order_id = wire.identifier("order_id", request.order_id)
        return pb.ShowGuestLinkResponse(order_id=order_id, secret=await self._orders.link(order_id))

    async def GetGuestOrder(self, request: pb.GetGuestOrderRequest, context: Any) -> pb.GetGuestOrderResponse:
        order_id = wire.identifier("order_id", request.order_id)
        return pb.GetGuestOrderResponse(order=await self._orders.get(order_id, request.secret, request.client_address))

    async def CancelGuestOrder(self, request: pb.CancelGuestOrderRequest, context: Any) -> pb.CancelGuestOrderResponse:
        order_id = wire.identifier("order_id", request.order_id)
        asked = orders_pb.CancelOrderRequest(request_id=request.request_id, order_id=order_id, reason=request.reason)
        order = await self._orders.cancel(asked, request.secret, request.client_address)
        return pb.CancelGuestOrderResponse(order=order)
