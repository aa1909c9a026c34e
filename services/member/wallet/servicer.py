"""The wallet as gRPC: unwrap, one use case, wrap."""

from datetime import UTC, datetime
from typing import Any

from kit import access, fields, pages
from kit.access import Kind
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database
from omo.member.v1 import points_service_pb2 as pb
from omo.member.v1 import points_service_pb2_grpc as rpc
from services.member.value import domain as value
from services.member.value import store as lots
from services.member.value import wire
from services.member.wallet import domain, reading
from services.member.wallet.domain_batch import Ask
from services.member.wallet.holds import Holds
from services.member.wallet.usecases import Wallet

_LAST = (datetime(9999, 1, 1, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff")


class WalletServicer(rpc.WalletServiceServicer):
    """Hold and release; the order's confirmation commits."""

    def __init__(self, db: Database, clock: Clock, wallet: Wallet, holds: Holds, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._wallet = wallet
        self._holds = holds
        self._page_key = page_key

    async def Hold(self, request: pb.HoldRequest, context: Any) -> pb.HoldResponse:
        """Sets points and more aside; the hold's own id makes it idempotent, whoever asks again."""
        hold_id = fields.identifier("request_id", request.request_id)
        member_id = _member(request.member_id)
        uses = wire.uses(request.spends, domain.MAX_USES)
        if not (0 if uses else 1) <= request.points <= wire.MOST:
            raise invalid("points", f"must be 1 to {wire.MOST}")
        if member_id == domain.NOBODY and (request.points or any(use.kind is not value.Kind.GIFT_CARD for use in uses)):
            raise invalid("member_id", "must be said: only gift cards belong to whoever has them")
        actor = access.current().actor
        whose = (actor.kind.value, actor.id, actor.terminal_id)
        ask = Ask(hold_id, member_id, request.points, uses, _till(), whose)
        held = await self._holds.do(ask)
        return pb.HoldResponse(points=held.points, value=held.value, spends=request.spends)

    async def Release(self, request: pb.ReleaseRequest, context: Any) -> pb.ReleaseResponse:
        """Gives back what is held."""
        hold_id = fields.identifier("hold_id", request.hold_id)
        member_id = _member(request.member_id)
        async with self._db.transaction() as tx:
            points = await self._wallet.release(tx, hold_id, member_id, request.reason, _till())
        return pb.ReleaseResponse(points=points)

    async def GetWallet(self, request: pb.GetWalletRequest, context: Any) -> pb.GetWalletResponse:
        """All that a member can spend."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        async with self._db.read() as tx:
            return pb.GetWalletResponse(wallet=await reading.wallet(tx, member_id, self._clock()))

    async def ListWalletEntries(
        self, request: pb.ListWalletEntriesRequest, context: Any
    ) -> pb.ListWalletEntriesResponse:
        """The statement, newest first."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._page_key)
        after = (datetime.fromisoformat(cursor["t"]), cursor["i"]) if cursor else _LAST
        async with self._db.read() as tx:
            rows = await lots.statement(tx, member_id, after, size)
        token = ""
        if len(rows) == size:
            last = {"t": rows[-1]["business_time"].isoformat(), "i": rows[-1]["transfer_id"]}
            token = pages.encode(last, self._page_key)
        return pb.ListWalletEntriesResponse(entries=[wire.entry(dict(row)) for row in rows], next_page_token=token)


def _member(text: str) -> str:
    if not text:
        return domain.NOBODY
    member_id = fields.identifier("member_id", text)
    access.require_member(member_id)
    return member_id


def _till() -> str:
    """The till that asks, if one does; an order's own steps have none."""
    principal = access.current()
    return (principal.terminal_id or principal.id) if principal.kind is Kind.DEVICE else ""
