"""Orders, as staff see those of their stores."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import searched
from gateway.http.shapes.fields import OrderPath, PageSize, PageToken
from gateway.http.shapes.housed import HousedOrder, HousedOrderAnswer, HousedOrderPage
from omo.order.v1 import order_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: orders"])


@router.get("/v1/staff/orders", operation_id="list_store_orders", response_model=HousedOrderPage)
async def list_store_orders(
    ask: Asking,
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: the caller's own.")] = "",
    member_id: Annotated[str, Query(max_length=64, description="Only this member's.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """A store's orders, newest first."""
    own = ask.principal.location_ids[0] if ask.principal.location_ids else ""
    request = pb.ListOrdersRequest(
        location_id=location or own, member_id=member_id, page_size=page_size, page_token=page_token
    )
    reply = await ask(ask.to.orders.ListOrders, request)
    return asking.page(HousedOrder, "orders", reply.orders, reply.next_page_token)


@router.post("/v1/staff/orders/search", operation_id="search_store_orders", response_model=HousedOrderPage)
async def search_store_orders(body: searched.SearchOrders, ask: Asking) -> Response:
    """Orders that the caller's stores sold or serve, by member, telephone, number, good, state and time."""
    reply = await searched.search(ask, body)
    return asking.page(HousedOrder, "orders", reply.orders, reply.next_page_token)


@router.get("/v1/staff/orders/{order_id}", operation_id="get_store_order", response_model=HousedOrderAnswer)
async def get_store_order(order_id: OrderPath, ask: Asking) -> Response:
    """One order of the caller's stores."""
    return asking.answer(HousedOrderAnswer, await ask(ask.to.orders.GetOrder, pb.GetOrderRequest(order_id=order_id)))
