"""A Postgres that syncs and one inventory process, for as long as a measurement lasts."""

import asyncio
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from cli.stack import databases
from cli.stack.home import Home
from cli.stack.servers import Ports, Servers
from kit import migrate
from kit.settings import child_environment
from services.inventory.stock.store_proof import CHECKS


@asynccontextmanager
async def running() -> AsyncIterator[tuple[str, str, str]]:
    """Address and token of the service, and its database."""
    root = _folder()
    home = Home.open(root / "stack", root / "bin")
    servers = Servers.lay_out(home, Ports.free())
    try:
        await servers.postgres.start()
        await databases.provision(home, servers.postgres.dsn())
        name = databases.database_of("inventory")
        await migrate.migrate(servers.postgres.dsn(databases.owner_of("inventory"), name), "inventory")
        dsn = servers.postgres.dsn(databases.role_of("inventory"), name)
        async with _service(dsn) as (address, token):
            yield address, token, dsn
    finally:
        await servers.postgres.stop()
        shutil.rmtree(root, ignore_errors=True)


def _folder() -> Path:
    """A folder that Postgres' own user may enter."""
    root = Path(tempfile.mkdtemp(prefix="omo-bench-"))
    root.chmod(0o711)
    return root


@asynccontextmanager
async def _service(dsn: str) -> AsyncIterator[tuple[str, str]]:
    environment = child_environment(OMO_ENV="test", OMO_POSTGRES_DSN=dsn)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.hot_sku.server", stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    try:
        said = json.loads(await process.stdout.readline())
        yield said["address"], said["token"]
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def drifts(dsn: str) -> list[Any]:
    """Everything that does not add up in the stock books."""
    connection = await asyncpg.connect(dsn)
    try:
        return [row for check in CHECKS for row in await connection.fetch(check.drifts)]
    finally:
        await connection.close()
