"""Plans as gRPC."""

from typing import Any

import grpc

from kit.ids import uuid7
from kit.requests import Request
from omo.inventory.v1 import planning_pb2 as pb
from omo.inventory.v1 import planning_service_pb2 as rpc
from omo.inventory.v1 import planning_service_pb2_grpc as grpc_rpc
from services.inventory import wire as fields
from services.inventory.planning import wire
from services.inventory.planning.domain import Lot
from services.inventory.planning.usecases import Planning

Context = grpc.aio.ServicerContext[Any, Any]


class PlanningServicer(grpc_rpc.PlanningServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, planning: Planning) -> None:
        self._planning = planning

    async def PutPlanningPolicy(
        self, request: rpc.PutPlanningPolicyRequest, context: Context
    ) -> rpc.PutPlanningPolicyResponse:
        return await self._planning.put_policy(Request.of("PutPlanningPolicy", request), wire.policy(request.policy))

    async def GetPlanningPolicy(
        self, request: rpc.GetPlanningPolicyRequest, context: Context
    ) -> rpc.GetPlanningPolicyResponse:
        return rpc.GetPlanningPolicyResponse(policy=wire.shown_policy(await self._planning.policy()))

    async def ListPlanningRuns(
        self, request: rpc.ListPlanningRunsRequest, context: Context
    ) -> rpc.ListPlanningRunsResponse:
        return await self._planning.runs(request.page_size, request.page_token)

    async def ListDemandForecasts(
        self, request: rpc.ListDemandForecastsRequest, context: Context
    ) -> rpc.ListDemandForecastsResponse:
        below = fields.between("cover_below", request.cover_below, 0, 1_000)
        wanted = (request.sku, request.location_id, request.hot_only, float(below))
        return await self._planning.forecasts(request.page_size, request.page_token, request.run_id, wanted)

    async def ListSizeGaps(self, request: rpc.ListSizeGapsRequest, context: Context) -> rpc.ListSizeGapsResponse:
        return await self._planning.gaps(
            request.page_size, request.page_token, request.run_id, request.product_id, request.location_id
        )

    async def ListTransferSuggestions(
        self, request: rpc.ListTransferSuggestionsRequest, context: Context
    ) -> rpc.ListTransferSuggestionsResponse:
        state = fields.choice("state", pb.SuggestionState, request.state, "SUGGESTION_STATE_")
        kind = fields.choice("kind", pb.SuggestionKind, request.kind, "SUGGESTION_KIND_")
        return await self._planning.suggestions(
            request.page_size,
            request.page_token,
            "OPEN" if state == "UNSPECIFIED" else state,
            request.sku,
            request.location_id,
            "" if kind == "UNSPECIFIED" else kind,
        )

    async def GetTransferSuggestion(
        self, request: rpc.GetTransferSuggestionRequest, context: Context
    ) -> rpc.GetTransferSuggestionResponse:
        return await self._planning.one(fields.identifier("suggestion_id", request.suggestion_id))

    async def AcceptTransferSuggestion(
        self, request: rpc.AcceptTransferSuggestionRequest, context: Context
    ) -> rpc.AcceptTransferSuggestionResponse:
        quantity = fields.between("quantity", request.quantity, 0, fields.LARGEST)
        suggestion_id = fields.identifier("suggestion_id", request.suggestion_id)
        return await self._planning.accept(Request.of("AcceptTransferSuggestion", request), suggestion_id, quantity)

    async def DeclineTransferSuggestion(
        self, request: rpc.DeclineTransferSuggestionRequest, context: Context
    ) -> rpc.DeclineTransferSuggestionResponse:
        suggestion_id = fields.identifier("suggestion_id", request.suggestion_id)
        reason = fields.text("reason", request.reason, 200)
        return await self._planning.decline(Request.of("DeclineTransferSuggestion", request), suggestion_id, reason)

    async def RequestLotAllocation(
        self, request: rpc.RequestLotAllocationRequest, context: Context
    ) -> rpc.RequestLotAllocationResponse:
        lot = Lot(
            allocation_id=uuid7(),
            location_id=fields.code("location_id", request.location_id),
            reference=fields.text("reference", request.reference, 64),
            lines=wire.lot_lines(list(request.lines)),
        )
        return await self._planning.request_lot(Request.of("RequestLotAllocation", request), lot)

    async def GetLotAllocation(
        self, request: rpc.GetLotAllocationRequest, context: Context
    ) -> rpc.GetLotAllocationResponse:
        return await self._planning.lot(fields.identifier("allocation_id", request.allocation_id))
