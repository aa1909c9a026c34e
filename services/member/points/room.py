"""What a member has earned, and the tier."""

from typing import Any

from kit.consumer import On
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.member.v1 import points_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2 as events
from services.member.ground import Ground, Room
from services.member.points import store, store_lots, store_units
from services.member.points.joining import PointsPart
from services.member.points.reactions import PointsReactions
from services.member.points.servicer import PointsServicer
from services.member.points.usecases import SWEEP, Points
from services.member.wallet.usecases import Wallet


class PointsRoom(Room):
    """The points ledger; what is spent of it is the wallet's to commit, in the same transaction."""

    checks = (*store.CHECKS, *store_lots.CHECKS, *store_units.CHECKS)

    def __init__(self, g: Ground, wallet: Wallet) -> None:
        self._g = g
        self._wallet = wallet
        self.points = Points(g.clock, g.zone)
        self.parts = (PointsPart(g.clock),)

    def ears(self) -> list[On[Any]]:
        """Orders and store sales, from their beginning to what becomes of their units."""
        points = PointsReactions(self.points, self._wallet)
        return [
            On.many(events.OrderConfirmed, points.on_orders_confirmed),
            On.many(events.SalesRecorded, points.on_sales_recorded),
            On.many(events.UnitsHandedOver, points.on_units_handed_over),
            On.many(events.UnitsCancelled, points.on_units_cancelled),
            On.many(events.OrderCancelled, points.on_orders_cancelled),
        ]

    def alarms(self) -> dict[str, InTx | Leased]:
        """Activation and expiry, many at a time."""
        return {SWEEP: InTx.many(self.points.sweep)}

    def serve_on(self, server: Server) -> None:
        """Adds the points service."""
        g = self._g
        servicer = PointsServicer(g.db, g.clock, self.points, g.page_key)
        server.add(rpc.add_PointsServiceServicer_to_server, servicer)
