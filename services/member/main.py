"""The member service, put together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from kit import process
from kit.clock import Clock
from kit.postgres import Database
from kit.process import Process
from kit.rpc.server import Server
from omo.member.v1 import access_service_pb2_grpc
from omo.member.v1 import identity_service_pb2_grpc as identity_rpc
from services.member.access.credentials import Pins
from services.member.access.hq import Headquarters
from services.member.access.servicer import AccessServicer
from services.member.access.services import ServiceAccounts
from services.member.access.sessions import Sessions
from services.member.access.signing import Keyring
from services.member.access.staff import StaffRoom
from services.member.access.terminals import Terminals
from services.member.contacts.servicer import ContactServicer
from services.member.contacts.usecases import Contacts
from services.member.identity.facts import PeopleFacts
from services.member.identity.login import Login
from services.member.identity.persons import Persons
from services.member.identity.phones import Phones
from services.member.identity.register import Register
from services.member.identity.senders import Sender, sender
from services.member.identity.servicer import IdentityServicer, PeopleFactServicer, Standings
from services.member.identity.usecases import Members
from services.member.permissions import PERMISSIONS
from services.member.settings import Settings
from services.member.vault import Vault


@dataclass(frozen=True, slots=True)
class Ground:
    """What every capability of this service stands on."""

    settings: Settings
    db: Database
    clock: Clock
    vault: Vault
    keys: Keyring
    sessions: Sessions


def wall() -> datetime:
    """The machine's time, on which tokens live."""
    return datetime.now(UTC)


def ground(settings: Settings, db: Database, clock: Clock, now: Callable[[], datetime] = wall) -> Ground:
    """Keys and sessions: needed before anybody can be let in."""
    vault = Vault(settings.wrapping_keys(), settings.hashing_key())
    keys = Keyring(db, vault, now)
    return Ground(settings, db, clock, vault, keys, Sessions(db, vault, keys, settings.issuer, now))


def open_access(g: Ground, server: Server) -> None:
    """Principals and their tokens."""
    page_key = g.vault.digest("page token")
    secrets = {name: secret.get_secret_value() for name, secret in g.settings.service_secrets.items()}
    server.add(
        access_service_pb2_grpc.add_AccessServiceServicer_to_server,
        AccessServicer(
            g.vault,
            g.keys,
            ServiceAccounts(g.sessions, secrets),
            Headquarters(g.db, g.vault, g.sessions, g.clock),
            StaffRoom(g.db, Pins(g.vault), g.sessions, g.clock, page_key),
            Terminals(g.db, g.vault, g.sessions, g.clock, page_key),
            g.sessions,
        ),
    )


@dataclass(frozen=True, slots=True)
class People:
    """What other capabilities need of identity."""

    phones: Phones
    persons: Persons
    register: Register
    facts: PeopleFacts


def people(g: Ground) -> People:
    """Who is who; nothing is served by it yet."""
    phones = Phones(g.settings.country, g.settings.otp_regions())
    persons = Persons(g.vault)
    register = Register(persons)
    return People(phones, persons, register, PeopleFacts(g.db, g.vault, register, phones, g.clock))


def open_identity(g: Ground, who: People, server: Server, sender: Sender, standings: Standings | None = None) -> None:
    """Members, their login, their contacts, and what tills tell about them."""
    zone, cap = g.settings.time_zone, g.settings.otp_daily_cap
    login = Login(g.db, g.vault, who.register, g.sessions, sender, g.clock, cap, zone)
    members = Members(g.db, who.register, who.phones, g.clock)
    contacts = Contacts(g.db, who.register, who.persons, g.clock)
    identity = IdentityServicer(g.vault, who.phones, login, members, standings)
    server.add(identity_rpc.add_IdentityServiceServicer_to_server, identity)
    server.add(identity_rpc.add_ContactServiceServicer_to_server, ContactServicer(g.vault, contacts))
    server.add(identity_rpc.add_PeopleFactServiceServicer_to_server, PeopleFactServicer(who.facts))


async def serve(settings: Settings) -> None:
    """Serves until it is told to stop."""
    async with Process("member", settings) as p:
        db, _, clock = await p.database(), await p.jetstream(), await p.clock()
        g = ground(settings, db, clock)
        # its own keys, read where they are: it could not ask itself before it listens
        p.verifier(g.keys.jwks)
        p.relay()
        server = p.grpc(PERMISSIONS)
        open_access(g, server)
        open_identity(g, people(g), server, sender(settings))
        await p.run()


if __name__ == "__main__":
    process.main(serve, Settings)
