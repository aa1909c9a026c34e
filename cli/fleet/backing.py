"""The servers as the fleet sees them: addresses and secrets, embedded or somebody else's."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from cli.stack import databases
from cli.stack.child import Child
from cli.stack.home import Home
from cli.stack.servers import Servers
from cli.stack.trouble import Trouble

_NAMED = "set OMO_POSTGRES_DSN (a role that may create roles and databases), OMO_NATS_URL and OMO_VALKEY_URL"


class Addresses(Protocol):
    """Where the databases, the event broker and Valkey are, for each user of them."""

    def postgres(self, service: str) -> str: ...
    def postgres_owner(self, service: str) -> str: ...
    def nats(self) -> str: ...
    def nats_seed(self, user: str) -> str: ...
    def valkey(self, user: str) -> str: ...


class Backing(Addresses, Protocol):
    """The same, to be started, watched and stopped."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def ended(self) -> list[Child]: ...
    async def restart(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Embedded:
    """Our own servers. A fleet that borrows them (`owned=False`) neither starts nor stops them."""

    servers: Servers
    owned: bool = True

    def postgres(self, service: str) -> str:
        return self.servers.postgres.dsn(databases.role_of(service), databases.database_of(service))

    def postgres_owner(self, service: str) -> str:
        return self.servers.postgres.dsn(databases.owner_of(service), databases.database_of(service))

    def nats(self) -> str:
        return self.servers.nats.url

    def nats_seed(self, user: str) -> str:
        return self.servers.nats.seed(user)

    def valkey(self, user: str) -> str:
        return self.servers.valkey.url(user)

    async def start(self) -> None:
        if self.owned:
            await self.servers.start()

    async def stop(self) -> None:
        if self.owned:
            await self.servers.stop()

    def ended(self) -> list[Child]:
        return self.servers.ended() if self.owned else []

    async def restart(self, name: str) -> None:
        await self.servers.restart(name)


@dataclass(frozen=True, slots=True)
class External:
    """Servers that the environment names; roles and databases are made in them, nothing is started or stopped."""

    home: Home
    admin_dsn: str
    nats_url: str
    valkey_url: str
    seed: str

    @classmethod
    def named(cls, home: Home, environment: Mapping[str, str] = os.environ) -> "External":
        """Reads the four variables; OMO_NATS_SEED may be absent where the broker asks for no key."""
        found = [environment.get(f"OMO_{name}", "") for name in ("POSTGRES_DSN", "NATS_URL", "VALKEY_URL")]
        if not all(found):
            raise Trouble("--external needs to know the servers", _NAMED)
        return cls(home, found[0], found[1], found[2], environment.get("OMO_NATS_SEED", ""))

    def postgres(self, service: str) -> str:
        return self._dsn(databases.role_of(service), service)

    def postgres_owner(self, service: str) -> str:
        return self._dsn(databases.owner_of(service), service)

    def nats(self) -> str:
        return self.nats_url

    def nats_seed(self, user: str) -> str:  # noqa: ARG002 - one key for all: their broker, their users
        return self.seed

    def valkey(self, user: str) -> str:  # noqa: ARG002
        return self.valkey_url

    async def start(self) -> None:
        try:
            await databases.provision(self.home, self.admin_dsn)
        except OSError as error:
            raise Trouble(f"the Postgres of OMO_POSTGRES_DSN does not answer: {error}", _NAMED) from None

    async def stop(self) -> None:
        """Theirs to stop."""

    def ended(self) -> list[Child]:
        """Theirs to watch."""
        return []

    async def restart(self, name: str) -> None:
        """Theirs to start."""

    def _dsn(self, role: str, service: str) -> str:
        place = urlsplit(self.admin_dsn).netloc.rpartition("@")[2]
        return databases.dsn(self.home, role, place, databases.database_of(service))
