"""What the database alone gives: pgbench with an order of two lines in one commit."""

import asyncio
import os
import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from cli.stack.postgres import Postgres, environment

_SCRIPT = Path(__file__).parent / "minimal_order.sql"
_DATABASE = "limits"
_SCHEMA = """
CREATE TABLE orders (order_id bigint PRIMARY KEY, member_id text NOT NULL);
CREATE TABLE order_lines (order_id bigint, line_no int, sku int NOT NULL, quantity bigint NOT NULL,
    PRIMARY KEY (order_id, line_no));
CREATE TABLE stock (sku int PRIMARY KEY, on_hand bigint NOT NULL, held bigint NOT NULL) WITH (fillfactor = 50);
CREATE TABLE outbox (event_id uuid PRIMARY KEY, subject text NOT NULL, payload text NOT NULL);
INSERT INTO stock SELECT number, 1000000000, 0 FROM generate_series(1, 1000) AS number;
"""


@dataclass(frozen=True, slots=True)
class Tps:
    """Transactions a second, and the mean latency in milliseconds."""

    rate: float
    latency: float


async def prepare(postgres: Postgres) -> None:
    """A database with the tables of the smallest order."""
    admin = await asyncpg.connect(postgres.dsn())
    await admin.execute(f"CREATE DATABASE {_DATABASE}")
    await admin.close()
    connection = await asyncpg.connect(postgres.dsn(database=_DATABASE))
    await connection.execute(_SCHEMA)
    await connection.close()


async def measure(postgres: Postgres, clients: int, seconds: int) -> Tps:
    """One run of pgbench; it stands for the services, so it runs beside the database."""
    command = [postgres.binaries.postgres / "pgbench", "-n", "-M", "prepared", "-f", _SCRIPT, "-c", str(clients)]
    command += ["-j", str(min(2, clients)), "-T", str(seconds), "-h", "127.0.0.1", "-p", str(postgres.port)]
    password = postgres.home.secret("postgres-postgres")
    process = await asyncio.create_subprocess_exec(
        *map(str, command), "-U", "postgres", _DATABASE,
        env=environment() | {"PGPASSWORD": password, "HOME": os.devnull},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said = (await process.communicate())[0].decode()
    tps, latency = re.search(r"tps = ([\d.]+)", said), re.search(r"latency average = ([\d.]+)", said)
    if process.returncode or tps is None or latency is None:
        raise RuntimeError(f"pgbench failed: {said}")
    return Tps(float(tps[1]), float(latency[1]))
