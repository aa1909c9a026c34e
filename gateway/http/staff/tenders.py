"""Store staff: money that a till takes and gives for orders that were not sold there."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, Money, OrderId, OrderPath, Shown, eg, kinds, price
from gateway.http.shapes.housed import TenderMovement
from gateway.http.shapes.sold import Tender
from omo.order.v1 import tender_service_pb2 as pb
from omo.type.v1 import trade_pb2

router = APIRouter(route_class=Door, tags=["Staff: orders"])

_Amount = Annotated[int, Field(strict=True, ge=1, le=10**15), eg(3000, "Minor units; at most what is outstanding.")]
_Reference = Annotated[
    str, StringConstraints(max_length=64), eg("T1-0042", "What the terminal printed; never a card number.")
]


class TakeTender(Asked):
    """Money that the till received."""

    kind: Annotated[
        str,
        StringConstraints(pattern="^(CASH|CARD_PRESENT|OTHER)$"),
        kinds(trade_pb2.TenderKind, "CASH", "CASH, CARD_PRESENT or OTHER."),
    ] = "CASH"
    amount: _Amount
    reference: _Reference = ""


class GiveTender(Asked):
    """Money that the till handed out."""

    amount: _Amount
    reference: _Reference = ""


class Outstanding(Shown):
    """What is between an order and the tills."""

    order_id: OrderId
    to_take: Annotated[Money | None, price(3000)]
    to_give: Annotated[Money | None, price(0)]
    tenders: list[Tender]
    movements: Annotated[
        list[TenderMovement], eg([], "What tills took and gave, oldest first: who, at which, when, why.")
    ]


class OutstandingAnswer(Shown):
    """What is left to take or to give."""

    outstanding: Outstanding


@router.get("/v1/staff/orders/{order_id}/outstanding", operation_id="get_outstanding", response_model=OutstandingAnswer)
async def get_outstanding(order_id: OrderPath, ask: Asking) -> Response:
    """What the shopper has still to pay at the counter before anything is handed over, or has to get back there."""
    request = pb.GetOutstandingRequest(order_id=order_id)
    return asking.answer(OutstandingAnswer, await ask(ask.to.tenders.GetOutstanding, request))


@router.post("/v1/staff/orders/{order_id}/tenders", operation_id="take_tender", response_model=OutstandingAnswer)
async def take_tender(order_id: OrderPath, body: TakeTender, ask: Asking) -> Response:
    """Records money that a till received for an order whose shopper pays when he collects."""
    request = translation.fill(pb.TakeTenderRequest(request_id=ask.key, order_id=order_id), body)
    return asking.answer(OutstandingAnswer, await ask(ask.to.tenders.TakeTender, request))


@router.post(
    "/v1/staff/orders/{order_id}/tenders/give-back", operation_id="give_tender", response_model=OutstandingAnswer
)
async def give_tender(order_id: OrderPath, body: GiveTender, ask: Asking) -> Response:
    """Records money that a till gave back: received before, for what nobody hands over any more."""
    request = translation.fill(pb.GiveTenderRequest(request_id=ask.key, order_id=order_id), body)
    return asking.answer(OutstandingAnswer, await ask(ask.to.tenders.GiveTender, request))
