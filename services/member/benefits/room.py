"""Benefits, put together."""

from typing import Any

from kit.consumer import On
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.member.v1 import benefit_service_pb2_grpc as rpc
from omo.member.v1 import member_events_pb2 as members
from omo.order.v1 import order_events_pb2 as events
from services.member.benefits import store
from services.member.benefits.joining import PART
from services.member.benefits.personal import BenefitHolding
from services.member.benefits.reactions import BenefitReactions
from services.member.benefits.servicer import BenefitServicer
from services.member.benefits.usecases import BIRTHDAYS, Benefits
from services.member.ground import Ground, Room


class BenefitRoom(Room):
    """Occasions and grants; the wallet holds and spends."""

    checks = store.CHECKS
    parts = (PART,)

    def __init__(self, g: Ground) -> None:
        self._g = g
        self.benefits = Benefits(g.vault, g.clock, g.zone)
        self.holdings = (BenefitHolding(g.vault),)

    def ears(self) -> list[On[Any]]:
        """Orders, store sales, and what member says itself of tiers and of who came."""
        heard = BenefitReactions(self.benefits)
        return [
            On.many(events.OrderConfirmed, heard.on_orders_confirmed),
            On.many(events.SalesRecorded, heard.on_sales_recorded),
            On.many(events.SaleClaimed, heard.on_sales_claimed),
            On.many(events.OrderCancelled, heard.on_orders_cancelled),
            On.many(events.UnitsCancelled, heard.on_units_cancelled),
            On.many(events.UnitsReturned, heard.on_units_returned),
            On(members.MemberClaimed, heard.on_member_claimed),
            On(members.MemberStandingChanged, heard.on_standing_changed),
        ]

    def alarms(self) -> dict[str, InTx | Leased]:
        """Birthdays, day by day."""
        return {BIRTHDAYS: InTx(self.benefits.celebrate)}

    def serve_on(self, server: Server) -> None:
        """Adds the benefit service."""
        g = self._g
        server.add(rpc.add_BenefitServiceServicer_to_server, BenefitServicer(g.db, g.clock, self.benefits))
