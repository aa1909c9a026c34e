"""Shopping credit as gRPC: unwrap, one use case, wrap."""

from typing import Any

from kit import fields, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import credit_service_pb2 as pb
from omo.member.v1 import credit_service_pb2_grpc as rpc
from services.member.credit.usecases import Credit
from services.member.value.wire import MOST
from services.member.wallet import reading

_REASON = 200


class CreditServicer(rpc.CreditServiceServicer):
    """Headquarters' hand on members' credit."""

    def __init__(self, db: Database, clock: Clock, credit: Credit) -> None:
        self._db = db
        self._clock = clock
        self._credit = credit

    async def AdjustCredit(self, request: pb.AdjustCreditRequest, context: Any) -> pb.AdjustCreditResponse:
        """Gives or takes, with a reason."""
        member_id = fields.identifier("member_id", request.member_id)
        if not request.amount or abs(request.amount) > MOST:
            raise invalid("amount", f"must not be 0, and at most {MOST} either way")
        reason = fields.text("reason", request.reason, _REASON)
        ends = fields.moment(request.expire_time, "expire_time") if request.HasField("expire_time") else None
        if ends is not None and (request.amount < 0 or ends <= self._clock()):
            raise invalid("expire_time", "must lie ahead, and goes with credit that is given")

        async def work(tx: Tx) -> pb.AdjustCreditResponse:
            meant = await self._credit.adjust(tx, member_id, request.amount, ends, reason, request.request_id)
            return pb.AdjustCreditResponse(wallet=await reading.wallet(tx, meant, self._clock()))

        asked = Request.of("CreditService/AdjustCredit", request)
        return await requests.once(self._db, asked, work, pb.AdjustCreditResponse)
