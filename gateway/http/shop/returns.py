"""A shopper's returns: what they would give, asking for them, where they stand."""

from typing import Annotated

from fastapi import APIRouter, status
from pydantic import Field
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, LocationId, OrderPath, eg
from gateway.http.shapes.returned import Preview, Reason, Return, ReturnAnswer, ReturnedUnits, ReturnPage, ReturnPath
from gateway.http.staff.returns import Drop, Look
from omo.order.v1 import returns_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Returns"])


class AskReturn(Asked):
    """What the shopper wants to bring back, and where."""

    units: Annotated[list[ReturnedUnits], Field(min_length=1, max_length=100)]
    reason: Reason
    location_id: LocationId
    as_credit: Annotated[bool, eg(False, "Shopping credit instead of money.")] = False


@router.post("/v1/orders/{order_id}/returns/preview", operation_id="preview_return", response_model=Preview)
async def preview_return(order_id: OrderPath, body: Look, ask: Asking) -> Response:
    """What a return would give; nothing is written."""
    request = translation.fill(pb.PreviewReturnRequest(order_id=order_id), body)
    return asking.answer(Preview, await ask(ask.to.returns.PreviewReturn, request))


@router.post(
    "/v1/orders/{order_id}/returns",
    operation_id="ask_return",
    response_model=ReturnAnswer,
    status_code=status.HTTP_201_CREATED,
)
async def ask_return(order_id: OrderPath, body: AskReturn, ask: Asking) -> Response:
    """Asks to bring units back to a store, warehouse or drop point of the shopper's choice."""
    request = translation.fill(pb.OpenReturnRequest(request_id=ask.key, order_id=order_id), body)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.OpenReturn, request), status.HTTP_201_CREATED)


@router.get("/v1/orders/{order_id}/returns", operation_id="list_my_returns", response_model=ReturnPage)
async def list_my_returns(order_id: OrderPath, ask: Asking) -> Response:
    """The returns of one of the shopper's orders."""
    reply = await ask(ask.to.returns.ListReturns, pb.ListReturnsRequest(order_id=order_id))
    return asking.page(Return, "returns", reply.returns, reply.next_page_token)


@router.post("/v1/returns/{return_id}/cancel", operation_id="cancel_return", response_model=ReturnAnswer)
async def cancel_return(return_id: ReturnPath, body: Drop, ask: Asking) -> Response:
    """Keeps the goods after all."""
    request = pb.CancelReturnRequest(request_id=ask.key, return_id=return_id, reason=body.reason)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.CancelReturn, request))
