"""Stock as gRPC."""

from typing import Any

import grpc

from kit import access
from kit.clock import Clock
from kit.errors import invalid
from kit.requests import REPLAYED, Request
from kit.rpc import trailers
from omo.inventory.v1 import stock_service_pb2 as pb
from omo.inventory.v1 import stock_service_pb2_grpc as rpc
from services.inventory import wire as fields
from services.inventory.availability import usecases as reading
from services.inventory.availability import wire as sights
from services.inventory.availability.levels import Availability
from services.inventory.availability.usecases import Availability as Reading
from services.inventory.stock import wire, wire_facts, wire_out
from services.inventory.stock.facts import Facts
from services.inventory.stock.holds import Holds
from services.inventory.stock.journal import Journal

Context = grpc.aio.ServicerContext[Any, Any]


class StockServicer(rpc.StockServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(
        self,
        holds: Holds,
        availability: Availability,
        shown: Reading,
        journal: Journal,
        clock: Clock,
        default_ttl: int,
    ) -> None:
        self._holds = holds
        self._reading = shown
        self._availability = availability
        self._journal = journal
        self._clock = clock
        self._default_ttl = default_ttl

    async def Hold(self, request: pb.HoldRequest, context: Context) -> pb.HoldResponse:
        held = await self._holds.do(wire.ask(request, self._default_ttl))
        if held.again:
            trailers.add(REPLAYED, "true")
        return pb.HoldResponse(hold=wire_out.hold(held, self._clock()))

    async def ExtendHold(self, request: pb.ExtendHoldRequest, context: Context) -> pb.ExtendHoldResponse:
        held = await self._holds.do(wire.extend(request, self._default_ttl))
        return pb.ExtendHoldResponse(hold=wire_out.hold(held, self._clock()))

    async def Release(self, request: pb.ReleaseRequest, context: Context) -> pb.ReleaseResponse:
        held = await self._holds.do(wire.release(request))
        return pb.ReleaseResponse(hold=wire_out.hold(held, self._clock()))

    async def GetHold(self, request: pb.GetHoldRequest, context: Context) -> pb.GetHoldResponse:
        held = await self._holds.get(fields.key("hold_id", request.hold_id), wire.reach())
        return pb.GetHoldResponse(hold=wire_out.hold(held, self._clock()))

    async def GetAvailability(self, request: pb.GetAvailabilityRequest, context: Context) -> pb.GetAvailabilityResponse:
        skus = list(dict.fromkeys(request.skus))
        location_ids = list(dict.fromkeys(request.location_ids))
        if not 1 <= len(skus) <= 100:
            raise invalid("skus", "must be 1 to 100")
        if len(location_ids) > 100:
            raise invalid("location_ids", "must be at most 100")
        if not reading.reads_books():
            skus, places = sights.codes("skus", skus, 1), sights.codes("location_ids", location_ids, 0)
            table = await self._reading.table(skus, places)
            if request.channel_id:
                reading.check(table.limits, request.channel_id, (), ())
            return pb.GetAvailabilityResponse(
                levels=sights.levels(table, request.channel_id), as_of_time=fields.timestamp(table.at)
            )
        found, incoming, now = await self._availability.get(skus, location_ids)
        return wire_out.availability(found, incoming, now)

    async def PostMovements(self, request: pb.PostMovementsRequest, context: Context) -> pb.PostMovementsResponse:
        given = wire.movements(request, self._clock())
        return await self._journal.post(Request.of("PostMovements", request), given)

    async def ListMovements(self, request: pb.ListMovementsRequest, context: Context) -> pb.ListMovementsResponse:
        sku = fields.code("sku", request.sku)
        location_id = wire.scope(request.location_id)
        found, more = await self._journal.page(sku, location_id, request.page_size, request.page_token)
        return pb.ListMovementsResponse(movements=map(wire_out.movement, found), next_page_token=more)

    async def ListShortfalls(self, request: pb.ListShortfallsRequest, context: Context) -> pb.ListShortfallsResponse:
        location_id = wire.scope(request.location_id)
        found, more = await self._journal.shortfalls(location_id, request.page_size, request.page_token)
        return pb.ListShortfallsResponse(shortfalls=map(wire_out.shortfall, found), next_page_token=more)

    async def DescribeUnits(self, request: pb.DescribeUnitsRequest, context: Context) -> pb.DescribeUnitsResponse:
        units = [(one.order_id, one.line_no, one.first, one.last) for one in request.units]
        moved, waiting = await self._journal.describe(units)
        described = [pb.UnitStock(unit=one) for one in request.units]
        for number, movement in moved:
            described[number].movements.append(wire_out.movement(movement))
        for number, location_id in waiting.items():
            described[number].allocated_location_id = location_id
        return pb.DescribeUnitsResponse(units=described)


class StockFactServicer(rpc.StockFactServiceServicer):
    """The lane STOCK."""

    def __init__(self, facts: Facts, clock: Clock) -> None:
        self._facts = facts
        self._clock = clock

    async def RecordStock(self, request: pb.RecordStockRequest, context: Context) -> pb.RecordStockResponse:
        access.require_terminal(request.terminal_id)
        access.require_location(request.location_id)
        payloads, entries, wrong = wire_facts.frame(request, self._clock())
        first = request.frame.first_sequence
        accepted = await self._facts.take(request.terminal_id, first, payloads, entries, wrong)
        return pb.RecordStockResponse(answer=wire_facts.answer(accepted, first))
