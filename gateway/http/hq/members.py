"""Headquarters: members, and the loyalty program."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, MemberPath, PageSize, PageToken, Whole, eg
from gateway.http.shapes.members import FindMember, FoundMember, MemberAnswer, StandingAnswer
from gateway.http.shapes.programs import ProgramAnswer, ProgramVersion, ProgramVersions, PutProgram
from omo.member.v1 import identity_service_pb2 as identity_pb
from omo.member.v1 import points_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: members"])


class AdjustPoints(Asked):
    """Points to give or to take."""

    points: Annotated[Whole, Field(ge=-100_000_000, le=100_000_000), eg(200, "Signed, not 0.")]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200), eg("apology for a late delivery")]


@router.post("/v1/hq/members/find", operation_id="find_any_member", response_model=FoundMember)
async def find_any_member(body: FindMember, ask: Asking) -> Response:
    """Looks a member up; the answer is masked, the look-up is written down."""
    request = identity_pb.FindMemberRequest(key=body.key)
    return asking.answer(FoundMember, await ask(ask.to.identity.FindMember, request))


@router.get("/v1/hq/members/{member_id}", operation_id="get_any_member", response_model=MemberAnswer)
async def get_any_member(member_id: MemberPath, ask: Asking) -> Response:
    """One member, masked."""
    request = identity_pb.GetMemberRequest(member_id=member_id)
    return asking.answer(MemberAnswer, await ask(ask.to.identity.GetMember, request))


@router.post("/v1/hq/members/{member_id}/points", operation_id="adjust_points", response_model=StandingAnswer)
async def adjust_points(member_id: MemberPath, body: AdjustPoints, ask: Asking) -> Response:
    """Gives or takes points by hand, with a reason."""
    request = pb.AdjustPointsRequest(request_id=ask.key, member_id=member_id, points=body.points, reason=body.reason)
    return asking.answer(StandingAnswer, await ask(ask.to.points.AdjustPoints, request))


@router.put("/v1/hq/program", tags=["HQ: rules"], operation_id="put_program", response_model=ProgramAnswer)
async def put_program(body: PutProgram, ask: Asking) -> Response:
    """Publishes the program as its next version."""
    request = translation.fill(pb.PutProgramRequest(request_id=ask.key), body)
    return asking.answer(ProgramAnswer, await ask(ask.to.points.PutProgram, request))


@router.get("/v1/hq/program", tags=["HQ: rules"], operation_id="get_program", response_model=ProgramAnswer)
async def get_program(
    ask: Asking,
    version: Annotated[int, Query(ge=0, examples=[0], description="0: the one in force.")] = 0,
) -> Response:
    """The program in force, or an older version of it."""
    request = pb.GetProgramRequest(version=version)
    return asking.answer(ProgramAnswer, await ask(ask.to.points.GetProgram, request))


@router.get(
    "/v1/hq/program/versions",
    tags=["HQ: rules"],
    operation_id="list_program_versions",
    response_model=ProgramVersions,
)
async def list_program_versions(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Which versions there were, newest first, and who published them."""
    request = pb.ListProgramVersionsRequest(page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.points.ListProgramVersions, request)
    return asking.page(ProgramVersion, "versions", reply.versions, reply.next_page_token)
