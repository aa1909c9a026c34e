"""Headquarters: what the planner goes by."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, LocationId, Shown, Version, Whole, eg
from gateway.http.shapes.masters import Text
from omo.inventory.v1 import planning_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: planning"])

Units = Annotated[Whole, Field(ge=0, le=1_000_000)]
Cost = Annotated[Whole, Field(ge=0, le=1_000_000_000)]


class ExceptionIn(Asked):
    """Another display minimum or lot size; what is empty fits all, and of those that fit the last one decides."""

    skus: Annotated[list[Text], eg([])] = []
    product_ids: Annotated[list[Text], eg([])] = []
    categories: Annotated[list[Text], eg(["Coats"])] = []
    location_ids: Annotated[list[Text], eg(["TPE01"], "Not beside lot_size.")] = []
    display_minimum: Annotated[Units | None, eg(2)] = None
    lot_size: Annotated[Units | None, eg(None)] = None


class LaneIn(Asked):
    """What one way costs."""

    from_location_id: LocationId
    to_location_id: Annotated[str, eg("TPE02")]
    move_cost: Annotated[Cost, eg(30, "Of one base unit, minor units.")] = 0
    trip_cost: Annotated[Cost, eg(400, "Once for all goods that go together: they must gain more.")] = 0
    closed: Annotated[bool, eg(False)] = False


class PolicyIn(Asked):
    """How goods should be spread."""

    horizon_weeks: Annotated[Whole, Field(ge=1, le=26), eg(4, "A move must pay within.")] = 4
    history_weeks: Annotated[Whole, Field(ge=8, le=156), eg(52, "Weeks that are learnt from.")] = 52
    display_minimum: Annotated[Units, eg(1, "What a place never gives away of a good that it has.")] = 1
    lot_size: Annotated[Whole, Field(ge=1, le=1_000_000), eg(1, "Goods move in multiples of it.")] = 1
    move_cost: Annotated[Cost, eg(50, "Of one base unit, minor units.")] = 0
    least_gain: Annotated[Cost, eg(100, "What gains less is not suggested, minor units.")] = 1
    assumed_margin: Annotated[Whole, Field(ge=0, le=100), eg(50, "Per cent of the price, where no cost is known.")] = 50
    online_weeks: Annotated[Whole, Field(ge=0, le=26), eg(4, "Weeks of online demand kept of a lot.")] = 4
    exceptions: Annotated[list[ExceptionIn], Field(max_length=500)] = []
    lanes: Annotated[list[LaneIn], Field(max_length=20_000)] = []


class PutPolicy(Asked):
    """The policy as it should be."""

    policy: PolicyIn


class PolicyException(Shown):
    """Another display minimum or lot size of some goods or places."""

    skus: Annotated[list[str], eg([])]
    product_ids: Annotated[list[str], eg([])]
    categories: Annotated[list[str], eg(["Coats"])]
    location_ids: Annotated[list[str], eg(["TPE01"])]
    display_minimum: Annotated[int | None, eg(2)]
    lot_size: Annotated[int | None, eg(None)]


class PolicyLane(Shown):
    """What one way costs."""

    from_location_id: LocationId
    to_location_id: Annotated[str, eg("TPE02")]
    move_cost: Annotated[int, eg(30)]
    trip_cost: Annotated[int, eg(400)]
    closed: Annotated[bool, eg(False)]


class Policy(Shown):
    """How goods are spread."""

    horizon_weeks: Annotated[int, eg(4)]
    history_weeks: Annotated[int, eg(52)]
    display_minimum: Annotated[int, eg(1)]
    lot_size: Annotated[int, eg(1)]
    move_cost: Annotated[int, eg(50)]
    least_gain: Annotated[int, eg(100)]
    assumed_margin: Annotated[int, eg(50)]
    online_weeks: Annotated[int, eg(4)]
    exceptions: list[PolicyException]
    lanes: list[PolicyLane]
    version: Version


class PolicyAnswer(Shown):
    """The policy that decides."""

    policy: Policy


@router.put("/v1/hq/plans/policy", operation_id="put_planning_policy", response_model=PolicyAnswer)
async def put_planning_policy(body: PutPolicy, ask: Asking) -> Response:
    """Replaces what the planner goes by."""
    request = translation.fill(pb.PutPlanningPolicyRequest(request_id=ask.key), body)
    return asking.answer(PolicyAnswer, await ask(ask.to.planning.PutPlanningPolicy, request))


@router.get("/v1/hq/plans/policy", operation_id="get_planning_policy", response_model=PolicyAnswer)
async def get_planning_policy(ask: Asking) -> Response:
    """What the planner goes by; version 0 are its defaults."""
    return asking.answer(PolicyAnswer, await ask(ask.to.planning.GetPlanningPolicy, pb.GetPlanningPolicyRequest()))
