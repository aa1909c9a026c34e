"""What a member holds of points and tiers, as staff on the shop floor see it."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import MemberPath, PageSize, PageToken
from gateway.http.shapes.loyalty import PointsEntry, PointsLot, PointsLots, PointsPage
from gateway.http.shapes.members import StandingAnswer
from omo.member.v1 import points_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: members"])


@router.get("/v1/staff/members/{member_id}/standing", operation_id="get_member_standing", response_model=StandingAnswer)
async def get_member_standing(member_id: MemberPath, ask: Asking) -> Response:
    """Points, tier, what is missing to the next one, and what to keep this one."""
    request = pb.GetStandingRequest(member_id=member_id)
    return asking.answer(StandingAnswer, await ask(ask.to.points.GetStanding, request))


@router.get("/v1/staff/members/{member_id}/points", operation_id="list_member_points", response_model=PointsPage)
async def list_member_points(
    member_id: MemberPath, ask: Asking, page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """The member's points statement, newest first."""
    request = pb.ListPointsEntriesRequest(member_id=member_id, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.points.ListPointsEntries, request)
    return asking.page(PointsEntry, "entries", reply.entries, reply.next_page_token)


@router.get(
    "/v1/staff/members/{member_id}/points/lots", operation_id="list_member_points_lots", response_model=PointsLots
)
async def list_member_points_lots(
    member_id: MemberPath, ask: Asking, page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """The member's open lots, first what ends first."""
    request = pb.ListLotsRequest(member_id=member_id, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.points.ListLots, request)
    return asking.page(PointsLot, "lots", reply.lots, reply.next_page_token)
