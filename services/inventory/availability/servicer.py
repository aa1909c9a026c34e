"""Availability as gRPC."""

from typing import Any

import grpc

from kit.errors import invalid
from kit.requests import Request
from omo.inventory.v1 import availability_service_pb2 as pb
from omo.inventory.v1 import availability_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.availability import usecases, wire, wire_rules
from services.inventory.availability.impact import Preview
from services.inventory.availability.usecases import Availability
from services.inventory.availability.usecases_rules import Rules

Context = grpc.aio.ServicerContext[Any, Any]


class AvailabilityServicer(rpc.AvailabilityServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, availability: Availability, rules: Rules, preview: Preview) -> None:
        self._availability = availability
        self._rules = rules
        self._preview = preview

    async def ReadStock(self, request: pb.ReadStockRequest, context: Context) -> pb.ReadStockResponse:
        skus = wire.codes("skus", list(request.skus), 1)
        places = wire.codes("location_ids", list(request.location_ids), 0)
        table = await self._availability.table(skus, places)
        if request.channel_id and not table.behind:
            usecases.check(table.limits, request.channel_id, (), ())
        return wire.table(table, request.channel_id)

    async def GetChannelStock(self, request: pb.GetChannelStockRequest, context: Context) -> pb.GetChannelStockResponse:
        channel_id = fields.code("channel_id", request.channel_id)
        skus = wire.codes("skus", list(request.skus), 1)
        places = wire.codes("location_ids", list(request.location_ids), 0)
        limits, shelves, at = await self._availability.channel(channel_id, skus, places)
        behind = usecases.reads_books()
        stocks = [wire.channel_stock(limits, shelves, channel_id, sku, places, at, behind=behind) for sku in skus]
        return pb.GetChannelStockResponse(stocks=stocks, as_of_time=fields.timestamp(at))

    async def ExplainAvailability(
        self, request: pb.ExplainAvailabilityRequest, context: Context
    ) -> pb.ExplainAvailabilityResponse:
        channel_id, sku = fields.code("channel_id", request.channel_id), fields.code("sku", request.sku)
        found, at = await self._availability.explain(channel_id, sku)
        return pb.ExplainAvailabilityResponse(explanation=wire.explanation(found), as_of_time=fields.timestamp(at))

    async def PutAvailabilityRules(
        self, request: pb.PutAvailabilityRulesRequest, context: Context
    ) -> pb.PutAvailabilityRulesResponse:
        note = fields.text("note", request.note, 500)
        return await self._rules.put(Request.of("PutAvailabilityRules", request), request.rules, note)

    async def ActivateAvailabilityRules(
        self, request: pb.ActivateAvailabilityRulesRequest, context: Context
    ) -> pb.ActivateAvailabilityRulesResponse:
        return await self._rules.activate(Request.of("ActivateAvailabilityRules", request), _version(request.version))

    async def GetAvailabilityRules(
        self, request: pb.GetAvailabilityRulesRequest, context: Context
    ) -> pb.GetAvailabilityRulesResponse:
        found = await self._rules.get(request.version)
        return pb.GetAvailabilityRulesResponse(rules=wire_rules.version(found))

    async def ListAvailabilityRules(
        self, request: pb.ListAvailabilityRulesRequest, context: Context
    ) -> pb.ListAvailabilityRulesResponse:
        found, more = await self._rules.page(request.page_size, request.page_token)
        shown = [wire_rules.version(one, whole=False) for one in found]
        return pb.ListAvailabilityRulesResponse(rules=shown, next_page_token=more)

    async def PreviewAvailabilityRules(
        self, request: pb.PreviewAvailabilityRulesRequest, context: Context
    ) -> pb.PreviewAvailabilityRulesResponse:
        found, more = await self._preview.run(_version(request.version), request.page_size, request.page_token)
        return pb.PreviewAvailabilityRulesResponse(
            skus=found.skus,
            changed_skus=found.changed_skus,
            changed_channel_figures=found.channels,
            changed_pickup_figures=found.pickups,
            examples=map(wire.example, found.examples),
            next_page_token=more,
            truncated=found.truncated,
        )


def _version(given: int) -> int:
    if given < 1:
        raise invalid("version", "must be at least 1")
    return given
