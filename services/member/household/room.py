"""Several members on one card."""

from typing import Any

from kit.consumer import On
from kit.rpc.server import Server
from omo.member.v1 import household_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2 as events
from services.member.ground import Ground, Room
from services.member.household import store
from services.member.household.domain import Drawing, Earning, Policy
from services.member.household.joining import HouseholdPart
from services.member.household.personal import HOLDING
from services.member.household.pots import Pots
from services.member.household.reactions import HouseholdReactions
from services.member.household.servicer import HouseholdServicer
from services.member.household.usecases import Households


class HouseholdRoom(Room):
    """Who shares a card, and the pot of points that they share; it must stand behind points."""

    checks = store.CHECKS
    holdings = (HOLDING,)

    def __init__(self, g: Ground) -> None:
        self._g = g
        told = g.settings
        self.policy = Policy(told.household_limit, Earning(told.household_earning), Drawing(told.household_drawing))
        self.pots = Pots(g.clock)
        self.parts = (HouseholdPart(self.pots, g.clock),)
        self.households = Households(g.vault, self.pots, self.policy, g.clock)

    def ears(self) -> list[On[Any]]:
        """What members have earned, once points have heard it."""
        heard = HouseholdReactions(self.pots, self.policy)
        return [
            On.many(events.OrderConfirmed, heard.on_orders_confirmed),
            On.many(events.SalesRecorded, heard.on_sales_recorded),
            On.many(events.SaleClaimed, heard.on_sales_claimed),
        ]

    def serve_on(self, server: Server) -> None:
        """Adds the household service."""
        server.add(rpc.add_HouseholdServiceServicer_to_server, HouseholdServicer(self._g, self.households))
