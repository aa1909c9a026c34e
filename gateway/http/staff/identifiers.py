"""Members' cards, as staff on the shop floor hand them out."""

from fastapi import APIRouter, status
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import MemberPath
from gateway.http.shapes.recognised import AddIdentifier, Dispute, Disputed, HeldIdentifierAnswer
from omo.member.v1 import identifiers_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: members"])


@router.post(
    "/v1/staff/members/{member_id}/identifiers",
    operation_id="add_member_card",
    response_model=HeldIdentifierAnswer,
    status_code=201,
)
async def add_member_card(member_id: MemberPath, body: AddIdentifier, ask: Asking) -> Response:
    """Gives a member a card that he holds in his hand."""
    request = translation.fill(pb.AddIdentifierRequest(request_id=ask.key, member_id=member_id), body)
    reply = await ask(ask.to.identifiers.AddIdentifier, request)
    return asking.answer(HeldIdentifierAnswer, reply, status.HTTP_201_CREATED)


@router.post(
    "/v1/staff/members/{member_id}/disputes", operation_id="dispute_member_identifier", response_model=Disputed
)
async def dispute_member_identifier(member_id: MemberPath, body: Dispute, ask: Asking) -> Response:
    """Says for a shopper that a number or account is not his: it is detached, and headquarters looks at it."""
    request = translation.fill(pb.DisputeIdentifierRequest(request_id=ask.key, member_id=member_id), body)
    return asking.answer(Disputed, await ask(ask.to.identifiers.DisputeIdentifier, request))
