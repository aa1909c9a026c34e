"""What a till asks about what members can spend; it asks as the terminal, whoever is signed in."""

from typing import Any

from gateway.storelink.callers import Callers, asking
from gateway.storelink.counter import Counter
from omo.member.v1 import gift_card_service_pb2 as cards
from omo.member.v1 import gift_card_service_pb2_grpc as cards_rpc
from omo.member.v1 import points_service_pb2 as points
from omo.member.v1 import points_service_pb2_grpc as points_rpc
from omo.member.v1 import voucher_service_pb2 as vouchers
from omo.member.v1 import voucher_service_pb2_grpc as vouchers_rpc
from omo.storelink.v1 import till_service_pb2 as pb


class Purse(Counter):
    """Hold, release, and what is there to be held."""

    def __init__(self, callers: Callers, member: Any, order_: Any, inventory: Any, attribution: Any) -> None:
        super().__init__(callers, member, order_, inventory, attribution)
        self._wallet = points_rpc.WalletServiceStub(member)
        self._vouchers = vouchers_rpc.VoucherServiceStub(member)
        self._cards = cards_rpc.GiftCardServiceStub(member)

    async def GetWallet(self, request: pb.GetWalletRequest, _context: Any) -> pb.GetWalletResponse:
        """All in one."""
        with asking(None):
            found = await self._wallet.GetWallet(points.GetWalletRequest(member_id=request.member_id))
        return pb.GetWalletResponse(wallet=found.wallet)

    async def HoldValue(self, request: pb.HoldValueRequest, _context: Any) -> pb.HoldValueResponse:
        """Named by the sale, so that asking again holds nothing twice."""
        asked = points.HoldRequest(
            request_id=request.sale_id, member_id=request.member_id, points=request.points, spends=request.spends
        )
        with asking(None):
            held = await self._wallet.Hold(asked)
        return pb.HoldValueResponse(points=held.points, value=held.value)

    async def ReleaseValue(self, request: pb.ReleaseValueRequest, _context: Any) -> pb.ReleaseValueResponse:
        """Gives it back."""
        asked = points.ReleaseRequest(
            request_id=f"{request.sale_id}:release",
            hold_id=request.sale_id,
            member_id=request.member_id,
            reason="TILL",
        )
        with asking(None):
            await self._wallet.Release(asked)
        return pb.ReleaseValueResponse()

    async def IssueVoucher(self, request: pb.IssueVoucherRequest, _context: Any) -> pb.IssueVoucherResponse:
        """For this terminal."""
        asked = vouchers.IssueVoucherRequest(
            request_id=request.request_id, member_id=request.member_id, kind=request.kind, amount=request.amount
        )
        with asking(None):
            issued = await self._vouchers.IssueVoucher(asked)
        return pb.IssueVoucherResponse(voucher=issued.voucher, statement=issued.statement)

    async def FindGiftCard(self, request: pb.FindGiftCardRequest, _context: Any) -> pb.FindGiftCardResponse:
        """What is left on it."""
        with asking(None):
            found = await self._cards.FindGiftCard(cards.FindGiftCardRequest(code=request.code))
        return pb.FindGiftCardResponse(card=found.card)
