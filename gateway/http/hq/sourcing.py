"""Headquarters: the rules by which orders find their goods, tried before they decide, and what they decided."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, LocationId, NextPage, PageSize, PageToken, Shown, When, Whole, eg
from gateway.http.shapes.sold import Fulfilment
from gateway.http.shapes.sourced import (
    Explained,
    PauseIn,
    PauseOut,
    Reason,
    SourcedPath,
    Sourcing,
    SourcingPage,
    explained,
)
from gateway.http.shapes.sourcing_rules import RuleSet, RuleSetIn, Warned
from omo.inventory.v1 import sourcing_service_pb2 as pb
from omo.order.v1 import fulfilment_service_pb2 as tasks_pb

router = APIRouter(route_class=Door, tags=["HQ: sourcing"])

RuleSetPath = Annotated[str, Path(min_length=1, max_length=64, examples=["brand"])]
Queue = Annotated[str, StringConstraints(min_length=1, max_length=64), eg("unfillable")]
Cost = Annotated[Whole, Field(ge=0, le=1_000_000_000)]


class RuleSetKept(Shown):
    """The version as it is kept, and what looks wrong about it."""

    rule_set: RuleSet
    warnings: list[Warned]


class RuleSetOne(Shown):
    """One version of a rule set."""

    rule_set: RuleSet


class RuleSetPage(Shown):
    """Versions by code, the newest first."""

    rule_sets: list[RuleSet]
    next_page_token: NextPage


class Activate(Asked):
    """Which version is to decide."""

    version: Annotated[Whole, Field(ge=0), eg(1, "0: the newest.")] = 0


class Simulate(Asked):
    """Which version is tried, on which orders, and what is reckoned for a shipment."""

    version: Annotated[Whole, Field(ge=0), eg(1, "0: the newest.")] = 0
    start_time: When | None = None
    orders: Annotated[Whole, Field(ge=1, le=200), eg(100, "The newest of them.")] = 100
    shipment_cost: Annotated[Cost, eg(80, "Minor units.")] = 0
    km_cost: Annotated[Cost, eg(2, "Minor units.")] = 0


class Figures(Shown):
    """What a rule set makes of orders."""

    orders: Annotated[int, eg(100)]
    shipments: Annotated[int, eg(112)]
    split_orders: Annotated[int, eg(11)]
    unplaced_orders: Annotated[int, eg(1)]
    unplaced_units: Annotated[int, eg(2)]
    km: Annotated[int, eg(3112)]
    cost: Annotated[int, eg(15185, "Minor units.")]


class Simulation(Shown):
    """What decides now beside what would decide, over the same stock; nothing was written."""

    before: Figures
    after: Figures
    changed_percent: Annotated[int, eg(12)]
    changed_order_ids: Annotated[list[str], eg([], "At most 20.")]


class Reject(Asked):
    """What a place cannot deliver."""

    location_id: LocationId
    line_nos: Annotated[list[Annotated[Whole, Field(ge=1, le=1_000)]], eg([], "None: all.")] = []
    reason: Reason


class Rejected(Shown):
    """The place's tasks of the order as they stand now."""

    fulfilments: list[Fulfilment]


class Run(Asked):
    """Which queue."""

    queue: Queue


class Ran(Shown):
    """How many orders are decided once more."""

    orders: Annotated[int, eg(4)]


@router.put("/v1/hq/sourcing/rule-sets", operation_id="put_sourcing_rules", response_model=RuleSetKept)
async def put_sourcing_rules(body: RuleSetIn, ask: Asking) -> Response:
    """Stores a new draft version; what cannot stand is refused by the path of its field."""
    request = pb.PutRuleSetRequest(request_id=ask.key)
    translation.fill(request.rule_set, body)
    return asking.answer(RuleSetKept, await ask(ask.to.sourcing.PutRuleSet, request))


