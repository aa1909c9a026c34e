"""Headquarters: what is foreseen to sell where, which moves would pay, and how an arriving lot is shared out."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, PageSize, PageToken, Sku, Whole, eg
from gateway.http.shapes.planned import (
    LOT,
    SUGGESTION,
    Forecast,
    ForecastPage,
    LotAnswer,
    LotShared,
    Run,
    RunPage,
    SizeGap,
    SizeGapPage,
    Suggestion,
    SuggestionAnswer,
    SuggestionPage,
    SuggestionWithResult,
)
from omo.inventory.v1 import planning_pb2
from omo.inventory.v1 import planning_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: planning"])

_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
SuggestionPath = Annotated[str, Path(pattern=_UUID, examples=[SUGGESTION])]
LotPath = Annotated[str, Path(pattern=_UUID, examples=[LOT])]
RunId = Annotated[str, Query(max_length=64, examples=["2026-11-23"], description="None: the newest that is done.")]
OneSku = Annotated[str, Query(max_length=64, examples=["COAT-CAMEL-M"], description="Only of this good.")]
OneProduct = Annotated[str, Query(max_length=64, examples=["COAT-CAMEL"], description="Only of this product.")]
OnePlace = Annotated[str, Query(max_length=64, examples=["TPE01"], description="Only there.")]
State = Annotated[Literal["OPEN", "ACCEPTED", "DECLINED", "SUPERSEDED"], Query(examples=["OPEN"])]
Kind = Annotated[Literal["", "REBALANCE", "ALLOCATION"], Query(examples=["REBALANCE"], description="None: both.")]


class Accept(Asked):
    """How many of the suggested goods go."""

    quantity: Annotated[Whole, Field(ge=0, le=1_000_000), eg(12, "0: as suggested.")] = 0


class Decline(Asked):
    """Why not."""

    reason: Annotated[str, StringConstraints(max_length=200), eg("the shop window needs them")] = ""


class LotLineIn(Asked):
    """So many of a good."""

    sku: Sku
    quantity: Annotated[Whole, Field(ge=1, le=1_000_000), eg(120)]


class RequestLot(Asked):
    """An arriving lot that is not in the books yet."""

    location_id: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("WH1", "Where it arrives.")]
    reference: Annotated[str, StringConstraints(max_length=64), eg("PO-1142")] = ""
    lines: Annotated[list[LotLineIn], Field(min_length=1, max_length=200)]


@router.get("/v1/hq/plans/runs", operation_id="list_planning_runs", response_model=RunPage)
async def list_planning_runs(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Runs of the planner, the newest first, with what each took."""
    request = pb.ListPlanningRunsRequest(page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.planning.ListPlanningRuns, request)
    return asking.page(Run, "runs", reply.runs, reply.next_page_token)


@router.get("/v1/hq/plans/forecasts", operation_id="list_demand_forecasts", response_model=ForecastPage)
async def list_demand_forecasts(
    ask: Asking,
    page_size: PageSize = 20,
    page_token: PageToken = "",
    run: RunId = "",
    sku: OneSku = "",
    location: OnePlace = "",
    hot: Annotated[bool, Query(examples=[True], description="Only what runs hot.")] = False,
    cover_below: Annotated[int, Query(ge=0, le=1_000, examples=[2], description="Weeks; 0: all.")] = 0,
) -> Response:
    """What each place is expected to sell of each good in a week, and how long what it has lasts."""
    request = pb.ListDemandForecastsRequest(
        page_size=page_size,
        page_token=page_token,
        run_id=run,
        sku=sku,
        location_id=location,
        hot_only=hot,
        cover_below=cover_below,
    )
    reply = await ask(ask.to.planning.ListDemandForecasts, request)
    return asking.page(Forecast, "forecasts", reply.forecasts, reply.next_page_token)


