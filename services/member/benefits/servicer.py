"""Benefits as gRPC: unwrap, one use case, wrap."""

from typing import Any

from kit import access, fields, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import benefit_service_pb2 as pb
from omo.member.v1 import benefit_service_pb2_grpc as rpc
from services.member.benefits import domain, store, wire
from services.member.benefits.usecases import Benefits
from services.member.value import wire as values


class BenefitServicer(rpc.BenefitServiceServicer):
    """Programmes, and what is given by hand."""

    def __init__(self, db: Database, clock: Clock, benefits: Benefits) -> None:
        self._db = db
        self._clock = clock
        self._benefits = benefits

    async def PutBenefitProgram(
        self, request: pb.PutBenefitProgramRequest, context: Any
    ) -> pb.PutBenefitProgramResponse:
        """Makes or changes one."""
        given = wire.program(request.program)

        async def work(tx: Tx) -> pb.PutBenefitProgramResponse:
            return pb.PutBenefitProgramResponse(program=wire.shown(await self._benefits.put(tx, given)))

        asked = Request.of("BenefitService/PutBenefitProgram", request)
        return await requests.once(self._db, asked, work, pb.PutBenefitProgramResponse)

    async def ListBenefitPrograms(
        self, request: pb.ListBenefitProgramsRequest, context: Any
    ) -> pb.ListBenefitProgramsResponse:
        """All of them."""
        async with self._db.read() as tx:
            return pb.ListBenefitProgramsResponse(programs=[wire.shown(one) for one in await store.programs(tx)])

    async def GrantBenefit(self, request: pb.GrantBenefitRequest, context: Any) -> pb.GrantBenefitResponse:
        """By hand."""
        program_id = fields.identifier("program_id", request.program_id)
        member_id = fields.identifier("member_id", request.member_id)
        key = fields.text("occasion_key", request.occasion_key, 100)

        async def work(tx: Tx) -> pb.GrantBenefitResponse:
            lot = await self._benefits.by_hand(tx, program_id, member_id, key)
            return pb.GrantBenefitResponse(benefit=values.lot(lot, self._clock()))

        asked = Request.of("BenefitService/GrantBenefit", request)
        return await requests.once(self._db, asked, work, pb.GrantBenefitResponse)

    async def PutBirthday(self, request: pb.PutBirthdayRequest, context: Any) -> pb.PutBirthdayResponse:
        """A member tells it."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        if not domain.is_day(request.month, request.day):
            raise invalid("day", "must be a day of that month")

        async def work(tx: Tx) -> pb.PutBirthdayResponse:
            await self._benefits.put_birthday(tx, member_id, request.month, request.day)
            return pb.PutBirthdayResponse()

        asked = Request.of("BenefitService/PutBirthday", request)
        return await requests.once(self._db, asked, work, pb.PutBirthdayResponse)