@router.get("/v1/hq/sourcing/rule-sets", operation_id="list_sourcing_rules", response_model=RuleSetPage)
async def list_sourcing_rules(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Every version of every rule set."""
    reply = await ask(ask.to.sourcing.ListRuleSets, pb.ListRuleSetsRequest(page_size=page_size, page_token=page_token))
    return asking.page(RuleSet, "rule_sets", reply.rule_sets, reply.next_page_token)


@router.get("/v1/hq/sourcing/rule-sets/{rule_set_id}", operation_id="get_sourcing_rules", response_model=RuleSetOne)
async def get_sourcing_rules(
    ask: Asking,
    rule_set_id: RuleSetPath,
    version: Annotated[int, Query(ge=0, examples=[1], description="0: the newest.")] = 0,
) -> Response:
    """One version."""
    request = pb.GetRuleSetRequest(rule_set_id=rule_set_id, version=version)
    return asking.answer(RuleSetOne, await ask(ask.to.sourcing.GetRuleSet, request))


@router.post(
    "/v1/hq/sourcing/rule-sets/{rule_set_id}/activate",
    operation_id="activate_sourcing_rules",
    response_model=RuleSetOne,
)
async def activate_sourcing_rules(body: Activate, ask: Asking, rule_set_id: RuleSetPath) -> Response:
    """From now on this version decides."""
    request = pb.ActivateRuleSetRequest(request_id=ask.key, rule_set_id=rule_set_id, version=body.version)
    return asking.answer(RuleSetOne, await ask(ask.to.sourcing.ActivateRuleSet, request))


@router.post(
    "/v1/hq/sourcing/rule-sets/{rule_set_id}/retire", operation_id="retire_sourcing_rules", response_model=PauseOut
)
async def retire_sourcing_rules(ask: Asking, rule_set_id: RuleSetPath) -> Response:
    """Nobody asks it any more: the brand's rule set or the default decides."""
    request = pb.RetireRuleSetRequest(request_id=ask.key, rule_set_id=rule_set_id)
    return asking.answer(PauseOut, await ask(ask.to.sourcing.RetireRuleSet, request))


@router.post(
    "/v1/hq/sourcing/rule-sets/{rule_set_id}/simulate",
    operation_id="simulate_sourcing_rules",
    response_model=Simulation,
)
async def simulate_sourcing_rules(body: Simulate, ask: Asking, rule_set_id: RuleSetPath) -> Response:
    """What a draft would make of past orders."""
    request = translation.fill(pb.SimulateRuleSetRequest(rule_set_id=rule_set_id), body)
    return asking.answer(Simulation, await ask(ask.to.sourcing.SimulateRuleSet, request))


@router.get("/v1/hq/sourcing/orders/{order_id}", operation_id="explain_sourcing", response_model=Explained)
async def explain_sourcing(ask: Asking, order_id: SourcedPath) -> Response:
    """Why this store? Every decision of an order with its reasons."""
    return await explained(ask, order_id)


@router.post("/v1/hq/sourcing/orders/{order_id}/reject", operation_id="reject_assignment", response_model=Rejected)
async def reject_assignment(body: Reject, ask: Asking, order_id: SourcedPath) -> Response:
    """A place cannot, and nothing of it is READY: what is shipped is sourced anew, else its shopper is asked."""
    request = translation.fill(tasks_pb.RejectLinesRequest(request_id=ask.key, order_id=order_id), body)
    return asking.answer(Rejected, await ask(ask.to.fulfilments.RejectLines, request))


@router.get("/v1/hq/sourcing/queue", operation_id="list_unplaced", response_model=SourcingPage)
async def list_unplaced(
    ask: Asking,
    queue: Annotated[str, Query(max_length=64, examples=["unfillable"], description="None: all.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Orders that wait for a place, and pickups that were rejected."""
    request = pb.ListUnplacedRequest(queue=queue, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.sourcing.ListUnplaced, request)
    return asking.page(Sourcing, "sourcings", reply.sourcings, reply.next_page_token)


@router.post("/v1/hq/sourcing/queue/run", operation_id="run_sourcing_queue", response_model=Ran)
async def run_sourcing_queue(body: Run, ask: Asking) -> Response:
    """Decides what waits in a queue once more, now."""
    request = pb.RunQueueRequest(request_id=ask.key, queue=body.queue)
    return asking.answer(Ran, await ask(ask.to.sourcing.RunQueue, request))


@router.post("/v1/hq/sourcing/pauses", operation_id="pause_location", response_model=PauseOut)
async def pause_location(body: PauseIn, ask: Asking) -> Response:
    """Stops a place from being asked, or lifts that."""
    request = translation.fill(pb.PauseLocationRequest(request_id=ask.key), body)
    return asking.answer(PauseOut, await ask(ask.to.sourcing.PauseLocation, request))
