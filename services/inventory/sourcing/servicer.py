"""Sourcing as gRPC: unwrap, one use case, wrap."""

from collections.abc import Iterable
from typing import Any

import grpc

from kit import fields as times
from kit.errors import invalid
from kit.requests import Request
from omo.inventory.v1 import sourcing_service_pb2 as pb
from omo.inventory.v1 import sourcing_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.sourcing import wire
from services.inventory.sourcing.domain_simulation import Prices
from services.inventory.sourcing.usecases_pickups import Pickups
from services.inventory.sourcing.usecases_reads import Reads
from services.inventory.sourcing.usecases_rejections import Rejections
from services.inventory.sourcing.usecases_rules import RuleSets
from services.inventory.sourcing.usecases_send import Sendings
from services.inventory.sourcing.usecases_waits import Waits

Context = grpc.aio.ServicerContext[Any, Any]
_DEAREST = 10**9
_MOST_LINES = 1_000


class SourcingServicer(rpc.SourcingServiceServicer):
    """Rules for headquarters, reasons for everybody behind the counter."""

    def __init__(
        self, rules: RuleSets, reads: Reads, rejections: Rejections, waits: Waits, pickups: Pickups, sendings: Sendings
    ) -> None:
        self._pickups = pickups
        self._sendings = sendings
        self._rules = rules
        self._reads = reads
        self._rejections = rejections
        self._waits = waits

    async def PutRuleSet(self, request: pb.PutRuleSetRequest, context: Context) -> pb.PutRuleSetResponse:
        given = request.rule_set
        return await self._rules.put(
            Request.of("PutRuleSet", request),
            fields.code("rule_set.rule_set_id", given.rule_set_id),
            [fields.code(f"rule_set.channel_ids[{n}]", one) for n, one in enumerate(given.channel_ids)],
            wire.document(given),
        )

    async def ActivateRuleSet(self, request: pb.ActivateRuleSetRequest, context: Context) -> pb.ActivateRuleSetResponse:
        rule_set_id = fields.code("rule_set_id", request.rule_set_id)
        asked = Request.of("ActivateRuleSet", request)
        return await self._rules.activate(asked, rule_set_id, _version(request.version))

    async def RetireRuleSet(self, request: pb.RetireRuleSetRequest, context: Context) -> pb.RetireRuleSetResponse:
        rule_set_id = fields.code("rule_set_id", request.rule_set_id)
        return await self._rules.retire(Request.of("RetireRuleSet", request), rule_set_id)

    async def GetRuleSet(self, request: pb.GetRuleSetRequest, context: Context) -> pb.GetRuleSetResponse:
        return await self._rules.get(fields.code("rule_set_id", request.rule_set_id), _version(request.version))

    async def ListRuleSets(self, request: pb.ListRuleSetsRequest, context: Context) -> pb.ListRuleSetsResponse:
        return await self._rules.page(request.page_size, request.page_token)

    async def SimulateRuleSet(self, request: pb.SimulateRuleSetRequest, context: Context) -> pb.SimulateRuleSetResponse:
        start = times.moment(request.start_time, "start_time") if request.HasField("start_time") else None
        prices = Prices(
            fields.between("shipment_cost", request.shipment_cost, 0, _DEAREST),
            fields.between("km_cost", request.km_cost, 0, _DEAREST),
        )
        most = fields.between("orders", request.orders or 100, 1, 200)
        rule_set_id = fields.code("rule_set_id", request.rule_set_id)
        return wire.comparison(await self._rules.simulate(rule_set_id, _version(request.version), start, most, prices))

    async def GetSourcing(self, request: pb.GetSourcingRequest, context: Context) -> pb.GetSourcingResponse:
        return await self._reads.get(fields.key("order_id", request.order_id))

    async def ExplainSourcing(self, request: pb.ExplainSourcingRequest, context: Context) -> pb.ExplainSourcingResponse:
        return await self._reads.explain(fields.key("order_id", request.order_id))

    async def ListUnplaced(self, request: pb.ListUnplacedRequest, context: Context) -> pb.ListUnplacedResponse:
        queue = fields.text("queue", request.queue, 64)
        return await self._reads.unplaced(queue, request.page_size, request.page_token)

    async def RunQueue(self, request: pb.RunQueueRequest, context: Context) -> pb.RunQueueResponse:
        queue = fields.text("queue", request.queue, 64, empty=False)
        return await self._waits.run_queue(Request.of("RunQueue", request), queue)

    async def RejectAssignment(
        self, request: pb.RejectAssignmentRequest, context: Context
    ) -> pb.RejectAssignmentResponse:
        return await self._rejections.reject(
            Request.of("RejectAssignment", request),
            fields.key("order_id", request.order_id),
            fields.code("location_id", request.location_id),
            _lines(request.line_nos),
            fields.code("reason", request.reason),
        )

    async def ListPickupPlaces(
        self, request: pb.ListPickupPlacesRequest, context: Context
    ) -> pb.ListPickupPlacesResponse:
        order_id, location_id = (
            fields.key("order_id", request.order_id),
            fields.code("location_id", request.location_id),
        )
        return await self._pickups.places(order_id, location_id, _lines(request.line_nos))

    async def MovePickup(self, request: pb.MovePickupRequest, context: Context) -> pb.MovePickupResponse:
        target = fields.code("to_location_id", request.to_location_id) if request.to_location_id else ""
        return await self._pickups.move(
            Request.of("MovePickup", request),
            fields.key("order_id", request.order_id),
            fields.code("from_location_id", request.from_location_id),
            _lines(request.line_nos),
            target,
        )

    async def SendToStore(self, request: pb.SendToStoreRequest, context: Context) -> pb.SendToStoreResponse:
        units: dict[int, int] = {}
        for one in request.lines[:_MOST_LINES]:
            units[one.line_no] = units.get(one.line_no, 0) + one.quantity
        if not units or any(many <= 0 for many in units.values()):
            raise invalid("lines", "must name units")
        return await self._sendings.send(
            Request.of("SendToStore", request),
            fields.key("order_id", request.order_id),
            fields.code("location_id", request.location_id),
            units,
            fields.code("reason", request.reason),
        )

    async def PauseLocation(self, request: pb.PauseLocationRequest, context: Context) -> pb.PauseLocationResponse:
        return await self._rejections.pause(
            Request.of("PauseLocation", request),
            fields.code("location_id", request.location_id),
            request.paused,
            times.moment(request.until_time, "until_time") if request.HasField("until_time") else None,
            fields.text("reason", request.reason, 200),
        )


def _version(given: int) -> int:
    if given < 0:
        raise invalid("version", "must not be negative")
    return given


def _lines(given: Iterable[int]) -> list[int]:
    return [fields.between(f"line_nos[{n}]", one, 1, 1_000) for n, one in enumerate(given)]
