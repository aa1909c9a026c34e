"""Vouchers as gRPC: unwrap, one use case, wrap."""

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
from services.member.vouchers import domain
from services.member.vouchers.usecases import Vouchers


class VoucherServicer(rpc.VoucherServiceServicer):
    """Only a terminal itself gets one."""

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
        if not 1 <= request.amount <= domain.MOST[kind]:
            most = domain.MOST[kind]
            raise domain.VoucherLimit(f"a voucher holds 1 to {most}", field="amount", most=most)
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
