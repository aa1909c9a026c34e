"""The member process, put together."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kit import audit
from kit.clock import Clock
from kit.consumer import On
from kit.postgres import Database
from kit.process import Process, main
from kit.rpc.server import Server
from kit.timers import InTx
from omo.audit.v1.audit_service_pb2_grpc import add_AuditServiceServicer_to_server
from omo.inventory.v1 import catalogue_events_pb2
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.member.v1 import identity_service_pb2_grpc as identity_rpc
from omo.member.v1 import member_pb2
from omo.member.v1 import points_service_pb2_grpc as points_rpc
from omo.order.v1 import order_events_pb2
from services.member.access.credentials import Pins
from services.member.access.hq import Headquarters
from services.member.access.servicer import AccessServicer
from services.member.access.services import ServiceAccounts
from services.member.access.sessions import Sessions
from services.member.access.signing import Keyring
from services.member.access.staff import StaffRoom
from services.member.access.terminals import Terminals
from services.member.contacts import naming
from services.member.contacts.servicer import ContactServicer
from services.member.contacts.usecases import Contacts
from services.member.identity import store_proofs
from services.member.identity.facts import PeopleFacts
from services.member.identity.login import Login
from services.member.identity.persons import Persons
from services.member.identity.phones import Phones
from services.member.identity.register import Register
from services.member.identity.senders import Sender, sender
from services.member.identity.servicer import IdentityServicer, PeopleFactServicer
from services.member.identity.usecases import Members
from services.member.permissions import PERMISSIONS
from services.member.points import reading
from services.member.points import store as points_store
from services.member.points import store_lots as lots_store
from services.member.points import store_units as units_store
from services.member.points.reactions import PointsReactions
from services.member.points.servicer import PointsServicer
from services.member.points.usecases import SWEEP, Points
from services.member.profile.servicer import ProfileServicer, on_products_changed
from services.member.profile.usecases import Profile
from services.member.settings import Settings
from services.member.vault import Vault
from services.member.wallet import store as wallet_store
from services.member.wallet.servicer import WalletServicer
from services.member.wallet.usecases import Wallet


def machine_time() -> datetime:
    """What tokens live on; everything else lives on business time."""
    return datetime.now(UTC)


class Member:
    """The service's parts on one database."""

    def __init__(
        self, settings: Settings, db: Database, clock: Clock, wall: Callable[[], datetime] = machine_time
    ) -> None:
        self.settings = settings
        self.db = db
        self.clock = clock
        self.vault = Vault(settings.wrapping_keys(), settings.hashing_key())
        self.page_key = self.vault.digest("page token")
        self.keys = Keyring(db, self.vault, wall)
        self.sessions = Sessions(db, self.vault, self.keys, settings.issuer, wall)
        self.phones = Phones(settings.country, settings.otp_regions())
        self.persons = Persons(self.vault)
        self.register = Register(self.persons)
        self.facts = PeopleFacts(db, self.vault, self.register, self.phones, clock)
        self.points = Points(clock, ZoneInfo(settings.time_zone))
        self.wallet = Wallet(clock, ZoneInfo(settings.time_zone))
        self.profile = Profile(self.register, clock)
        self.facts.on_wish(self.profile.note)
        self.facts.on_merged(self.points.merge)
        self.facts.on_merged(self.wallet.merge)
        self.facts.on_merged(self.profile.merge)

    def ears(self) -> list[On[Any]]:
        """What it hears."""
        points = PointsReactions(self.points, self.wallet)
        return [
            On.many(catalogue_events_pb2.ProductChanged, on_products_changed),
            On.many(order_events_pb2.OrderConfirmed, points.on_orders_confirmed),
            On.many(order_events_pb2.SalesRecorded, points.on_sales_recorded),
            On.many(order_events_pb2.UnitsHandedOver, points.on_units_handed_over),
            On.many(order_events_pb2.UnitsCancelled, points.on_units_cancelled),
            On.many(order_events_pb2.OrderCancelled, points.on_orders_cancelled),
        ]

    def alarms(self) -> dict[str, InTx]:
        """What falls due."""
        return {SWEEP: InTx.many(self.points.sweep)}

    def serve_on(self, server: Server, pending: Callable[[], Awaitable[int]], letters: Sender) -> None:
        """What it answers."""
        server.add(access_rpc.add_AccessServiceServicer_to_server, self._access())
        server.add(identity_rpc.add_IdentityServiceServicer_to_server, self._identity(letters))
        server.add(identity_rpc.add_ContactServiceServicer_to_server, self._contacts())
        server.add(identity_rpc.add_PeopleFactServiceServicer_to_server, PeopleFactServicer(self.facts, self.clock))
        points = PointsServicer(self.db, self.clock, self.points, self.page_key)
        server.add(points_rpc.add_PointsServiceServicer_to_server, points)
        server.add(points_rpc.add_WalletServiceServicer_to_server, WalletServicer(self.db, self.wallet))
        server.add(points_rpc.add_ProfileServiceServicer_to_server, ProfileServicer(self.db, self.vault, self.profile))
        ledgers = (*points_store.CHECKS, *lots_store.CHECKS, *units_store.CHECKS, *wallet_store.CHECKS)
        checks = (*store_proofs.CHECKS, *ledgers)
        proof = audit.AuditServicer(self.db, self.clock, checks, pending, wallet_store.OPEN)
        server.add(add_AuditServiceServicer_to_server, proof)

    def _access(self) -> AccessServicer:
        db, vault, sessions, clock = self.db, self.vault, self.sessions, self.clock
        secrets = {name: secret.get_secret_value() for name, secret in self.settings.service_secrets.items()}
        services = ServiceAccounts(sessions, secrets)
        hq = Headquarters(db, vault, sessions, clock)
        staff = StaffRoom(db, Pins(vault), sessions, clock, self.page_key)
        terminals = Terminals(db, vault, sessions, clock, self.page_key)
        return AccessServicer(vault, self.keys, services, hq, staff, terminals, sessions)

    def _identity(self, letters: Sender) -> IdentityServicer:
        told = self.settings
        login = Login(
            self.db, self.vault, self.register, self.sessions, letters, self.clock, told.otp_daily_cap, told.time_zone
        )
        members = Members(self.db, self.vault, self.register, self.phones, self.clock)
        return IdentityServicer(self.vault, self.phones, login, members, self._standing)

    async def _standing(self, member_id: str) -> member_pb2.Standing | None:
        """What a till is told with a member."""
        async with self.db.read() as tx:
            return await reading.standing(tx, member_id)

    def _contacts(self) -> ContactServicer:
        shared = self.settings.service_secrets.get("order")
        key = naming.key(shared.get_secret_value() if shared else "")
        return ContactServicer(self.vault, Contacts(self.db, self.register, self.persons, self.clock, key))


async def serve(settings: Settings) -> None:
    """Runs until told to stop."""
    async with Process("member", settings) as p:
        db = await p.database()
        await p.jetstream()
        member = Member(settings, db, await p.clock())
        # its own keys, read where they are: it could not ask itself before it listens
        p.verifier(member.keys.jwks)
        await member.profile.seal_clear(db)
        p.relay()
        consumer = p.consumer(member.ears())
        p.timers(member.alarms())
        member.serve_on(p.grpc(PERMISSIONS), consumer.pending, sender(settings))
        await p.run()


if __name__ == "__main__":
    main(serve, Settings)
