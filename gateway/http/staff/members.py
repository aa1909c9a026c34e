"""Members, as staff on the shop floor meet them; and staff's own sessions."""

from typing import Annotated

from fastapi import APIRouter, status
from pydantic import StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, LocationId, MemberId, MemberPath, eg
from gateway.http.shapes.members import AddWish, FindMember, FoundMember, MemberAnswer, WishAnswer, Wishes
from gateway.http.shop import auth
from gateway.http.shop.auth import Refresh, Refreshed, SignOut
from gateway.http.shop.me import SkuPath
from omo.member.v1 import identity_service_pb2 as pb
from omo.member.v1 import points_service_pb2 as points_pb

router = APIRouter(route_class=Door, tags=["Staff: members"])


class EnrolMember(Asked):
    """Somebody who joins in the store."""

    phone: Annotated[str, StringConstraints(max_length=32), eg("0912345678")] = ""
    display_name: Annotated[str, StringConstraints(min_length=1, max_length=100), eg("陳小明")]
    card_no: Annotated[str, StringConstraints(max_length=64), eg("")] = ""
    location_id: LocationId
    member_id: Annotated[MemberId | None, eg(None, "A UUIDv7 that the caller made, or none.")] = None
    if_taken: Annotated[
        str | None,
        StringConstraints(pattern=r"^(SAME_PERSON|ANOTHER_PERSON)$"),
        eg(None, "Who it is where somebody has the telephone or card."),
    ] = None


class Enrolled(MemberAnswer):
    """The member, and whether he was one already."""

    existed: Annotated[bool, eg(False, "He was a member already, under his own id.")]


@router.post("/v1/staff/auth/refresh", tags=["Sign in"], operation_id="refresh_staff", response_model=Refreshed)
async def refresh_staff(body: Refresh, ask: Asking) -> Response:
    """New tokens for a staff session. Staff sign in on an enrolled till, by code and PIN."""
    return await auth.refresh(body, ask)


@router.post("/v1/staff/auth/signout", tags=["Sign in"], operation_id="end_staff_session", status_code=204)
async def end_staff_session(body: SignOut, ask: Asking) -> Response:
    """Ends the staff session of that refresh token."""
    return await auth.sign_out(body, ask)


@router.post("/v1/staff/members/find", operation_id="find_member", response_model=FoundMember)
async def find_member(body: FindMember, ask: Asking) -> Response:
    """Looks a member up by what he says or shows; the answer is masked, the look-up is written down."""
    return asking.answer(FoundMember, await ask(ask.to.identity.FindMember, pb.FindMemberRequest(key=body.key)))


@router.post("/v1/staff/members", operation_id="enrol_member", response_model=Enrolled, status_code=201)
async def enrol_member(body: EnrolMember, ask: Asking) -> Response:
    """Enrols somebody in the store; he claims the account later by his telephone."""
    request = translation.fill(pb.EnrolMemberRequest(request_id=ask.key), body)
    return asking.answer(Enrolled, await ask(ask.to.identity.EnrolMember, request), status.HTTP_201_CREATED)


@router.get("/v1/staff/members/{member_id}", operation_id="get_member", response_model=MemberAnswer)
async def get_member(member_id: MemberPath, ask: Asking) -> Response:
    """One member, masked."""
    request = pb.GetMemberRequest(member_id=member_id)
    return asking.answer(MemberAnswer, await ask(ask.to.identity.GetMember, request))


@router.get("/v1/staff/members/{member_id}/wishes", operation_id="list_member_wishes", response_model=Wishes)
async def list_member_wishes(member_id: MemberPath, ask: Asking) -> Response:
    """What the member would like to have, and who noted it."""
    request = points_pb.ListWishesRequest(member_id=member_id)
    return asking.answer(Wishes, await ask(ask.to.profile.ListWishes, request))


@router.post(
    "/v1/staff/members/{member_id}/wishes", operation_id="add_member_wish", response_model=WishAnswer, status_code=201
)
async def add_member_wish(member_id: MemberPath, body: AddWish, ask: Asking) -> Response:
    """Notes a wish for the member; who did it and where is kept with it."""
    request = points_pb.AddWishRequest(request_id=ask.key, member_id=member_id, sku=body.sku, note=body.note)
    return asking.answer(WishAnswer, await ask(ask.to.profile.AddWish, request), status.HTTP_201_CREATED)


@router.delete("/v1/staff/members/{member_id}/wishes/{sku}", operation_id="remove_member_wish", status_code=204)
async def remove_member_wish(member_id: MemberPath, sku: SkuPath, ask: Asking) -> Response:
    """Removes a member's wish; removing one that is not there succeeds."""
    request = points_pb.RemoveWishRequest(request_id=ask.key, member_id=member_id, sku=sku)
    await ask(ask.to.profile.RemoveWish, request)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
