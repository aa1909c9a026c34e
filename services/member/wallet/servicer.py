"""The wallet as gRPC: unwrap, one use case, wrap."""

from typing import Any

from kit import access, fields
from kit.errors import invalid
from kit.postgres import Database
from omo.member.v1 import points_service_pb2 as pb
from omo.member.v1 import points_service_pb2_grpc as rpc
from services.member.wallet.usecases import Wallet

_MOST = 1_000_000_000


class WalletServicer(rpc.WalletServiceServicer):
    """Hold and release; the order's confirmation commits."""

    def __init__(self, db: Database, wallet: Wallet) -> None:
        self._db = db
        self._wallet = wallet

    async def Hold(self, request: pb.HoldRequest, context: Any) -> pb.HoldResponse:
        """Sets points aside; the hold's own id makes it idempotent, whoever asks again."""
        hold_id = fields.identifier("request_id", request.request_id)
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        if not 1 <= request.points <= _MOST:
            raise invalid("points", f"must be 1 to {_MOST}")
        async with self._db.transaction() as tx:
            held = await self._wallet.hold(tx, hold_id, member_id, request.points)
        return pb.HoldResponse(points=held.points, value=held.value)

    async def Release(self, request: pb.ReleaseRequest, context: Any) -> pb.ReleaseResponse:
        """Gives back what is held."""
        hold_id = fields.identifier("hold_id", request.hold_id)
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        async with self._db.transaction() as tx:
            points = await self._wallet.release(tx, hold_id, member_id, request.reason)
        return pb.ReleaseResponse(points=points)
