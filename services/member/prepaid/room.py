"""Prepaid goods, put together."""

from typing import Any

from kit.consumer import On
from kit.rpc.server import Server
from omo.member.v1 import prepaid_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2 as events
from services.member.ground import Ground, Room
from services.member.prepaid import store, store_lines, store_refunds
from services.member.prepaid.reactions import PrepaidReactions
from services.member.prepaid.selling import Selling
from services.member.prepaid.servicer import PrepaidServicer
from services.member.prepaid.usecases import Prepaid
from services.member.value.domain import Kind
from services.member.value.usecases import Endings


class PrepaidRoom(Room):
    """Packs; the wallet holds and spends their units, and the ledger's sweep ends them by their own rule."""

    checks = (*store.CHECKS, *store_refunds.CHECKS, *store_lines.CHECKS)

    def __init__(self, g: Ground, endings: Endings) -> None:
        self._g = g
        self.prepaid = Prepaid(g.clock)
        endings.by(Kind.PREPAID, self.prepaid.end)

    def ears(self) -> list[On[Any]]:
        """Orders and store sales, as far as their lines sell packs; of ends after the wallet, which notes them."""
        heard = PrepaidReactions(Selling(self.prepaid))
        return [
            On.many(events.OrderConfirmed, heard.on_orders_confirmed),
            On.many(events.SalesRecorded, heard.on_sales_recorded),
            On.many(events.SaleClaimed, heard.on_sales_claimed),
            On.many(events.OrderCancelled, heard.on_orders_cancelled),
            On.many(events.UnitsCancelled, heard.on_units_cancelled),
            On.many(events.UnitsReturned, heard.on_units_returned),
        ]

    def serve_on(self, server: Server) -> None:
        """Adds the prepaid service."""
        g = self._g
        server.add(rpc.add_PrepaidServiceServicer_to_server, PrepaidServicer(g.db, g.clock, self.prepaid, g.page_key))
