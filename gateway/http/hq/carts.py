"""Carts, as customer service sees them."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.carted import CartAnswer
from gateway.http.shapes.fields import MemberPath
from omo.order.v1 import cart_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: orders"])


@router.get("/v1/hq/members/{member_id}/cart", operation_id="get_any_member_cart", response_model=CartAnswer)
async def get_any_member_cart(member_id: MemberPath, ask: Asking) -> Response:
    """What a member has in his cart, with its price and what is wrong with it."""
    return asking.answer(CartAnswer, await ask(ask.to.carts.GetCart, pb.GetCartRequest(member_id=member_id)))
