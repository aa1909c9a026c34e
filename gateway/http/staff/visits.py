"""One visit at a counter in one document, money for what never came, and contacts for what is sent."""

from typing import Annotated

from fastapi import APIRouter, status
from pydantic import StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import MemberId, OrderPath, eg
from gateway.http.shapes.visited import PaidOut, SettledVisit, SettleVisit, VisitAnswer, VisitPath
from gateway.http.shop.contacts import Contact, Sealed
from omo.member.v1 import identity_service_pb2 as identity_pb
from omo.order.v1 import counter_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: counter"])


class ContactOf(Contact):
    """To whom goods of a store's sale are sent."""

    member_id: MemberId
    address: Annotated[str, StringConstraints(max_length=500), eg("台北市大安區和平東路二段 1 號")] = ""


@router.post(
    "/v1/staff/visits",
    operation_id="settle_visit",
    response_model=SettledVisit,
    status_code=status.HTTP_201_CREATED,
)
async def settle_visit(body: SettleVisit, ask: Asking) -> Response:
    """Takes units back, hands over what is collected but for what is left, sells what is taken instead: all or nothing.

    What came back and what was left pays for what is taken; `tenders` must be exactly what is left to pay.
    """
    request = translation.fill(pb.SettleVisitRequest(request_id=ask.key), body)
    return asking.answer(SettledVisit, await ask(ask.to.counter.SettleVisit, request), status.HTTP_201_CREATED)


@router.get("/v1/staff/visits/{visit_id}", operation_id="get_visit", response_model=VisitAnswer)
async def get_visit(visit_id: VisitPath, ask: Asking) -> Response:
    """One visit of the store's."""
    return asking.answer(VisitAnswer, await ask(ask.to.counter.GetVisit, pb.GetVisitRequest(visit_id=visit_id)))


@router.post(
    "/v1/staff/orders/{order_id}/undelivered/pay-out", operation_id="pay_out_undelivered", response_model=PaidOut
)
async def pay_out_undelivered(order_id: OrderPath, ask: Asking) -> Response:
    """Gives back what was paid in a store for units that nobody could send, by the sale's own tenders; once."""
    request = pb.PayOutUndeliveredRequest(request_id=ask.key, order_id=order_id)
    return asking.answer(PaidOut, await ask(ask.to.counter.PayOutUndelivered, request))


@router.post(
    "/v1/staff/contacts",
    operation_id="seal_contact_in_store",
    response_model=Sealed,
    status_code=status.HTTP_201_CREATED,
)
async def seal_contact_in_store(body: ContactOf, ask: Asking) -> Response:
    """Seals where a member wants goods of a store's sale sent to."""
    request = identity_pb.SealRequest(request_id=ask.key, **body.model_dump())
    return asking.answer(Sealed, await ask(ask.to.contacts.Seal, request), status.HTTP_201_CREATED)
