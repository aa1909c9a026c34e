"""Databases for tests: one migrated template for each service and run, copied in milliseconds."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from cli.stack import databases
from cli.stack.servers import Servers
from kit import migrate
from kit.postgres import Database
from tests.harness import run


@dataclass(frozen=True, slots=True)
class Address:
    """Where a test's database is: `dsn` for the service's role, `owner_dsn` for the migration role."""

    name: str
    dsn: str
    owner_dsn: str


@dataclass(slots=True)
class Databases:
    """Makes databases, and drops what it made."""

    servers: Servers
    admin: asyncpg.Connection
    made: list[str] = field(default_factory=list)
    opened: list[Database] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @classmethod
    async def connect(cls, servers: Servers) -> "Databases":
        return cls(servers, await asyncpg.connect(servers.postgres.dsn()))

    async def address(self, service: str) -> Address:
        """A fresh, migrated, empty database."""
        name = f"t_{run.worker()}_{service}_{id(self):x}_{next(self._numbers)}"
        await databases.create(self.admin, service, name, await self._template(service))
        self.made.append(name)
        return address(self.servers, service, name)

    async def open(self, service: str, size: int = 4) -> Database:
        """A fresh database, opened as the service's role."""
        opened = await Database.open((await self.address(service)).dsn, size=size)
        self.opened.append(opened)
        return opened

    @asynccontextmanager
    async def away(self, name: str) -> AsyncIterator[None]:
        """Nobody reaches this database within the block, and whoever was in it is thrown out."""
        await self.admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        try:
            await self.admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
            yield
        finally:
            await self.admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')

    async def drop(self) -> None:
        """Closes and drops everything made so far."""
        while self.opened:
            await self.opened.pop().close()
        while self.made:
            await self.admin.execute(f'DROP DATABASE IF EXISTS "{self.made.pop()}" WITH (FORCE)')

    async def close(self) -> None:
        await self.drop()
        await self.admin.close()

    async def _template(self, service: str) -> str:
        """The service's template, made by the real migrations at its first use in the run."""
        name = f"template_{service}"
        with run.locked(name):
            if not await self.admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                scratch = f"{name}_new"
                await self.admin.execute(f'DROP DATABASE IF EXISTS "{scratch}"')
                await databases.create(self.admin, service, scratch)
                await migrate.migrate(address(self.servers, service, scratch).owner_dsn, service)
                await self.admin.execute(f'ALTER DATABASE "{scratch}" RENAME TO "{name}"')
        return name


def address(servers: Servers, service: str, name: str) -> Address:
    """The two addresses of a database."""
    return Address(
        name,
        servers.postgres.dsn(databases.role_of(service), name),
        servers.postgres.dsn(databases.owner_of(service), name),
    )
