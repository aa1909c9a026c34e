"""Headquarters: the rules of what can be sold, what a draft would change, and why a figure is what it is."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.availability_rules import Display, PutRules, Rules, Warned
from gateway.http.shapes.fields import ChannelId, LocationId, NextPage, PageSize, PageToken, Shown, Sku, Time, eg
from gateway.http.shop.catalogue import ShownComponent
from omo.inventory.v1 import availability_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: availability"])

VersionPath = Annotated[int, Path(ge=0, examples=[1], description="0: the one that decides.")]


class RulesKept(Shown):
    """The version as it is kept, and what looks wrong about it."""

    rules: Rules
    warnings: Annotated[list[Warned], eg([])]


class RulesOne(Shown):
    """One version."""

    rules: Rules


class RulesPage(Shown):
    """Versions, the newest first."""

    rules: list[Rules]
    next_page_token: NextPage


class Example(Shown):
    """A figure of a channel, or of pickup at a location, before and after."""

    sku: Sku
    channel_id: Annotated[str | None, eg("web")]
    location_id: Annotated[str | None, eg(None)]
    before: Annotated[int, eg(21)]
    after: Annotated[int, eg(19)]


class Impact(Shown):
    """What a version would change if it decided now."""

    skus: Annotated[int, eg(8, "Goods looked at.")]
    changed_skus: Annotated[int, eg(3)]
    changed_channel_figures: Annotated[int, eg(9, "SKUs x channels.")]
    changed_pickup_figures: Annotated[int, eg(6, "SKUs x locations.")]
    truncated: Annotated[bool, eg(False, "There were more goods than one call looks at.")]
    examples: list[Example]
    next_page_token: NextPage


class Part(Shown):
    """One location's part in the figure, with the rules that decided."""

    location_id: LocationId
    available: Annotated[int, eg(21)]
    safety: Annotated[int, eg(1)]
    safety_rule_id: Annotated[str | None, eg("coats-kept")]
    counted: Annotated[int, eg(20)]
    excluded: Annotated[str | None, eg(None, "Why it adds nothing; null: it takes part.")]
    excluded_rule_id: Annotated[str | None, eg(None)]
    pickable: Annotated[bool, eg(True)]
    not_pickable: Annotated[str | None, eg(None)]
    pickable_rule_id: Annotated[str | None, eg(None)]
    backorder: Annotated[int, eg(0)]
    backorder_rule_id: Annotated[str | None, eg(None)]
    confidence: Annotated[int, eg(1000, "Per mille.")]
    hold_ttl_seconds: Annotated[
        int, eg(0, "How long carts that name no time of their own hold it here; 0: the brand's default.")
    ]
    hold_ttl_rule_id: Annotated[str | None, eg(None, "The rule that says so; null: none.")]


class Explanation(Shown):
    """How the figure comes about: the parts' sum, less the threshold and what is owed."""

    channel_id: ChannelId
    sku: Sku
    rules_version: Annotated[int, eg(1)]
    parts: list[Part]
    sum: Annotated[int, eg(20)]
    threshold: Annotated[int, eg(0)]
    threshold_rule_id: Annotated[str | None, eg(None)]
    unassigned: Annotated[int, eg(0, "Promised, and waiting for a location.")]
    available: Annotated[int, eg(20)]
    display: Display | None
    display_rule_id: Annotated[str | None, eg(None)]
    remarks: Annotated[list[str], eg([])]
    components: Annotated[list[ShownComponent], eg([], "What one unit of a kit is made of.")]


class Explained(Shown):
    """A figure explained, and when it was true."""

    explanation: Explanation
    as_of_time: Time | None


@router.post(
    "/v1/hq/availability/rules", operation_id="put_availability_rules", response_model=RulesKept, status_code=201
)
async def put_availability_rules(body: PutRules, ask: Asking) -> Response:
    """Keeps all rules as a new draft; who writes wrong is told the field."""
    request = translation.fill(pb.PutAvailabilityRulesRequest(request_id=ask.key), body)
    return asking.answer(RulesKept, await ask(ask.to.availability.PutAvailabilityRules, request), 201)


@router.get("/v1/hq/availability/rules", operation_id="list_availability_rules", response_model=RulesPage)
async def list_availability_rules(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Versions without their rules, the newest first."""
    request = pb.ListAvailabilityRulesRequest(page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.availability.ListAvailabilityRules, request)
    return asking.page(Rules, "rules", reply.rules, reply.next_page_token)


@router.get("/v1/hq/availability/rules/{version}", operation_id="get_availability_rules", response_model=RulesOne)
async def get_availability_rules(version: VersionPath, ask: Asking) -> Response:
    """One version with its rules."""
    request = pb.GetAvailabilityRulesRequest(version=version)
    return asking.answer(RulesOne, await ask(ask.to.availability.GetAvailabilityRules, request))


@router.get(
    "/v1/hq/availability/rules/{version}/impact", operation_id="preview_availability_rules", response_model=Impact
)
async def preview_availability_rules(
    version: VersionPath, ask: Asking, page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """What the version would change if it decided now, counted, and examples in SKU order."""
    request = pb.PreviewAvailabilityRulesRequest(version=version, page_size=page_size, page_token=page_token)
    return asking.answer(Impact, await ask(ask.to.availability.PreviewAvailabilityRules, request))


@router.post(
    "/v1/hq/availability/rules/{version}/activate", operation_id="activate_availability_rules", response_model=RulesOne
)
async def activate_availability_rules(version: VersionPath, ask: Asking) -> Response:
    """Makes the version decide; the one before it retires, and may come back."""
    request = pb.ActivateAvailabilityRulesRequest(request_id=ask.key, version=version)
    return asking.answer(RulesOne, await ask(ask.to.availability.ActivateAvailabilityRules, request))


@router.get("/v1/hq/availability/explain", operation_id="explain_availability", response_model=Explained)
async def explain_availability(
    ask: Asking,
    channel: Annotated[str, Query(min_length=1, max_length=64, examples=["web"])],
    sku: Annotated[str, Query(min_length=1, max_length=64, examples=["COAT-CAMEL-M"])],
) -> Response:
    """Which rule gave which figure."""
    request = pb.ExplainAvailabilityRequest(channel_id=channel, sku=sku)
    return asking.answer(Explained, await ask(ask.to.availability.ExplainAvailability, request))
