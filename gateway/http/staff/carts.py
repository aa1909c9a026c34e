"""Carts at the till: what a shopper hands over, and what is put together for him."""

from typing import Annotated

from fastapi import APIRouter, status
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.carted import CartAnswer, CartCode, CartPath, ChangeCart, LineId, LockCart, TakeCart
from gateway.http.shapes.fields import Asked, MemberPath, Whole, eg
from omo.order.v1 import cart_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: carts"])

_STORES = "stores"


class SoldCartLine(Asked):
    """What of a line was sold."""

    line_id: LineId
    quantity: Annotated[Whole, Field(ge=1, le=1_000_000), eg(1, "Base units.")]


class SettleCart(Asked):
    """The sale that the till made of it."""

    sale_id: Annotated[
        str,
        StringConstraints(min_length=1, max_length=64),
        eg("0199a5c2-7d1e-7a55-b1c0-2d3e4f5a6b7c", "The sale."),
    ]
    sold: Annotated[list[SoldCartLine], Field(max_length=100), eg([], "None: all of it.")] = []


@router.post(
    "/v1/staff/carts", operation_id="make_store_cart", response_model=CartAnswer, status_code=status.HTTP_201_CREATED
)
async def make_store_cart(body: ChangeCart, ask: Asking) -> Response:
    """A cart that is put together at the till, for a shopper to finish on his phone."""
    request = translation.fill(pb.ChangeCartRequest(request_id=ask.key, new_channel_id=_STORES), body)
    return asking.answer(CartAnswer, await ask(ask.to.carts.ChangeCart, request), status.HTTP_201_CREATED)


@router.post("/v1/staff/carts/take", operation_id="take_cart_to_till", response_model=CartAnswer)
async def take_cart_to_till(body: TakeCart, ask: Asking) -> Response:
    """Takes over the cart whose code a shopper shows; this till holds it for a quarter of an hour."""
    request = translation.fill(pb.TakeCartRequest(request_id=ask.key), body)
    return asking.answer(CartAnswer, await ask(ask.to.carts.TakeCart, request))


@router.get("/v1/staff/carts/{cart_id}", operation_id="get_store_cart", response_model=CartAnswer)
async def get_store_cart(cart_id: CartPath, ask: Asking) -> Response:
    """A cart that this till holds, or one of nobody."""
    return asking.answer(CartAnswer, await ask(ask.to.carts.GetCart, pb.GetCartRequest(cart_id=cart_id)))


@router.post("/v1/staff/carts/{cart_id}/changes", operation_id="change_store_cart", response_model=CartAnswer)
async def change_store_cart(cart_id: CartPath, body: ChangeCart, ask: Asking) -> Response:
    """Changes it; lines that are put in here name the staff member."""
    request = translation.fill(pb.ChangeCartRequest(request_id=ask.key, cart_id=cart_id), body)
    return asking.answer(CartAnswer, await ask(ask.to.carts.ChangeCart, request))


@router.post("/v1/staff/carts/{cart_id}/lock", operation_id="lock_store_cart", response_model=CartAnswer)
async def lock_store_cart(cart_id: CartPath, body: LockCart, ask: Asking) -> Response:
    """Holds it for longer."""
    request = translation.fill(pb.LockCartRequest(request_id=ask.key, cart_id=cart_id), body)
    return asking.answer(CartAnswer, await ask(ask.to.carts.LockCart, request))


@router.post("/v1/staff/carts/{cart_id}/unlock", operation_id="unlock_store_cart", response_model=CartAnswer)
async def unlock_store_cart(cart_id: CartPath, ask: Asking) -> Response:
    """Gives it back to its shopper."""
    request = pb.UnlockCartRequest(request_id=ask.key, cart_id=cart_id)
    return asking.answer(CartAnswer, await ask(ask.to.carts.UnlockCart, request))


@router.post("/v1/staff/carts/{cart_id}/code", operation_id="show_store_cart_code", response_model=CartCode)
async def show_store_cart_code(cart_id: CartPath, ask: Asking) -> Response:
    """A code for the shopper's phone, which has the cart from then on."""
    return asking.answer(CartCode, await ask(ask.to.carts.ShowCartCode, pb.ShowCartCodeRequest(cart_id=cart_id)))


@router.post("/v1/staff/carts/{cart_id}/settle", operation_id="settle_store_cart", response_model=CartAnswer)
async def settle_store_cart(cart_id: CartPath, body: SettleCart, ask: Asking) -> Response:
    """Takes what the till sold out of it; the rest stays for the shopper."""
    request = translation.fill(pb.SettleCartRequest(request_id=ask.key, cart_id=cart_id), body)
    return asking.answer(CartAnswer, await ask(ask.to.carts.SettleCart, request))


@router.get("/v1/staff/members/{member_id}/cart", operation_id="get_member_cart", response_model=CartAnswer)
async def get_member_cart(member_id: MemberPath, ask: Asking) -> Response:
    """What a member has in his cart; changing it takes his code."""
    return asking.answer(CartAnswer, await ask(ask.to.carts.GetCart, pb.GetCartRequest(member_id=member_id)))
