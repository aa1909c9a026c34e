"""The member process, put together."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from kit import audit
from kit.clock import Clock
from kit.consumer import On
from kit.postgres import Database
from kit.process import Process, main
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.audit.v1.audit_service_pb2_grpc import add_AuditServiceServicer_to_server
from services.member.access.room import AccessRoom
from services.member.channels.registry import registry
from services.member.codes.room import CodeRoom
from services.member.contacts.room import ContactRoom
from services.member.conversation.room import ConversationRoom
from services.member.engagement.room import EngagementRoom
from services.member.ground import Room, ground
from services.member.guests.room import GuestRoom
from services.member.household.room import HouseholdRoom
from services.member.identifiers.room import IdentifierRoom
from services.member.identity.room import IdentityRoom
from services.member.identity.senders import Sender, sender
from services.member.merging.room import MergingRoom
from services.member.permissions import PERMISSIONS
from services.member.points.room import PointsRoom
from services.member.privacy.room import PrivacyRoom
from services.member.profile.room import ProfileRoom
from services.member.reviews.room import ReviewRoom
from services.member.settings import Settings
from services.member.signin.room import SignInRoom
from services.member.spendables import spendables
from services.member.visits.room import VisitRoom
from services.member.wallet import store as wallet_store
from services.member.wallet.room import WalletRoom


def machine_time() -> datetime:
    """What tokens live on; everything else lives on business time."""
    return datetime.now(UTC)


class Member:
    """The service's rooms on one ground."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        clock: Clock,
        letters: Sender,
        wall: Callable[[], datetime] = machine_time,
    ) -> None:
        self.ground = g = ground(settings, db, clock, wall)
        self.identity = IdentityRoom(g, letters)
        self.identifiers = identifiers = IdentifierRoom(g, self.identity, letters)
        self.wallet = WalletRoom(g)
        self.points = PointsRoom(g, self.wallet.wallet)
        self.profile = ProfileRoom(g)
        channels = registry(settings)
        self.conversation = ConversationRoom(g, channels)
        self.engagement = EngagementRoom(g, channels, self.conversation.book, self.points.points.adjust)
        self.merging = MergingRoom(g)
        self.guests = GuestRoom(g, self.identity, (contacts := ContactRoom(g)).contacts)
        self.privacy = PrivacyRoom(g)
        self.rooms: tuple[Room, ...] = (
            AccessRoom(g),
            self.identity,
            identifiers,
            SignInRoom(g, self.identity, identifiers),
            CodeRoom(g, self.identity),
            VisitRoom(g, self.identity),
            contacts,
            self.guests,
            ReviewRoom(g),
            *spendables(g, self.wallet),
            self.points,
            self.profile,
            self.conversation,
            self.engagement,  # after points and profile: what it offers follows from what they keep
            HouseholdRoom(g),
            self.merging,
            self.privacy,
        )
        self._introduce()

    def _introduce(self) -> None:
        """Tells rooms of each other what they cannot know by themselves."""
        self.merging.bring([part for room in self.rooms for part in room.parts])
        self.privacy.bring([holding for room in self.rooms for holding in room.holdings])
        self.identity.arrivals.meet_by(self.merging.meetings)
        self.identifiers.disputes.judged_by(self.merging.meetings)
        self.identity.matching.on_shared(self.merging.meetings.shared)
        for proving in (self.identity.arrivals, self.identifiers.emails):
            proving.on_proof.append(self.guests.guests.on_proof)
        self.identity.arrivals.on_arrival(self.conversation.on_arrival)
        self.identity.arrivals.on_sign_in(self.engagement.on_sign_in)
        self.conversation.reports.on_report(self.engagement.reporting.hear)
        facts = self.identity.facts
        facts.on_wish(self.profile.profile.note)
        facts.on_noted(self.profile.offline.note)
        facts.on_merged(self.merging.merging.absorb_at_till)

    def ears(self) -> list[On[Any]]:
        """What it hears."""
        return [on for room in self.rooms for on in room.ears()]

    def alarms(self) -> dict[str, InTx | Leased]:
        """What falls due."""
        return {kind: alarm for room in self.rooms for kind, alarm in room.alarms().items()}

    def serve_on(self, server: Server, pending: Callable[[], Awaitable[int]]) -> None:
        """What it answers."""
        for room in self.rooms:
            room.serve_on(server)
        checks = [check for room in self.rooms for check in room.checks]
        proof = audit.AuditServicer(self.ground.db, self.ground.clock, checks, pending, wallet_store.OPEN)
        server.add(add_AuditServiceServicer_to_server, proof)


async def serve(settings: Settings) -> None:
    """Runs until told to stop."""
    async with Process("member", settings) as p:
        db = await p.database()
        await p.jetstream()
        member = Member(settings, db, await p.clock(), sender(settings))
        # its own keys, read where they are: it could not ask itself before it listens
        p.verifier(member.ground.keys.jwks)
        for room in member.rooms:
            await room.start()
        p.relay()
        consumer = p.consumer(member.ears())
        p.timers(member.alarms())
        member.serve_on(p.grpc(PERMISSIONS), consumer.pending)
        await p.run()
        for room in member.rooms:
            await room.stop()


if __name__ == "__main__":
    main(serve, Settings)
