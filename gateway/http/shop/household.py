"""A card that a shopper shares with others, and the pot of points on it."""

from typing import Annotated

from fastapi import APIRouter, status
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import MEMBER, Asked, MemberId, Shown, Time, Whole, eg
from omo.member.v1 import household_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Me"])


class Household(Shown):
    """One card and those who share it."""

    household_id: Annotated[str, eg("0199a5c6-2233-7445-9667-8899aabbccdd", "Names the household.")]
    owner_id: Annotated[str, eg(MEMBER, "Who lets people in.")]
    member_ids: Annotated[list[str], eg([MEMBER], "Everybody who shares, in the order in which they came.")]
    limit: Annotated[int, eg(5, "How many may share one card.")]
    points_active: Annotated[int, eg(200, "In the pot, and can be taken out.")]
    points_pending: Annotated[int, eg(0, "In the pot, and cannot be spent yet.")]


class HouseholdAnswer(Shown):
    """The household as it stands."""

    household: Annotated[Household, Field(description="The household.")]


class Invitation(Shown):
    """A code that lets somebody in, once."""

    code: Annotated[str, eg("MFRGGZDFMZTWQ2LK", "To be handed on by the owner.")]
    expire_time: Annotated[Time | None, Field(description="Until when it lets somebody in.")]


class Join(Asked):
    """The owner's code."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("MFRGGZDFMZTWQ2LK", "As it was told.")]


class Leave(Asked):
    """Who leaves."""

    leaving_id: Annotated[MemberId | None, eg(None, "None: the caller. Only the owner names another.")] = None


class MovePoints(Asked):
    """Points into the pot, or out of it."""

    points: Annotated[Whole, Field(ge=-100_000_000, le=100_000_000), eg(200, "Above 0: in; below: out.")]


@router.post("/v1/me/household", operation_id="create_household", response_model=HouseholdAnswer, status_code=201)
async def create_household(ask: Asking) -> Response:
    """Opens a household with the shopper as its owner."""
    request = pb.CreateHouseholdRequest(request_id=ask.key, member_id=ask.me)
    return asking.answer(HouseholdAnswer, await ask(ask.to.household.CreateHousehold, request), status.HTTP_201_CREATED)


@router.get("/v1/me/household", operation_id="get_household", response_model=HouseholdAnswer)
async def get_household(ask: Asking) -> Response:
    """Who shares the card, and what is in the pot."""
    request = pb.GetHouseholdRequest(member_id=ask.me)
    return asking.answer(HouseholdAnswer, await ask(ask.to.household.GetHousehold, request))


@router.post("/v1/me/household/invitations", operation_id="invite_to_household", response_model=Invitation)
async def invite_to_household(ask: Asking) -> Response:
    """A code that lets somebody in, once, for three days; the owner only."""
    request = pb.InviteToHouseholdRequest(request_id=ask.key, member_id=ask.me)
    return asking.answer(Invitation, await ask(ask.to.household.InviteToHousehold, request))


@router.post("/v1/me/household/join", operation_id="join_household", response_model=HouseholdAnswer)
async def join_household(body: Join, ask: Asking) -> Response:
    """Shares the card whose owner gave the code."""
    request = pb.JoinHouseholdRequest(request_id=ask.key, member_id=ask.me, code=body.code)
    return asking.answer(HouseholdAnswer, await ask(ask.to.household.JoinHousehold, request))


@router.post("/v1/me/household/leave", operation_id="leave_household", status_code=204)
async def leave_household(body: Leave, ask: Asking) -> Response:
    """Leaves, or lets somebody go; when the owner leaves, the household ends and the pot is his."""
    request = pb.LeaveHouseholdRequest(request_id=ask.key, member_id=ask.me, leaving_id=body.leaving_id or "")
    await ask(ask.to.household.LeaveHousehold, request)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/v1/me/household/points", operation_id="move_household_points", response_model=HouseholdAnswer)
async def move_household_points(body: MovePoints, ask: Asking) -> Response:
    """Puts points into the pot or takes them out; they keep the day on which they run out."""
    request = pb.MoveHouseholdPointsRequest(request_id=ask.key, member_id=ask.me, points=body.points)
    return asking.answer(HouseholdAnswer, await ask(ask.to.household.MoveHouseholdPoints, request))
