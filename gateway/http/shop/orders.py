"""A shopper's orders: placing, reading, following, cancelling."""

from typing import Annotated

from fastapi import APIRouter, Query, status
from pydantic import Field, StringConstraints
from starlette.responses import Response, StreamingResponse

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.baskets import BasketLine, Coupons, Points, RefusedGifts
from gateway.http.shapes.deliveries import Delivery
from gateway.http.shapes.fields import Asked, ChannelId, ContactId, OrderPath, PageSize, PageToken, QuoteId, eg
from gateway.http.shapes.invoiced import InvoiceBuyer
from gateway.http.shapes.sold import Order, OrderAnswer, OrderPage
from gateway.http.shapes.wallet import Spends
from gateway.http.shop import following
from kit.access import Kind
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Orders"])


class PaymentChoice(Asked):
    """How the grand total is paid."""

    provider: Annotated[
        str,
        StringConstraints(min_length=1, max_length=64),
        eg("simulator", "One that the brand has; `counter`: at the till, when everything is collected."),
    ]
    instrument_token: Annotated[
        str,
        StringConstraints(min_length=1, max_length=256),
        eg("sim_ok", "The provider's own token; never a card number."),
    ]
    return_url: Annotated[
        str,
        StringConstraints(max_length=2_048, pattern=r"^(|https?://[^\s]+)$"),
        eg("https://shop.example/return", "Where the provider sends the shopper back to."),
    ] = ""


class PaymentPart(PaymentChoice):
    """One of several payments."""

    amount: Annotated[
        int | None,
        Field(strict=True, ge=1, le=10**15),
        eg(2000, "Minor units; none, for one of them: the rest."),
    ] = None


Payments = Annotated[
    list[PaymentPart],
    Field(max_length=5),
    eg([], "Several payments instead of the one: secured in this order, all or none; captured in this order too."),
]


class PlaceOrder(Asked):
    """A quote to take as it stands, or a basket."""

    quote_id: Annotated[
        QuoteId | None, eg("0199a5c1-9b7f-7c44-a1d0-3e2f1a0b9c88", "Then no lines, coupons, points, spends.")
    ] = None
    channel_id: ChannelId = "web"
    lines: Annotated[list[BasketLine], Field(max_length=100), eg([])] = []
    coupon_codes: Annotated[Coupons, eg([])] = []
    spend_points: Points = 0
    spends: Annotated[Spends, eg([])] = []
    refused_gifts: RefusedGifts = []
    payment: PaymentChoice | None = None
    payments: Payments = []
    delivery: Annotated[Delivery | None, eg(None, "How shipped lines go; none: the ordinary way.")] = None
    contact_id: ContactId | None = None
    masked_name: Annotated[str, StringConstraints(max_length=32), eg("陳○明", "Shown in the store.")] = ""
    cart_hold_id: Annotated[str | None, StringConstraints(max_length=64), eg(None)] = None
    staff_link_token: Annotated[
        str | None, StringConstraints(max_length=2_048), eg(None, "Of the staff link that the shopper came by.")
    ] = None
    invoice: Annotated[InvoiceBuyer | None, eg(None, "What the buyer says about his electronic invoice.")] = None


class CancelOrder(Asked):
    """Why."""

    reason: Annotated[str, StringConstraints(max_length=200), eg("CHANGED_MIND")] = "CHANGED_MIND"


def status_of(order: order_pb2.Order) -> int:
    """201: the promise stands. 202: somebody must act or wait; `next_action` says who."""
    confirmed = order.state == order_pb2.ORDER_STATE_CONFIRMED
    return status.HTTP_201_CREATED if confirmed else status.HTTP_202_ACCEPTED


@router.post(
    "/v1/orders",
    operation_id="place_order",
    response_model=OrderAnswer,
    status_code=status.HTTP_201_CREATED,
    responses={status.HTTP_202_ACCEPTED: {"model": OrderAnswer, "description": "PENDING_PAYMENT: see `next_action`."}},
)
async def place_order(body: PlaceOrder, ask: Asking) -> Response:
    """Takes an order. CONFIRMED: stock, points and payment are promised. PENDING_PAYMENT: see `next_action`.

    Who has no account signs in by a code to his telephone (`POST /v1/auth/otp`), which makes one, or orders as a guest
    (`POST /v1/guests`): then `contact_id` is needed, and codes, points, value and paying at the counter are not his.
    """
    member_id = ask.me if ask.principal.kind is Kind.MEMBER else ""
    request = translation.fill(pb.PlaceOrderRequest(request_id=ask.key, member_id=member_id), body)
    reply = await ask(ask.to.orders.PlaceOrder, request)
    return asking.answer(OrderAnswer, reply, status_of(reply.order))


@router.get("/v1/orders", operation_id="list_orders", response_model=OrderPage)
async def list_orders(
    ask: Asking,
    page_size: PageSize = 20,
    page_token: PageToken = "",
    channel_kind: Annotated[str, Query(pattern="^(|ONLINE|STORE)$", examples=["STORE"])] = "",
) -> Response:
    """The shopper's orders, newest first, store receipts among them."""
    request = pb.ListOrdersRequest(member_id=ask.me, page_size=page_size, page_token=page_token)
    translation.choose(request, channel_kind=channel_kind)
    reply = await ask(ask.to.orders.ListOrders, request)
    return asking.page(Order, "orders", reply.orders, reply.next_page_token)


@router.get("/v1/orders/{order_id}", operation_id="get_order", response_model=OrderAnswer)
async def get_order(order_id: OrderPath, ask: Asking) -> Response:
    """One order."""
    return asking.answer(OrderAnswer, await ask(ask.to.orders.GetOrder, pb.GetOrderRequest(order_id=order_id)))


@router.post("/v1/orders/{order_id}/cancel", operation_id="cancel_order", response_model=OrderAnswer)
async def cancel_order(order_id: OrderPath, body: CancelOrder, ask: Asking) -> Response:
    """Cancels what is not handed over yet: stock, points and payment go back."""
    request = pb.CancelOrderRequest(request_id=ask.key, order_id=order_id, reason=body.reason)
    return asking.answer(OrderAnswer, await ask(ask.to.orders.CancelOrder, request))


@router.get(
    "/v1/orders/{order_id}/events",
    operation_id="follow_order",
    response_class=StreamingResponse,
    responses={200: {"description": "Server-sent events.", "content": {following.MEDIA_TYPE: following.EXAMPLE}}},
)
async def follow_order(order_id: OrderPath, ask: Asking) -> Response:
    """The order now and each time it changes, as server-sent events `order`; comments keep the line open."""
    return await following.follow(order_id, ask)
