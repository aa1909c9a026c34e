"""What a member has earned, and the tier."""

from typing import Any

from kit.consumer import On
from kit.postgres import Tx
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.inventory.v1 import catalogue_events_pb2
from omo.member.v1 import points_service_pb2_grpc as rpc
from omo.member.v1 import tier_service_pb2_grpc as tier_rpc
from omo.order.v1 import order_events_pb2 as events
from services.member.ground import Ground, Room
from services.member.points import store, store_lots, store_returns, store_units
from services.member.points.joining import PointsPart
from services.member.points.personal import PointsHolding
from services.member.points.reactions import PointsReactions
from services.member.points.servicer import PointsServicer
from services.member.points.usecases import SWEEP, Points
from services.member.program import store as program_store
from services.member.program import wire as program_wire
from services.member.program.domain import Goods
from services.member.tiers import store as tiers_store
from services.member.tiers.deciding import TIERS_DUE
from services.member.tiers.servicer import TierServicer
from services.member.tiers.usecases import Tiers
from services.member.wallet.usecases import Wallet


class PointsRoom(Room):
    """The points ledger; what is spent of it is the wallet's to commit, in the same transaction."""

    checks = (*store.CHECKS, *store_lots.CHECKS, *store_units.CHECKS, *store_returns.CHECKS, *tiers_store.CHECKS)

    def __init__(self, g: Ground, wallet: Wallet) -> None:
        self._g = g
        self._wallet = wallet
        self.points = Points(g.clock, g.zone)
        self.tiers = Tiers(g.clock, g.zone)
        self.parts = (PointsPart(g.clock, g.zone),)
        self.holdings = (PointsHolding(),)

    def ears(self) -> list[On[Any]]:
        """Orders and store sales, from their beginning to what becomes of their units."""
        points = PointsReactions(self.points, self._wallet)
        return [
            On.many(events.OrderConfirmed, points.on_orders_confirmed),
            On.many(events.SalesRecorded, points.on_sales_recorded),
            On.many(events.SaleClaimed, points.on_sales_claimed),
            On.many(events.UnitsHandedOver, points.on_units_handed_over),
            On.many(events.UnitsCancelled, points.on_units_cancelled),
            On.many(events.UnitsReturned, points.on_units_returned),
            On.many(events.OrderCancelled, points.on_orders_cancelled),
            On.many(catalogue_events_pb2.ProductChanged, on_products_sorted),
        ]

    def alarms(self) -> dict[str, InTx | Leased]:
        """Activation and expiry; tiers that end, begin or end soon. Many at a time."""
        return {SWEEP: InTx.many(self.points.sweep), TIERS_DUE: InTx.many(self.tiers.sweep)}

    def serve_on(self, server: Server) -> None:
        """Adds the points and the tier service."""
        g = self._g
        servicer = PointsServicer(g, self.points)
        server.add(rpc.add_PointsServiceServicer_to_server, servicer)
        server.add(tier_rpc.add_TierServiceServicer_to_server, TierServicer(g, self.tiers))


async def on_products_sorted(tx: Tx, heard: list[catalogue_events_pb2.ProductChanged]) -> None:
    """Keeps how goods are sorted; of several news of one good the newest."""
    newest: dict[str, tuple[str, Goods, int]] = {}
    for sku, goods, version in (row for event in heard for row in program_wire.goods(event)):
        if sku not in newest or newest[sku][2] < version:
            newest[sku] = (sku, goods, version)
    await program_store.put_goods(tx, list(newest.values()))
