"""Points and tiers as gRPC: unwrap, one use case, wrap."""

from datetime import UTC, datetime
from typing import Any

from kit import access, fields, outbox, pages, requests
from kit.errors import invalid
from kit.postgres import Tx
from omo.member.v1 import member_pb2
from omo.member.v1 import points_service_pb2 as pb
from omo.member.v1 import points_service_pb2_grpc as rpc
from services.member.ground import Ground
from services.member.points import domain, reading, store, store_lots, wire
from services.member.points.usecases import Points
from services.member.program import store as program_store
from services.member.program import wire as program_wire

_FIRST = (datetime(1, 1, 1, tzinfo=UTC), "00000000-0000-0000-0000-000000000000")
_LAST = (datetime(9999, 1, 1, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff")
_MOST = 1_000_000_000
_NEWEST = 2**62
_REASON = 200


class PointsServicer(rpc.PointsServiceServicer):
    """What members have earned, and the program by which they do."""

    def __init__(self, g: Ground, points: Points) -> None:
        self._db = g.db
        self._clock = g.clock
        self._zone = g.zone
        self._points = points
        self._page_key = g.page_key

    async def _standing(self, tx: Tx, member_id: str) -> member_pb2.Standing:
        return await reading.standing(tx, member_id, self._clock(), self._zone)

    async def GetStanding(self, request: pb.GetStandingRequest, context: Any) -> pb.GetStandingResponse:
        """Points and tier."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        async with self._db.read() as tx:
            return pb.GetStandingResponse(standing=await self._standing(tx, member_id))

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
            meant = (await store.resolve(tx, [member_id]))[member_id]
            rows = await store.statement(tx, meant, after, size)
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
            return pb.AdjustPointsResponse(standing=await self._standing(tx, member_id))

        return await requests.once(
            self._db, requests.Request.of("AdjustPoints", request), work, pb.AdjustPointsResponse
        )

    async def PutProgram(self, request: pb.PutProgramRequest, context: Any) -> pb.PutProgramResponse:
        """Publishes the program as its next version."""

        async def work(tx: Any) -> pb.PutProgramResponse:
            present = await store.program(tx)
            program = program_wire.asked(request.program, present.version + 1, present)
            await store.put_program(tx, program, access.current().actor)
            await outbox.append(tx, program_wire.program_changed(program, self._clock()))
            return pb.PutProgramResponse(program=program_wire.program(program))

        return await requests.once(self._db, requests.Request.of("PutProgram", request), work, pb.PutProgramResponse)

    async def GetProgram(self, request: pb.GetProgramRequest, context: Any) -> pb.GetProgramResponse:
        """The program in force."""
        async with self._db.read() as tx:
            asked = request.version
            found = await program_store.version(tx, asked) if asked else await store.program(tx)
        if found is None:
            raise domain.ProgramUnknown("the program has no such version", field="version", version=asked)
        return pb.GetProgramResponse(program=program_wire.program(found))

    async def ListProgramVersions(
        self, request: pb.ListProgramVersionsRequest, context: Any
    ) -> pb.ListProgramVersionsResponse:
        """Which versions there were."""
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._page_key)
        async with self._db.read() as tx:
            rows = await program_store.versions(tx, cursor["v"] if cursor else _NEWEST, size)
        token = pages.encode({"v": rows[-1]["version"]}, self._page_key) if len(rows) == size else ""
        return pb.ListProgramVersionsResponse(versions=map(program_wire.version, rows), next_page_token=token)

    async def ListLots(self, request: pb.ListLotsRequest, context: Any) -> pb.ListLotsResponse:
        """Open lots, first what expires first."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._page_key)
        after = (datetime.fromisoformat(cursor["t"]) if cursor["t"] else None, cursor["i"]) if cursor else _FIRST
        async with self._db.read() as tx:
            meant = (await store.resolve(tx, [member_id]))[member_id]
            rows = await store_lots.open_lots(tx, meant, after, size)
        token = ""
        if len(rows) == size:
            ends = rows[-1]["expire_time"]
            token = pages.encode({"t": ends.isoformat() if ends else "", "i": rows[-1]["lot_id"]}, self._page_key)
        return pb.ListLotsResponse(lots=map(wire.lot, rows), next_page_token=token)

    async def ActivateLot(self, request: pb.ActivateLotRequest, context: Any) -> pb.ActivateLotResponse:
        """Makes a pending lot spendable by hand."""
        member_id = fields.identifier("member_id", request.member_id)
        lot_id = fields.identifier("lot_id", request.lot_id)
        reason = fields.text("reason", request.reason, _REASON)

        async def work(tx: Any) -> pb.ActivateLotResponse:
            await reading.require_member(tx, member_id)
            meant = (await store.resolve(tx, [member_id]))[member_id]
            await self._points.activate_lot(tx, meant, lot_id, reason)
            return pb.ActivateLotResponse(standing=await self._standing(tx, member_id))

        return await requests.once(self._db, requests.Request.of("ActivateLot", request), work, pb.ActivateLotResponse)

    async def GetLiability(self, request: pb.GetLiabilityRequest, context: Any) -> pb.GetLiabilityResponse:
        """What is owed in points, by month."""
        async with self._db.read() as tx:
            program = await store.program(tx)
            months, debt = await store_lots.liability(tx, self._zone.key)
        return wire.liability(months, debt, program.point_value, self._clock())

    async def DescribeUnits(self, request: pb.DescribeUnitsRequest, context: Any) -> pb.DescribeUnitsResponse:
        """Member's part of the units' passports."""
        if len(request.units) > domain.MAX_UNITS:
            raise invalid("units", f"must be at most {domain.MAX_UNITS}")
        for index, unit in enumerate(request.units):
            fields.identifier(f"units[{index}].order_id", unit.order_id)
        async with self._db.read() as tx:
            return pb.DescribeUnitsResponse(units=await reading.units(tx, request.units))
