"""Points and tiers as gRPC: unwrap, one use case, wrap."""

from datetime import UTC, datetime
from typing import Any

from kit import access, fields, outbox, pages, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database
from omo.member.v1 import points_service_pb2 as pb
from omo.member.v1 import points_service_pb2_grpc as rpc
from services.member.points import domain, reading, store, wire
from services.member.points.usecases import Points

_LAST = (datetime(9999, 1, 1, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff")
_MOST = 1_000_000_000
_REASON = 200


class PointsServicer(rpc.PointsServiceServicer):
    """What members have earned, and the program by which they do."""

    def __init__(self, db: Database, clock: Clock, points: Points, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._points = points
        self._page_key = page_key

    async def GetStanding(self, request: pb.GetStandingRequest, context: Any) -> pb.GetStandingResponse:
        """Points and tier."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        async with self._db.read() as tx:
            return pb.GetStandingResponse(standing=await reading.standing(tx, member_id))

    async def ListPointsEntries(
        self,
        request: pb.ListPointsEntriesRequest,
        context: Any,
    ) -> pb.ListPointsEntriesResponse:
        """The statement, newest first."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._page_key)
        after = (datetime.fromisoformat(cursor["t"]), cursor["i"]) if cursor else _LAST
        async with self._db.read() as tx:
            rows = await store.statement(tx, member_id, after, size)
        token = ""
        if len(rows) == size:
            last = {"t": rows[-1]["business_time"].isoformat(), "i": rows[-1]["transfer_id"]}
            token = pages.encode(last, self._page_key)
        return pb.ListPointsEntriesResponse(entries=[wire.entry(dict(row)) for row in rows], next_page_token=token)

    async def AdjustPoints(self, request: pb.AdjustPointsRequest, context: Any) -> pb.AdjustPointsResponse:
        """Gives or takes points by hand."""
        member_id = fields.identifier("member_id", request.member_id)
        if not request.points or abs(request.points) > _MOST:
            raise invalid("points", f"must not be 0, and at most {_MOST} either way")
        reason = fields.text("reason", request.reason, _REASON)

        async def work(tx: Any) -> pb.AdjustPointsResponse:
            await reading.require_member(tx, member_id)
            await self._points.adjust(tx, member_id, request.points, reason, request.request_id)
            return pb.AdjustPointsResponse(standing=await reading.standing(tx, member_id))

        return await requests.once(
            self._db, requests.Request.of("AdjustPoints", request), work, pb.AdjustPointsResponse
        )

    async def PutProgram(self, request: pb.PutProgramRequest, context: Any) -> pb.PutProgramResponse:
        """Publishes the program as its next version."""

        async def work(tx: Any) -> pb.PutProgramResponse:
            present = await store.program(tx)
            program = wire.asked_program(request.program, present.version + 1)
            await store.put_program(tx, program, access.current().actor)
            await outbox.append(tx, wire.program_changed(program, self._clock()))
            return pb.PutProgramResponse(program=wire.program(program))

        return await requests.once(self._db, requests.Request.of("PutProgram", request), work, pb.PutProgramResponse)

    async def GetProgram(self, request: pb.GetProgramRequest, context: Any) -> pb.GetProgramResponse:
        """The program in force."""
        async with self._db.read() as tx:
            return pb.GetProgramResponse(program=wire.program(await store.program(tx)))

    async def DescribeUnits(self, request: pb.DescribeUnitsRequest, context: Any) -> pb.DescribeUnitsResponse:
        """Member's part of the units' passports."""
        if len(request.units) > domain.MAX_UNITS:
            raise invalid("units", f"must be at most {domain.MAX_UNITS}")
        for index, unit in enumerate(request.units):
            fields.identifier(f"units[{index}].order_id", unit.order_id)
        async with self._db.read() as tx:
            return pb.DescribeUnitsResponse(units=await reading.units(tx, request.units))
