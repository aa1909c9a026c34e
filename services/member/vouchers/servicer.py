"""Vouchers as gRPC: unwrap, one use case, wrap."""

from dataclasses import asdict
from typing import Any

from kit import access, fields, requests
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import voucher_service_pb2 as pb
from omo.member.v1 import voucher_service_pb2_grpc as rpc
from omo.type.v1 import spend_pb2
from services.member.access.signing import Keyring
from services.member.points import store as points
from services.member.value.domain import Kind
from services.member.value.wire import MOST
from services.member.vouchers import domain
from services.member.vouchers.domain import Limits
from services.member.vouchers.usecases import Vouchers


class VoucherServicer(rpc.VoucherServiceServicer):
    """Only a terminal itself gets one; headquarters say how much."""

    def __init__(self, db: Database, keys: Keyring, issuer: str, vouchers: Vouchers) -> None:
        self._db = db
        self._keys = keys
        self._issuer = issuer
        self._vouchers = vouchers

    async def IssueVoucher(self, request: pb.IssueVoucherRequest, context: Any) -> pb.IssueVoucherResponse:
        """Holds the value; the statement is signed when it is answered, and is kept nowhere."""
        member_id = fields.identifier("member_id", request.member_id)
        if int(request.kind) not in (Kind.POINTS, Kind.CREDIT):
            raise invalid("kind", "must be POINTS or CREDIT")
        kind = Kind(request.kind)
        if not 1 <= request.amount <= MOST:
            raise invalid("amount", f"must be 1 to {MOST}")
        terminal_id = access.current().terminal_id or access.current().id

        async def work(tx: Tx) -> pb.IssueVoucherResponse:
            made = await self._vouchers.issue(tx, member_id, terminal_id, kind, request.amount)
            value = (await points.program(tx)).point_value if kind is Kind.POINTS else 1
            return pb.IssueVoucherResponse(
                voucher=pb.Voucher(
                    voucher_id=made.voucher_id,
                    member_id=made.member_id,
                    terminal_id=made.terminal_id,
                    kind=spend_pb2.SpendKind.ValueType(kind),
                    amount=made.amount,
                    point_value=value,
                    expire_time=fields.timestamp(made.expire_time),
                )
            )

        asked = Request.of("VoucherService/IssueVoucher", request)
        answer = await requests.once(self._db, asked, work, pb.IssueVoucherResponse)
        answer.statement = await self._keys.statement(self._claims(answer.voucher), domain.TYPE)
        return answer

    async def GetVoucherLimits(self, request: pb.GetVoucherLimitsRequest, context: Any) -> pb.GetVoucherLimitsResponse:
        """What is in force."""
        async with self._db.read() as tx:
            return pb.GetVoucherLimitsResponse(limits=_shown(await self._vouchers.limits(tx)))

    async def PutVoucherLimits(self, request: pb.PutVoucherLimitsRequest, context: Any) -> pb.PutVoucherLimitsResponse:
        """The next version."""
        told = request.limits
        given = Limits(0, told.points, told.credit, told.hours, told.grace_hours, told.at_terminal)

        async def work(tx: Tx) -> pb.PutVoucherLimitsResponse:
            return pb.PutVoucherLimitsResponse(limits=_shown(await self._vouchers.put_limits(tx, given)))

        asked = Request.of("VoucherService/PutVoucherLimits", request)
        return await requests.once(self._db, asked, work, pb.PutVoucherLimitsResponse)

    def _claims(self, said: pb.Voucher) -> dict[str, Any]:
        return {
            "iss": self._issuer,
            "sub": said.member_id,
            "jti": said.voucher_id,
            "exp": said.expire_time.seconds,
            "terminal": said.terminal_id,
            "kind": Kind(said.kind).name,
            "amount": said.amount,
            "point_value": said.point_value,
        }


def _shown(given: Limits) -> pb.VoucherLimits:
    return pb.VoucherLimits(**asdict(given))
