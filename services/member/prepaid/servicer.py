"""Prepaid goods as gRPC: unwrap, one use case, wrap."""

from datetime import UTC, datetime, timedelta
from typing import Any

from kit import access, fields, pages, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import prepaid_service_pb2 as pb
from omo.member.v1 import prepaid_service_pb2_grpc as rpc
from services.member.prepaid import store, store_refunds, wire
from services.member.prepaid.usecases import Prepaid
from services.member.value import store as lots
from services.member.value import wire as values
from services.member.value.domain import Kind, Use

_LONGEST = timedelta(days=400)
_FIRST = (datetime(1970, 1, 1, tzinfo=UTC), "00000000-0000-0000-0000-000000000000")


class PrepaidServicer(rpc.PrepaidServiceServicer):
    """Programmes, packs, units."""

    def __init__(self, db: Database, clock: Clock, prepaid: Prepaid, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._prepaid = prepaid
        self._page_key = page_key

    async def PutPrepaidProgram(
        self, request: pb.PutPrepaidProgramRequest, context: Any
    ) -> pb.PutPrepaidProgramResponse:
        """Makes or changes one."""
        given = wire.program(request.program)

        async def work(tx: Tx) -> pb.PutPrepaidProgramResponse:
            return pb.PutPrepaidProgramResponse(program=wire.shown(await self._prepaid.put(tx, given)))

        asked = Request.of("PrepaidService/PutPrepaidProgram", request)
        return await requests.once(self._db, asked, work, pb.PutPrepaidProgramResponse)

    async def ListPrepaidPrograms(
        self, request: pb.ListPrepaidProgramsRequest, context: Any
    ) -> pb.ListPrepaidProgramsResponse:
        """All of them."""
        async with self._db.read() as tx:
            return pb.ListPrepaidProgramsResponse(programs=[wire.shown(one) for one in await store.programs(tx)])

    async def SellPrepaidPack(self, request: pb.SellPrepaidPackRequest, context: Any) -> pb.SellPrepaidPackResponse:
        """A member bought one."""
        program_id = fields.identifier("program_id", request.program_id)
        member_id = fields.identifier("member_id", request.member_id)
        location_id = _place(request.location_id)
        order_id = fields.identifier("order_id", request.order_id) if request.order_id else None

        async def work(tx: Tx) -> pb.SellPrepaidPackResponse:
            sold = await self._prepaid.sell(tx, program_id, member_id, location_id, order_id)
            answer = pb.SellPrepaidPackResponse(pack=wire.pack(sold))
            (lot,) = await lots.of_source(tx, sold.pack_id)
            answer.pack.lot.CopyFrom(values.lot(lot, self._clock()))
            return answer

        asked = Request.of("PrepaidService/SellPrepaidPack", request)
        return await requests.once(self._db, asked, work, pb.SellPrepaidPackResponse)

    async def RedeemPrepaidUnits(
        self, request: pb.RedeemPrepaidUnitsRequest, context: Any
    ) -> pb.RedeemPrepaidUnitsResponse:
        """Over the counter."""
        member_id, lot_id = (
            fields.identifier("member_id", request.member_id),
            fields.identifier("lot_id", request.lot_id),
        )
        location_id = _place(request.location_id)
        if not 1 <= request.units <= values.MOST:
            raise invalid("units", f"must be 1 to {values.MOST}")

        async def work(tx: Tx) -> pb.RedeemPrepaidUnitsResponse:
            held = await lots.look(tx, lot_id)  # its member is locked before it
            upgrade = bool(held and request.sku and request.sku != held.terms.sku)
            worth = held.terms.unit_value if held and upgrade else 0
            sku = request.sku or (held.terms.sku if held else "")
            use = Use(Kind.PREPAID, lot_id, quantity=request.units, sku=sku, unit_value=worth)
            left = await self._prepaid.redeem(tx, member_id, use, location_id)
            return pb.RedeemPrepaidUnitsResponse(lot=values.lot(left, self._clock()), unit_value=worth)

        asked = Request.of("PrepaidService/RedeemPrepaidUnits", request)
        return await requests.once(self._db, asked, work, pb.RedeemPrepaidUnitsResponse)

    async def GiftPrepaidUnits(self, request: pb.GiftPrepaidUnitsRequest, context: Any) -> pb.GiftPrepaidUnitsResponse:
        """To another member."""
        member_id, lot_id = (
            fields.identifier("member_id", request.member_id),
            fields.identifier("lot_id", request.lot_id),
        )
        recipient_id = fields.identifier("recipient_id", request.recipient_id)
        access.require_member(member_id)
        if not 1 <= request.units <= values.MOST:
            raise invalid("units", f"must be 1 to {values.MOST}")

        async def work(tx: Tx) -> pb.GiftPrepaidUnitsResponse:
            left = await self._prepaid.gift(tx, member_id, lot_id, request.units, recipient_id)
            return pb.GiftPrepaidUnitsResponse(lot=values.lot(left, self._clock()))

        asked = Request.of("PrepaidService/GiftPrepaidUnits", request)
        return await requests.once(self._db, asked, work, pb.GiftPrepaidUnitsResponse)

    async def ReportPrepaid(self, request: pb.ReportPrepaidRequest, context: Any) -> pb.ReportPrepaidResponse:
        """Breakage, and what stores owe each other."""
        first, until = fields.moment(request.from_time, "from_time"), fields.moment(request.until_time, "until_time")
        if not first < until <= first + _LONGEST:
            raise invalid("until_time", "must be later than from_time, by at most 400 days")
        async with self._db.read() as tx:
            ended = await store.ended(tx, first, until)
            owed = await store.settlements(tx, first, until)
        settlements = [wire.settlement(dict(row)) for row in owed]
        return pb.ReportPrepaidResponse(breakage=wire.breakage(ended), settlements=settlements)

    async def ListPrepaidRefunds(
        self, request: pb.ListPrepaidRefundsRequest, context: Any
    ) -> pb.ListPrepaidRefundsResponse:
        """What is owed in money, oldest first."""
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._page_key)
        after = (datetime.fromisoformat(cursor["t"]), cursor["i"]) if cursor else _FIRST
        async with self._db.read() as tx:
            rows = await store_refunds.due(tx, after, size)
        token = ""
        if len(rows) == size:
            token = pages.encode({"t": rows[-1]["due_time"].isoformat(), "i": rows[-1]["pack_id"]}, self._page_key)
        return pb.ListPrepaidRefundsResponse(refunds=[wire.refund(dict(row)) for row in rows], next_page_token=token)

    async def SettlePrepaidRefund(
        self, request: pb.SettlePrepaidRefundRequest, context: Any
    ) -> pb.SettlePrepaidRefundResponse:
        """Paid back."""
        pack_id, reference = (
            fields.identifier("pack_id", request.pack_id),
            fields.text("reference", request.reference, 100),
        )

        async def work(tx: Tx) -> pb.SettlePrepaidRefundResponse:
            return pb.SettlePrepaidRefundResponse(amount=await self._prepaid.settle(tx, pack_id, reference))

        asked = Request.of("PrepaidService/SettlePrepaidRefund", request)
        return await requests.once(self._db, asked, work, pb.SettlePrepaidRefundResponse)


def _place(location_id: str) -> str:
    code = fields.code("location_id", location_id)
    access.require_location(code)
    return code
