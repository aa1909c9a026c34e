"""Member's wallet, vouchers and gift cards as the store door asks them: they say what reached them."""

from typing import Any

from kit import access
from omo.member.v1 import gift_card_service_pb2 as cards
from omo.member.v1 import gift_card_service_pb2_grpc as cards_rpc
from omo.member.v1 import points_service_pb2 as points
from omo.member.v1 import points_service_pb2_grpc as points_rpc
from omo.member.v1 import voucher_service_pb2 as vouchers
from omo.member.v1 import voucher_service_pb2_grpc as vouchers_rpc
from tests.service.storelink.owners import Fulfilment


class Wallet(points_rpc.WalletServiceServicer):
    def __init__(self, others: Fulfilment) -> None:
        self._asked = others.asked

    async def GetWallet(self, request: Any, context: Any) -> points.GetWalletResponse:
        self._asked.append((access.current(), request))
        reply = points.GetWalletResponse()
        reply.wallet.credit_active = 500
        return reply

    async def Hold(self, request: Any, context: Any) -> points.HoldResponse:
        self._asked.append((access.current(), request))
        return points.HoldResponse(points=request.points, value=request.points)

    async def Release(self, request: Any, context: Any) -> points.ReleaseResponse:
        self._asked.append((access.current(), request))
        return points.ReleaseResponse()


class Vouchers(vouchers_rpc.VoucherServiceServicer):
    async def IssueVoucher(self, request: Any, context: Any) -> vouchers.IssueVoucherResponse:
        return vouchers.IssueVoucherResponse(statement=f"{access.current().terminal_id}:{request.amount}")


class Cards(cards_rpc.GiftCardServiceServicer):
    async def FindGiftCard(self, request: Any, context: Any) -> cards.FindGiftCardResponse:
        return cards.FindGiftCardResponse(card=cards.GiftCard(ending=request.code[-4:]))
