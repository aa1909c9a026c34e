"""Goods that are kept for a shopper for a while, before he orders them."""

import uuid

from fastapi import APIRouter, status
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.held import CartHoldAnswer, ExtendCartHold, HoldCart, HoldPath
from omo.inventory.v1 import stock_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Cart"])

_HOLDS = uuid.UUID("0b7f1c52-6a3e-4d0c-9f18-25c4e7a9d3b6")


@router.post(
    "/v1/cart-holds", operation_id="hold_cart", response_model=CartHoldAnswer, status_code=status.HTTP_201_CREATED
)
async def hold_cart(body: HoldCart, ask: Asking) -> Response:
    """Keeps goods for a while, all lines or none, or what there is where that is asked for.

    OUT_OF_STOCK says how much is `available` of the first line that is short. A shopper has so many holds at a time.
    """
    request = translation.fill(pb.HoldRequest(request_id=_id(ask), member_id=ask.me), body)
    return asking.answer(CartHoldAnswer, await ask(ask.to.stock.Hold, request), status.HTTP_201_CREATED)


@router.get("/v1/cart-holds/{hold_id}", operation_id="get_cart_hold", response_model=CartHoldAnswer)
async def get_cart_hold(hold_id: HoldPath, ask: Asking) -> Response:
    """One of one's own."""
    return asking.answer(CartHoldAnswer, await ask(ask.to.stock.GetHold, pb.GetHoldRequest(hold_id=hold_id)))


@router.post("/v1/cart-holds/{hold_id}/extend", operation_id="extend_cart_hold", response_model=CartHoldAnswer)
async def extend_cart_hold(hold_id: HoldPath, body: ExtendCartHold, ask: Asking) -> Response:
    """Moves its end, never nearer and never past a day after it was made; one that has ended stays so."""
    request = translation.fill(pb.ExtendHoldRequest(hold_id=hold_id), body)
    return asking.answer(CartHoldAnswer, await ask(ask.to.stock.ExtendHold, request))


@router.delete("/v1/cart-holds/{hold_id}", operation_id="release_cart_hold", status_code=status.HTTP_204_NO_CONTENT)
async def release_cart_hold(hold_id: HoldPath, ask: Asking) -> Response:
    """Gives the goods back; releasing one that has ended succeeds."""
    # releasing what never was succeeds at its owner, for calls that overtake each other: here it would tell strangers'
    # holds from none
    await ask(ask.to.stock.GetHold, pb.GetHoldRequest(hold_id=hold_id))
    await ask(ask.to.stock.Release, pb.ReleaseRequest(hold_id=hold_id, reason="SHOPPER"))
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _id(ask: Asking) -> str:
    """The hold's id: a key is its caller's own, and a hold is everybody's."""
    return str(uuid.uuid5(_HOLDS, f"{ask.me}:{ask.key}"))
