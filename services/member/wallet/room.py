"""What a member can spend, held and committed by one contract."""

from typing import Any

from kit.consumer import On
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.member.v1 import points_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2 as events
from services.member.ground import Ground, Room
from services.member.wallet import store, store_parts
from services.member.wallet.holds import Holds
from services.member.wallet.reactions import WalletReactions
from services.member.wallet.servicer import WalletServicer
from services.member.wallet.usecases import TILL_HOLD, Wallet


class WalletRoom(Room):
    """Holds for orders."""

    checks = (*store.CHECKS, *store_parts.CHECKS)

    def __init__(self, g: Ground) -> None:
        self._g = g
        self.wallet = Wallet(g.clock, g.zone)
        self.holds = Holds(g.db, g.clock)

    def ears(self) -> list[On[Any]]:
        """Orders and store sales, as far as they spend."""
        heard = WalletReactions()
        return [
            On.many(events.OrderConfirmed, heard.on_orders_confirmed),
            On.many(events.SalesRecorded, heard.on_sales_recorded),
            On.many(events.OrderCancelled, heard.on_orders_cancelled),
            On.many(events.UnitsCancelled, heard.on_units_cancelled),
            On.many(events.UnitsReturned, heard.on_units_returned),
        ]

    def alarms(self) -> dict[str, InTx | Leased]:
        """Tills that held and never sold."""
        return {TILL_HOLD: InTx(self.wallet.let_go)}

    def serve_on(self, server: Server) -> None:
        """Adds the wallet service."""
        g = self._g
        servicer = WalletServicer(g.db, g.clock, self.wallet, self.holds, g.page_key)
        server.add(rpc.add_WalletServiceServicer_to_server, servicer)

    async def stop(self) -> None:
        """Ends what is in hand."""
        await self.holds.drain()
