"""What a shopper sees and keeps of his own."""

from typing import Annotated

from fastapi import APIRouter, Path, status
from pydantic import StringConstraints
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import (
    Asked,
    LocationId,
    MemberId,
    PageSize,
    PageToken,
    Shown,
    StaffCode,
    Time,
    eg,
    kinds,
)
from gateway.http.shapes.loyalty import PointsEntry, PointsLot, PointsLots, PointsPage, TierChange, TierChanges
from gateway.http.shapes.members import AddWish, MemberAnswer, StandingAnswer, WishAnswer, Wishes
from omo.attribution.v1 import attribution_pb2
from omo.attribution.v1 import attribution_service_pb2 as attribution_pb
from omo.member.v1 import identity_service_pb2 as identity_pb
from omo.member.v1 import points_service_pb2 as pb
from omo.member.v1 import tier_service_pb2 as tiers_pb

router = APIRouter(route_class=Door, tags=["Me"])

SkuPath = Annotated[str, Path(min_length=1, max_length=64, examples=["TROUSERS-NAVY-32"])]


class Binding(Shown):
    """A member and the staff member who serves him."""

    binding_id: Annotated[str, eg("0199a5c0-9d00-7f11-8e22-0a1b2c3d4e5f")]
    member_id: MemberId
    staff_code: StaffCode
    location_id: LocationId | None
    source: Annotated[str, kinds(attribution_pb2.BindingSource, "QR")]
    bind_time: Time | None
    protected_until_time: Time | None
    valid_until_time: Time | None
    active: Annotated[bool, eg(True)]


class BindingAnswer(Shown):
    """The binding now."""

    binding: Binding


class Bind(Asked):
    """What the staff member's code says."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=2_048), eg("<scanned token>")]


@router.get("/v1/me", operation_id="get_me", response_model=MemberAnswer)
async def get_me(ask: Asking) -> Response:
    """The shopper's own account, unmasked."""
    request = identity_pb.GetMemberRequest(member_id=ask.me)
    return asking.answer(MemberAnswer, await ask(ask.to.identity.GetMember, request))


@router.get("/v1/me/standing", operation_id="get_standing", response_model=StandingAnswer)
async def get_standing(ask: Asking) -> Response:
    """Points, tier, what is missing to the next one, and what to keep this one by when."""
    request = pb.GetStandingRequest(member_id=ask.me)
    return asking.answer(StandingAnswer, await ask(ask.to.points.GetStanding, request))


@router.get("/v1/me/points", operation_id="list_points", response_model=PointsPage)
async def list_points(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """The points statement, newest first."""
    request = pb.ListPointsEntriesRequest(member_id=ask.me, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.points.ListPointsEntries, request)
    return asking.page(PointsEntry, "entries", reply.entries, reply.next_page_token)


@router.get("/v1/me/points/lots", operation_id="list_points_lots", response_model=PointsLots)
async def list_points_lots(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Open points, first what ends first."""
    request = pb.ListLotsRequest(member_id=ask.me, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.points.ListLots, request)
    return asking.page(PointsLot, "lots", reply.lots, reply.next_page_token)


@router.get("/v1/me/tier/changes", operation_id="list_tier_changes", response_model=TierChanges)
async def list_tier_changes(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """What became of the tier, newest first."""
    request = tiers_pb.ListTierChangesRequest(member_id=ask.me, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.tiers.ListTierChanges, request)
    return asking.page(TierChange, "changes", reply.changes, reply.next_page_token)


@router.get("/v1/me/wishes", operation_id="list_wishes", response_model=Wishes)
async def list_wishes(ask: Asking) -> Response:
    """The wish list, newest first, with who noted each."""
    return asking.answer(Wishes, await ask(ask.to.profile.ListWishes, pb.ListWishesRequest(member_id=ask.me)))


@router.post("/v1/me/wishes", operation_id="add_wish", response_model=WishAnswer, status_code=status.HTTP_201_CREATED)
async def add_wish(body: AddWish, ask: Asking) -> Response:
    """Notes a wish; noting it again changes its note."""
    request = pb.AddWishRequest(request_id=ask.key, member_id=ask.me, sku=body.sku, note=body.note)
    return asking.answer(WishAnswer, await ask(ask.to.profile.AddWish, request), status.HTTP_201_CREATED)


@router.delete("/v1/me/wishes/{sku}", operation_id="remove_wish", status_code=status.HTTP_204_NO_CONTENT)
async def remove_wish(sku: SkuPath, ask: Asking) -> Response:
    """Removes a wish; removing one that is not there succeeds."""
    await ask(ask.to.profile.RemoveWish, pb.RemoveWishRequest(request_id=ask.key, member_id=ask.me, sku=sku))
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/v1/me/binding", operation_id="get_binding", response_model=BindingAnswer)
async def get_binding(ask: Asking) -> Response:
    """The staff member who serves the shopper; 404 while there is none."""
    request = attribution_pb.GetBindingRequest(member_id=ask.me)
    return asking.answer(BindingAnswer, await ask(ask.to.bindings.GetBinding, request))


@router.post("/v1/me/binding", operation_id="bind_member", response_model=BindingAnswer)
async def bind_member(body: Bind, ask: Asking) -> Response:
    """Binds the shopper to the staff member whose code he scanned."""
    request = attribution_pb.BindMemberRequest(request_id=ask.key, member_id=ask.me, token=body.token)
    return asking.answer(BindingAnswer, await ask(ask.to.bindings.BindMember, request))
