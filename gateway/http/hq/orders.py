"""Headquarters: every order, its payments, and store sales that somebody should look at."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import searched
from gateway.http.shapes.fields import LocationId, NextPage, OrderId, OrderPath, PageSize, PageToken, Shown, Time, eg
from gateway.http.shapes.housed import HousedOrder, HousedOrderAnswer, HousedOrderPage, TenderMovement
from gateway.http.shop.orders import CancelOrder
from omo.order.v1 import order_service_pb2 as pb
from omo.order.v1 import payment_service_pb2 as payment_pb
from omo.order.v1 import sales_service_pb2 as sales_pb

router = APIRouter(route_class=Door, tags=["HQ: orders"])


class Payments(Shown):
    """Every authorisation, capture, void and refund that was tried: by whom, at which terminal, when and why."""

    tenders: list[TenderMovement]


class Review(Shown):
    """A store sale that somebody should look at."""

    order_id: OrderId
    location_id: LocationId
    flag: Annotated[str, eg("UNKNOWN_SKU")]
    subject: Annotated[str, eg("4719999999999", "What is unknown.")]
    record_time: Time | None


class ReviewPage(Shown):
    """Flagged sales."""

    reviews: list[Review]
    next_page_token: NextPage


@router.get("/v1/hq/orders", operation_id="list_all_orders", response_model=HousedOrderPage)
async def list_all_orders(
    ask: Asking,
    member_id: Annotated[str, Query(max_length=64, description="None: everybody's.")] = "",
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: all.")] = "",
    state: Annotated[
        str, Query(pattern="^(|PENDING|PENDING_PAYMENT|CONFIRMED|CANCELLED)$", examples=["CONFIRMED"])
    ] = "",
    channel_kind: Annotated[str, Query(pattern="^(|ONLINE|STORE)$", examples=["ONLINE"])] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Orders of all channels, newest first."""
    request = pb.ListOrdersRequest(
        member_id=member_id, location_id=location, page_size=page_size, page_token=page_token
    )
    translation.choose(request, state=state, channel_kind=channel_kind)
    reply = await ask(ask.to.orders.ListOrders, request)
    return asking.page(HousedOrder, "orders", reply.orders, reply.next_page_token)


@router.post("/v1/hq/orders/search", operation_id="search_all_orders", response_model=HousedOrderPage)
async def search_all_orders(body: searched.SearchOrders, ask: Asking) -> Response:
    """Orders of all channels by member, telephone, number, good, state, store and time, newest first."""
    reply = await searched.search(ask, body)
    return asking.page(HousedOrder, "orders", reply.orders, reply.next_page_token)


@router.get("/v1/hq/orders/{order_id}", operation_id="get_any_order", response_model=HousedOrderAnswer)
async def get_any_order(order_id: OrderPath, ask: Asking) -> Response:
    """One order."""
    return asking.answer(HousedOrderAnswer, await ask(ask.to.orders.GetOrder, pb.GetOrderRequest(order_id=order_id)))


@router.post("/v1/hq/orders/{order_id}/cancel", operation_id="cancel_any_order", response_model=HousedOrderAnswer)
async def cancel_any_order(order_id: OrderPath, body: CancelOrder, ask: Asking) -> Response:
    """Cancels what is not handed over yet, on the shopper's behalf."""
    request = pb.CancelOrderRequest(request_id=ask.key, order_id=order_id, reason=body.reason)
    return asking.answer(HousedOrderAnswer, await ask(ask.to.orders.CancelOrder, request))


@router.get("/v1/hq/orders/{order_id}/payments", operation_id="list_payments", response_model=Payments)
async def list_payments(order_id: OrderPath, ask: Asking) -> Response:
    """The order's tender journal: who moved its money, at which terminal, when and why."""
    return asking.answer(
        Payments, await ask(ask.to.payments.ListPayments, payment_pb.ListPaymentsRequest(order_id=order_id))
    )


@router.get("/v1/hq/reviews", operation_id="list_reviews", response_model=ReviewPage)
async def list_reviews(
    ask: Asking,
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: all.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Store sales with something unknown in them: stored and counted, and to be looked at."""
    request = sales_pb.ListReviewsRequest(location_id=location, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.sales.ListReviews, request)
    return asking.page(Review, "reviews", reply.reviews, reply.next_page_token)
