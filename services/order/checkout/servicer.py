"""The order service as gRPC."""

from typing import Any

from kit.requests import Request
from omo.order.v1 import order_service_pb2 as pb
from omo.order.v1 import order_service_pb2_grpc as rpc
from services.order.checkout import store_placing, wire, wire_asked
from services.order.checkout.contacts import ContactIds
from services.order.checkout.usecases import Orders
from services.order.checkout.usecases_cancel import Cancellations
from services.order.checkout.usecases_reads import OrderBook


class OrderServicer(rpc.OrderServiceServicer):
    """OrderService: unwrap, call one use case, wrap."""

    def __init__(self, orders: Orders, cancellations: Cancellations, book: OrderBook, contacts: ContactIds) -> None:
        self._orders = orders
        self._contacts = contacts
        self._cancellations = cancellations
        self._book = book

    async def Quote(self, request: pb.QuoteRequest, context: Any) -> pb.QuoteResponse:
        basket = wire_asked.basket(request)
        wire_asked.invoice(request, basket.member_id)
        quote_id, quote, expire_time = await self._orders.quote(basket)
        answer = wire_asked.quote(quote_id, quote)
        answer.expire_time.CopyFrom(wire.timestamp(expire_time))
        return pb.QuoteResponse(quote=answer)

    async def PlaceOrder(self, request: pb.PlaceOrderRequest, context: Any) -> pb.PlaceOrderResponse:
        asked = Request.of(store_placing.PLACE_ORDER, request)
        contact_id = await self._contacts.own(request.contact_id, wire_asked.owner(request.member_id))
        return await self._orders.place(asked, wire_asked.placing(request, contact_id))

    async def GetOrder(self, request: pb.GetOrderRequest, context: Any) -> pb.GetOrderResponse:
        return pb.GetOrderResponse(order=await self._book.get(request.order_id))

    async def ListOrders(self, request: pb.ListOrdersRequest, context: Any) -> pb.ListOrdersResponse:
        return await self._book.list(
            member_id=wire.identifier("member_id", request.member_id) if request.member_id else None,
            location_id=request.location_id or None,
            state=wire_asked.state(request.state),
            channel_kind=wire_asked.channel_kind(request.channel_kind),
            page_size=request.page_size,
            page_token=request.page_token,
        )

    async def CancelOrder(self, request: pb.CancelOrderRequest, context: Any) -> pb.CancelOrderResponse:
        asked = Request.of("OrderService/CancelOrder", request)
        order_id = wire.identifier("order_id", request.order_id)
        return await self._cancellations.cancel(asked, order_id, request.reason)

    async def DescribeUnits(self, request: pb.DescribeUnitsRequest, context: Any) -> pb.DescribeUnitsResponse:
        return await self._book.describe(request.units)