@router.get("/v1/hq/plans/size-gaps", operation_id="list_size_gaps", response_model=SizeGapPage)
async def list_size_gaps(
    ask: Asking,
    page_size: PageSize = 20,
    page_token: PageToken = "",
    run: RunId = "",
    product: OneProduct = "",
    location: OnePlace = "",
) -> Response:
    """Sizes that a place lacks of what it else has."""
    request = pb.ListSizeGapsRequest(
        page_size=page_size, page_token=page_token, run_id=run, product_id=product, location_id=location
    )
    reply = await ask(ask.to.planning.ListSizeGaps, request)
    return asking.page(SizeGap, "gaps", reply.gaps, reply.next_page_token)


@router.get("/v1/hq/plans/suggestions", operation_id="list_transfer_suggestions", response_model=SuggestionPage)
async def list_transfer_suggestions(
    ask: Asking,
    page_size: PageSize = 20,
    page_token: PageToken = "",
    state: State = "OPEN",
    sku: OneSku = "",
    location: OnePlace = "",
    kind: Kind = "",
) -> Response:
    """Moves that are expected to pay, the one that gains most first."""
    request = pb.ListTransferSuggestionsRequest(
        page_size=page_size,
        page_token=page_token,
        state=planning_pb2.SuggestionState.Value(f"SUGGESTION_STATE_{state}"),
        sku=sku,
        location_id=location,
        kind=planning_pb2.SuggestionKind.Value(f"SUGGESTION_KIND_{kind or 'UNSPECIFIED'}"),
    )
    reply = await ask(ask.to.planning.ListTransferSuggestions, request)
    return asking.page(Suggestion, "suggestions", reply.suggestions, reply.next_page_token)


@router.get(
    "/v1/hq/plans/suggestions/{suggestion_id}",
    operation_id="get_transfer_suggestion",
    response_model=SuggestionWithResult,
)
async def get_transfer_suggestion(suggestion_id: SuggestionPath, ask: Asking) -> Response:
    """One suggestion; once accepted with what the place sold since, against what was expected."""
    request = pb.GetTransferSuggestionRequest(suggestion_id=suggestion_id)
    return asking.answer(SuggestionWithResult, await ask(ask.to.planning.GetTransferSuggestion, request))


@router.post(
    "/v1/hq/plans/suggestions/{suggestion_id}/accept",
    operation_id="accept_transfer_suggestion",
    response_model=SuggestionAnswer,
)
async def accept_transfer_suggestion(suggestion_id: SuggestionPath, body: Accept, ask: Asking) -> Response:
    """Makes a draft of a transfer of it."""
    request = pb.AcceptTransferSuggestionRequest(
        request_id=ask.key, suggestion_id=suggestion_id, quantity=body.quantity
    )
    return asking.answer(SuggestionAnswer, await ask(ask.to.planning.AcceptTransferSuggestion, request))


@router.post(
    "/v1/hq/plans/suggestions/{suggestion_id}/decline",
    operation_id="decline_transfer_suggestion",
    response_model=SuggestionAnswer,
)
async def decline_transfer_suggestion(suggestion_id: SuggestionPath, body: Decline, ask: Asking) -> Response:
    """Lays it aside, with a reason."""
    request = pb.DeclineTransferSuggestionRequest(request_id=ask.key, suggestion_id=suggestion_id, reason=body.reason)
    return asking.answer(SuggestionAnswer, await ask(ask.to.planning.DeclineTransferSuggestion, request))


@router.post("/v1/hq/plans/lots", operation_id="request_lot_allocation", response_model=LotAnswer, status_code=201)
async def request_lot_allocation(body: RequestLot, ask: Asking) -> Response:
    """Asks for the first allocation of an arriving lot; the planner's next run shares it out."""
    request = translation.fill(pb.RequestLotAllocationRequest(request_id=ask.key), body)
    return asking.answer(LotAnswer, await ask(ask.to.planning.RequestLotAllocation, request), 201)


@router.get("/v1/hq/plans/lots/{allocation_id}", operation_id="get_lot_allocation", response_model=LotShared)
async def get_lot_allocation(allocation_id: LotPath, ask: Asking) -> Response:
    """One lot: what stays, and where the rest should go."""
    request = pb.GetLotAllocationRequest(allocation_id=allocation_id)
    return asking.answer(LotShared, await ask(ask.to.planning.GetLotAllocation, request))
