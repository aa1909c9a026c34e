"""An empty inventory database on a Postgres of its own that syncs, for as long as a measurement lasts."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from benchmarks.fleet import folder
from cli.stack import databases
from cli.stack.home import Home
from cli.stack.servers import Ports, Servers
from kit import migrate


@dataclass(frozen=True, slots=True)
class Books:
    """Its address for the service's role, for who fills it past all triggers, and the server's process."""

    dsn: str
    filler_dsn: str
    pid: int


@asynccontextmanager
async def inventory() -> AsyncIterator[Books]:
    """Migrated, and nothing in it."""
    root = folder()
    home = Home.open(root / "stack", root / "bin")
    servers = Servers.lay_out(home, Ports.free())
    try:
        await servers.postgres.start()
        await databases.provision(home, servers.postgres.dsn())
        name = databases.database_of("inventory")
        await migrate.migrate(servers.postgres.dsn(databases.owner_of("inventory"), name), "inventory")
        assert servers.postgres.child is not None
        yield Books(
            servers.postgres.dsn(databases.role_of("inventory"), name),
            servers.postgres.dsn(database=name),
            servers.postgres.child.pid,
        )
    finally:
        await servers.postgres.stop()
        shutil.rmtree(root, ignore_errors=True)
