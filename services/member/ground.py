"""What every capability of this service stands on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kit.audit import Check
from kit.clock import Clock
from kit.consumer import On
from kit.postgres import Database
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from services.member.access.sessions import Sessions
from services.member.access.signing import Keyring
from services.member.identity.persons import Persons
from services.member.identity.phones import Phones
from services.member.identity.register import Register
from services.member.merging.parts import Part
from services.member.privacy.parts import Holding
from services.member.settings import Settings
from services.member.vault import Vault


@dataclass(frozen=True, slots=True)
class Ground:
    """One database, one vault, one register of people; `wall` is the machine's time, which only tokens live on."""

    settings: Settings
    db: Database
    clock: Clock
    wall: Callable[[], datetime]
    vault: Vault
    page_key: bytes
    keys: Keyring
    sessions: Sessions
    phones: Phones
    persons: Persons
    register: Register

    @property
    def zone(self) -> ZoneInfo:
        """Where the brand's days begin."""
        return ZoneInfo(self.settings.time_zone)


def ground(settings: Settings, db: Database, clock: Clock, wall: Callable[[], datetime]) -> Ground:
    """Lays it once for the process."""
    vault = Vault(settings.wrapping_keys(), settings.hashing_key())
    keys = Keyring(db, vault, wall)
    persons = Persons(vault)
    return Ground(
        settings,
        db,
        clock,
        wall,
        vault,
        page_key=vault.digest("page token"),
        keys=keys,
        sessions=Sessions(db, vault, keys, settings.issuer, wall),
        phones=Phones(settings.country, settings.otp_regions()),
        persons=persons,
        register=Register(persons),
    )


class Room:
    """A capability, composed: what it answers, hears, does when due and proves. Each says only what it has."""

    checks: Sequence[Check] = ()
    # its share when two members turn out to be one
    parts: Sequence[Part] = ()
    holdings: Sequence[Holding] = ()

    def serve_on(self, server: Server) -> None:
        """Adds its servicers."""

    def ears(self) -> list[On[Any]]:
        """What it hears, in the order in which it is to be told."""
        return []

    def alarms(self) -> dict[str, InTx | Leased]:
        """What falls due, by the kind of timer."""
        return {}

    async def start(self) -> None:
        """What is to be done once before the process serves."""

    async def stop(self) -> None:
        """What is to be let go of when the process ends."""
