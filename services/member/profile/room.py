"""What a member would like to have, what happened to him, what he is tagged with and asked."""

from typing import Any

from kit.consumer import On
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.attribution.v1 import attribution_events_pb2
from omo.inventory.v1 import catalogue_events_pb2
from omo.member.v1 import points_service_pb2_grpc as rpc
from omo.member.v1 import profile_service_pb2_grpc as profile_rpc
from omo.order.v1 import order_events_pb2 as events
from services.member.ground import Ground, Room
from services.member.profile import personal, store_surveys, store_tags
from services.member.profile.joining import WishesPart
from services.member.profile.joining_tags import TagsPart
from services.member.profile.moments import Moments
from services.member.profile.offline import Offline
from services.member.profile.reactions import TimelineReactions, on_price_lists_changed
from services.member.profile.servicer import ProfileServicer, on_products_changed
from services.member.profile.servicer_surveys import SurveyServicer
from services.member.profile.servicer_tags import TagServicer
from services.member.profile.servicer_timeline import TimelineServicer
from services.member.profile.surveying import EXPIRY as OFFER_EXPIRY
from services.member.profile.surveying import OWED, Surveying
from services.member.profile.tagging import EXPIRY as TAG_EXPIRY
from services.member.profile.tagging import Tagging
from services.member.profile.usecases import Profile
from services.member.profile.vouchers import WalletBenefits


class ProfileRoom(Room):
    """The 360 view of a member."""

    checks = (*store_tags.CHECKS, *store_surveys.CHECKS)
    holdings = (personal.HOLDING,)

    def __init__(self, g: Ground) -> None:
        self._g = g
        self.profile = Profile(g.register, g.clock)
        self.tags = Tagging(g.register, g.clock)
        self.surveys = Surveying(g.vault, g.register, self.tags, g.clock, WalletBenefits())
        self.moments = Moments(g.vault, self.profile, g.clock)
        self.offline = Offline(g.vault, self.profile)
        self.parts = (WishesPart(self.profile), TagsPart(g.register))

    def ears(self) -> list[On[Any]]:
        """Which SKUs exist and what they cost; what is bought, handed over and given back; who serves whom."""
        timeline = TimelineReactions(self._g.vault)
        return [
            On.many(catalogue_events_pb2.ProductChanged, on_products_changed),
            On.many(catalogue_events_pb2.PriceListChanged, on_price_lists_changed),
            On.many(events.OrderConfirmed, timeline.on_orders_confirmed),
            On.many(events.SalesRecorded, timeline.on_sales_recorded),
            On.many(events.SaleClaimed, timeline.on_sales_claimed),
            On.many(events.OrderCancelled, timeline.on_orders_cancelled),
            On.many(events.UnitsCancelled, timeline.on_units_cancelled),
            On.many(events.UnitsHandedOver, timeline.on_units_handed_over),
            On.many(events.UnitsReturned, timeline.on_units_returned),
            On.many(attribution_events_pb2.MemberBound, timeline.on_members_bound),
        ]

    def alarms(self) -> dict[str, InTx | Leased]:
        """Tags and offers that run out; vouchers that are owed."""
        return {
            TAG_EXPIRY: InTx.many(self.tags.expire),
            OFFER_EXPIRY: InTx(self.surveys.expire),
            OWED: InTx(self.surveys.pay),
        }

    def serve_on(self, server: Server) -> None:
        """Adds wishes, timelines, tags and surveys."""
        g = self._g
        server.add(rpc.add_ProfileServiceServicer_to_server, ProfileServicer(g.db, g.vault, self.profile))
        server.add(profile_rpc.add_TimelineServiceServicer_to_server, TimelineServicer(g, self.moments))
        server.add(profile_rpc.add_TagServiceServicer_to_server, TagServicer(g, self.tags))
        server.add(profile_rpc.add_SurveyServiceServicer_to_server, SurveyServicer(g, self.surveys))

    async def start(self) -> None:
        """Seals what was noted before notes were sealed."""
        await self.profile.seal_clear(self._g.db)
