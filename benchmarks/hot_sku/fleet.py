"""A Postgres that syncs and one inventory process, for as long as a measurement lasts."""

import asyncio
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from cli.stack import databases
from cli.stack.home import Home
from cli.stack.servers import Ports, Servers
from kit import migrate
from kit.settings import child_environment
from services.inventory.stock.store_proof import CHECKS


@dataclass(frozen=True, slots=True)
class Bench:
    """What runs: one service process for each limit of a batch (0: the service's own), on one database."""

    dsn: str
    addresses: dict[int, str]
    tokens: dict[int, str]
    pids: dict[str, int]


@asynccontextmanager
async def running(limits: Sequence[int]) -> AsyncIterator[Bench]:
    """All of it, for as long as the block lasts."""
    root = _folder()
    home = Home.open(root / "stack", root / "bin")
    servers = Servers.lay_out(home, Ports.free())
    try:
        await servers.postgres.start()
        await databases.provision(home, servers.postgres.dsn())
        name = databases.database_of("inventory")
        await migrate.migrate(servers.postgres.dsn(databases.owner_of("inventory"), name), "inventory")
        dsn = servers.postgres.dsn(databases.role_of("inventory"), name)
        async with AsyncExitStack() as stack:
            said = {limit: await stack.enter_async_context(_service(dsn, limit)) for limit in limits}
            assert servers.postgres.child is not None
            pids = {"postgres": servers.postgres.child.pid, "service": said[limits[0]].pid}
            addresses = {limit: one.address for limit, one in said.items()}
            yield Bench(dsn, addresses, {limit: one.token for limit, one in said.items()}, pids)
    finally:
        await servers.postgres.stop()
        shutil.rmtree(root, ignore_errors=True)


def _folder() -> Path:
    """A folder that Postgres' own user may enter."""
    root = Path(tempfile.mkdtemp(prefix="omo-bench-"))
    root.chmod(0o711)
    return root


@dataclass(frozen=True, slots=True)
class _Service:
    address: str
    token: str
    pid: int


@asynccontextmanager
async def _service(dsn: str, limit: int) -> AsyncIterator[_Service]:
    environment = child_environment(OMO_ENV="test", OMO_POSTGRES_DSN=dsn)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.hot_sku.server", str(limit), stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    try:
        said = json.loads(await process.stdout.readline())
        yield _Service(said["address"], said["token"], process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


# As the service writes them, but all at once: older holds of the same goods at the same place.
_HOLDS = """
WITH made AS (
    INSERT INTO holds (hold_id, state, order_id, create_time, actor_kind, actor_id)
    SELECT uuidv7()::text, 'ACTIVE', '', now(), 'service', 'benchmark' FROM generate_series(1, $3::int)
    RETURNING hold_id
), lines AS (
    INSERT INTO hold_lines (hold_id, line_no, sku, location_id, quantity) SELECT hold_id, 1, $1, $2, 1 FROM made
)
UPDATE stock_levels SET held = held + $3 WHERE sku = $1 AND location_id = $2
"""
_OPEN_HOLDS = "SELECT held FROM stock_levels WHERE sku = $1 AND location_id = $2"
_PIECE = 20_000
_PATIENT = {"statement_timeout": "60s", "transaction_timeout": "60s"}


async def grow(dsn: str, sku: str, place: str, times: int) -> tuple[int, int]:
    """So many times as many open holds of one SKU: how many there were and are."""
    connection = await asyncpg.connect(dsn, server_settings=_PATIENT)
    try:
        before = int(await connection.fetchval(_OPEN_HOLDS, sku, place))
        left = before * (times - 1)
        while left:
            piece = min(_PIECE, left)
            await connection.execute(_HOLDS, sku, place, piece)
            left -= piece
        return before, before * times
    finally:
        await connection.close()


async def drifts(dsn: str) -> list[Any]:
    """Everything that does not add up in the stock books."""
    connection = await asyncpg.connect(dsn)
    try:
        return [row for check in CHECKS for row in await connection.fetch(check.drifts)]
    finally:
        await connection.close()
