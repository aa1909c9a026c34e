"""Vouchers, put together."""

from typing import Any

from kit.consumer import On
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.member.v1 import voucher_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2 as events
from services.member.ground import Ground, Room
from services.member.vouchers import store
from services.member.vouchers.joining import PART
from services.member.vouchers.personal import HOLDING
from services.member.vouchers.reactions import VoucherReactions
from services.member.vouchers.servicer import VoucherServicer
from services.member.vouchers.usecases import ENDS, Vouchers
from services.member.wallet.usecases import Wallet


class VoucherRoom(Room):
    """It hears of sales before the wallet and the points do."""

    checks = store.CHECKS
    parts = (PART,)
    holdings = (HOLDING,)

    def __init__(self, g: Ground, wallet: Wallet) -> None:
        self._g = g
        self.vouchers = Vouchers(g.clock, wallet)

    def ears(self) -> list[On[Any]]:
        """Store sales."""
        return [On.many(events.SalesRecorded, VoucherReactions(self.vouchers).on_sales_recorded)]

    def alarms(self) -> dict[str, InTx | Leased]:
        """Their end."""
        return {ENDS: InTx(self.vouchers.end)}

    def serve_on(self, server: Server) -> None:
        """Adds the voucher service."""
        g = self._g
        servicer = VoucherServicer(g.db, g.keys, g.settings.issuer, self.vouchers)
        server.add(rpc.add_VoucherServiceServicer_to_server, servicer)
