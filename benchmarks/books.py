"""An empty inventory database on a Postgres of its own that syncs, for as long as a measurement lasts."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from benchmarks.fleet import folder
from cli.stack import databases
from cli.stack.home import Home
from cli.stack.servers import Ports, Servers
from kit import migrate

# Nobody listens while it is filled: what triggers would note for other processes stays unsaid.
_SESSION = {"session_replication_role": "replica", "synchronous_commit": "off", "statement_timeout": "0"}
# who wrote what a table keeps an author of
WHO = {"version": 1, "actor_kind": "service", "actor_id": "benchmark"}


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


@asynccontextmanager
async def filling(books: Books) -> AsyncIterator[asyncpg.Connection]:
    """A connection that COPYs; afterwards statistics are taken and all is on disk."""
    connection = await asyncpg.connect(books.filler_dsn, server_settings=_SESSION)
    try:
        yield connection
        await connection.execute("VACUUM ANALYZE", timeout=600)
        await connection.execute("CHECKPOINT", timeout=600)
    finally:
        await connection.close()


async def put(connection: asyncpg.Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Rows that all name the same columns."""
    records = [tuple(one.values()) for one in rows]
    await connection.copy_records_to_table(table, records=records, columns=list(rows[0]), timeout=600)
