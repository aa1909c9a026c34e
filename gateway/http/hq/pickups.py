"""What headquarters decide about pickups: the terms of what is not collected, and members' word against it."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.awaited import (
    HoursAnswer,
    HoursIn,
    NoShowPolicyAnswer,
    PlacePath,
    PutNoShowPolicy,
    SettleAppeal,
)
from gateway.http.shapes.fields import MemberPath, PageSize, PageToken, TaskPath
from gateway.http.shapes.housed import HousedNoShow, HousedNoShowAnswer, HousedStanding, NoShowPage
from omo.order.v1 import appointment_service_pb2 as appointments
from omo.order.v1 import noshow_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: pickups"])


@router.put("/v1/hq/pickup-policy", operation_id="put_pickup_policy", response_model=NoShowPolicyAnswer)
async def put_pickup_policy(body: PutNoShowPolicy, ask: Asking) -> Response:
    """New terms of what is not collected, from now on."""
    request = translation.fill(pb.PutNoShowPolicyRequest(request_id=ask.key), body)
    return asking.answer(NoShowPolicyAnswer, await ask(ask.to.noshows.PutNoShowPolicy, request))


@router.get(
    "/v1/hq/members/{member_id}/pickup-standing", operation_id="get_pickup_standing", response_model=HousedStanding
)
async def get_pickup_standing(member_id: MemberPath, ask: Asking) -> Response:
    """What a member did not collect, and what follows from it now."""
    request = pb.GetPickupStandingRequest(member_id=member_id)
    return asking.answer(HousedStanding, await ask(ask.to.noshows.GetPickupStanding, request))


@router.get("/v1/hq/no-show-appeals", operation_id="list_no_show_appeals", response_model=NoShowPage)
async def list_no_show_appeals(
    ask: Asking,
    state: Annotated[str, Query(pattern="^(OPEN|GRANTED|REFUSED)$", examples=["OPEN"])] = "OPEN",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Members' appeals, oldest first."""
    request = pb.ListAppealsRequest(page_size=page_size, page_token=page_token)
    translation.choose(request, state=state)
    reply = await ask(ask.to.noshows.ListAppeals, request)
    return asking.page(HousedNoShow, "no_shows", reply.no_shows, reply.next_page_token)


@router.post(
    "/v1/hq/no-show-appeals/{task_id}/settle", operation_id="settle_no_show_appeal", response_model=HousedNoShowAnswer
)
async def settle_no_show_appeal(task_id: TaskPath, body: SettleAppeal, ask: Asking) -> Response:
    """What is granted counts no more, and its fee comes back as shopping credit."""
    request = translation.fill(pb.SettleAppealRequest(request_id=ask.key, fulfilment_id=task_id), body)
    return asking.answer(HousedNoShowAnswer, await ask(ask.to.noshows.SettleAppeal, request))


@router.put("/v1/hq/stores/{location_id}/pickup-hours", operation_id="put_any_pickup_hours", response_model=HoursAnswer)
async def put_any_pickup_hours(location_id: PlacePath, body: HoursIn, ask: Asking) -> Response:
    """When a store receives shoppers with an appointment, from now on."""
    request = appointments.PutPickupHoursRequest(request_id=ask.key)
    translation.fill(request.hours, body, location_id=location_id)
    return asking.answer(HoursAnswer, await ask(ask.to.appointments.PutPickupHours, request))
