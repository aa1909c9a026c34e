"""How the brand speaks to its members: whom, when, with what words, and what came of it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from kit import access
from kit.consumer import On
from kit.postgres import Tx
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.inventory.v1.catalogue_events_pb2 import LocationChanged
from omo.member.v1 import campaigns_service_pb2_grpc as campaigns_rpc
from omo.member.v1 import messages_service_pb2_grpc as messages_rpc
from omo.member.v1 import referrals_service_pb2_grpc as referrals_rpc
from omo.member.v1 import segments_service_pb2_grpc as segments_rpc
from services.member.campaigns.entering import Entering
from services.member.campaigns.goals import REWARD, Give, Goals
from services.member.campaigns.links import PickupLinks
from services.member.campaigns.occasions import DAILY, DAY, FAN, PICKUP, Occasions
from services.member.campaigns.reactions import CampaignReactions
from services.member.campaigns.running import RUN, Running
from services.member.campaigns.servicer import CampaignServicer
from services.member.campaigns.usecases import Campaigns
from services.member.channels.book import AddressBook
from services.member.channels.contract import Channel
from services.member.engagement.joining import PART
from services.member.engagement.personal import HOLDING
from services.member.ground import Ground, Room
from services.member.messages import places
from services.member.messages.composing import Composer
from services.member.messages.links import Links
from services.member.messages.outcomes import Outcomes
from services.member.messages.people import People
from services.member.messages.reporting import Reporting
from services.member.messages.sending import Sending
from services.member.messages.servicer import MessageServicer
from services.member.messages.store import SEND
from services.member.messages.templates import Messages
from services.member.referrals.servicer import ReferralServicer
from services.member.referrals.usecases import SETTLE, Referrals
from services.member.segments import store_facts
from services.member.segments.reactions import FactReactions
from services.member.segments.servicer import SegmentServicer
from services.member.segments.usecases import Facts, Segments

APP = "app"


class EngagementRoom(Room):
    """Segments, campaigns, messages and referrals on one ground."""

    checks = store_facts.CHECKS
    parts = (PART,)
    holdings = (HOLDING,)

    def __init__(self, g: Ground, channels: Mapping[str, Channel], book: AddressBook, give: Give) -> None:
        self._g = g
        zone, tokens = g.zone, Links(g.vault)
        self.facts, self.segments = Facts(), Segments(g.clock)
        self.campaigns = Campaigns(g.clock, self.segments)
        outcomes = Outcomes(g.vault, g.clock, zone, self.campaigns.halt)
        self.messages = Messages(g.clock, tokens, outcomes, list(channels))
        composer = Composer(tokens, g.settings.message_link_url)
        self.sending = Sending(g.db, g.clock, zone, channels, People(g.persons), composer, outcomes, book)
        self.reporting = Reporting(outcomes)
        self.goals = Goals(g.clock, give)
        entering = Entering(g.clock, zone, self.segments, self.goals)
        self.running = Running(g.db, g.clock, self.segments, entering)
        self.occasions = Occasions(g.clock, zone, entering, _born(g))
        self.referrals = Referrals(g.vault, g.clock, give)
        shared = g.settings.service_secrets.get("order")
        links = PickupLinks(shared.get_secret_value() if shared else "")
        self._reactions = CampaignReactions(g.clock, zone, entering, self.goals, self.occasions, links)
        self.goals.on_reward(self._reactions.on_reward)

    def ears(self) -> list[On[Any]]:
        """Orders and members, as far as facts follow from them, and other occasions to write to somebody."""
        facts = FactReactions(self.facts, [self._reactions.on_facts, self.referrals.on_facts])
        named = On.many(LocationChanged, places.on_locations_changed)
        return [*facts.ears(), *self._reactions.ears(), named]

    def alarms(self) -> dict[str, InTx | Leased]:
        """Messages and campaigns on leases, for they call others or take long; the rest in transactions."""
        return {
            SEND: Leased(self.sending.send),
            RUN: Leased(self.running.run),
            FAN: InTx(self.occasions.fan_out),
            PICKUP: InTx(self.occasions.pickup),
            DAILY: InTx(self.occasions.daily),
            DAY: InTx(self.occasions.day),
            REWARD: InTx(self.goals.reward),
            SETTLE: InTx(self.referrals.settle),
        }

    def serve_on(self, server: Server) -> None:
        """Adds the services."""
        g = self._g
        segments = SegmentServicer(g.db, self.segments, self.facts, g.page_key)
        server.add(segments_rpc.add_SegmentServiceServicer_to_server, segments)
        server.add(messages_rpc.add_MessageServiceServicer_to_server, MessageServicer(g.db, self.messages, g.page_key))
        campaigns = CampaignServicer(g.db, g.clock, self.campaigns, g.page_key)
        server.add(campaigns_rpc.add_CampaignServiceServicer_to_server, campaigns)
        server.add(referrals_rpc.add_ReferralServiceServicer_to_server, ReferralServicer(g.db, self.referrals))

    async def start(self) -> None:
        """Days are looked at from now on."""
        await self.occasions.start(self._g.db)

    async def on_sign_in(self, tx: Tx, member_id: str, source: str, now: datetime) -> None:
        """Somebody has come in; with the app, a mission may have waited for it."""
        if source != APP:
            return
        local = now.astimezone(self._g.zone)
        await store_facts.keep_logins(tx, [(member_id, local, now)])
        # the session is opened in this same transaction: whatever is of before the login counts
        await self.facts.refresh(tx, [member_id])
        with access.acting_as(access.service("member")):
            await self.goals.follow(tx, [member_id])


def _born(g: Ground) -> Callable[[int, int], bytes]:
    """What a birthday is found by, as benefits keep it: the day itself is kept by nobody."""
    return lambda month, day: g.vault.digest("birth day", str(month), str(day))
