"""The embedded Postgres: how it is made, who may do what, what a kill leaves."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from cli.stack import databases
from cli.stack.home import Home
from cli.stack.servers import Ports, Servers
from tests.harness import run
from tests.harness.databases import address


@pytest_asyncio.fixture
async def durable() -> AsyncIterator[Servers]:
    """Servers of this test's own, with fsync, for what the shared ones must not suffer."""
    home = Home.open(run.root() / f"durable-{run.worker()}", run.binaries())
    own = Servers.lay_out(home, Ports.free())
    yield own
    await own.stop()
    home.remove()


async def test_the_cluster_is_made_as_production_expects(servers: Servers) -> None:
    connection = await asyncpg.connect(servers.postgres.dsn())
    shown = {
        name: await connection.fetchval(f"SHOW {name}")
        for name in ("data_checksums", "password_encryption", "listen_addresses", "server_encoding", "TimeZone")
    }
    locale = await connection.fetchrow(
        "SELECT datlocprovider::text AS provider, datlocale FROM pg_database WHERE datname = 'omo_order'"
    )
    version = connection.get_server_version().major
    open_doors = await connection.fetchval(
        "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'"
    )
    await connection.close()
    assert version == 18
    assert shown == {
        "data_checksums": "on",
        "password_encryption": "scram-sha-256",
        "listen_addresses": "127.0.0.1",
        "server_encoding": "UTF8",
        "TimeZone": "UTC",
    }
    assert locale is not None
    assert (locale["provider"], locale["datlocale"]) == ("b", "C.UTF-8")
    assert open_doors == 0


@pytest.mark.parametrize("service", databases.SERVICES)
async def test_a_service_may_not_change_its_schema_nor_enter_other_databases(servers: Servers, service: str) -> None:
    own = address(servers, service, databases.database_of(service))
    connection = await asyncpg.connect(own.dsn)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("CREATE TABLE loot (x int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("CREATE SCHEMA loot")
    settings = await connection.fetchrow(
        "SELECT current_setting('idle_in_transaction_session_timeout') AS idle, "
        "current_setting('transaction_timeout') AS transaction, "
        "current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock"
    )
    await connection.close()
    assert settings is not None
    assert tuple(settings) == ("5s", "15s", "1500ms", "500ms")
    for other in set(databases.SERVICES) - {service}:
        for role in (databases.role_of(service), databases.owner_of(service)):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await asyncpg.connect(servers.postgres.dsn(role, databases.database_of(other)))


async def test_a_wrong_password_is_refused(servers: Servers) -> None:
    right = servers.postgres.dsn("omo_order", "omo_order")
    wrong = right.replace(servers.home.secret("postgres-omo_order"), "guess")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)


async def test_a_killed_cluster_comes_back_with_what_it_acknowledged(durable: Servers) -> None:
    await durable.start()
    owner = durable.postgres.dsn("omo_order_owner", "omo_order")
    connection = await asyncpg.connect(owner)
    await connection.execute("CREATE TABLE kept (n int)")
    await connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
    await durable.postgres.kill()
    connection.terminate()
    await durable.postgres.start()
    connection = await asyncpg.connect(owner)
    kept = await connection.fetchval("SELECT count(*) FROM kept")
    synced = await connection.fetchval("SHOW fsync")
    await connection.close()
    assert (kept, synced) == (1000, "on")


async def test_a_second_start_keeps_data_and_passwords(durable: Servers) -> None:
    await durable.start()
    first = durable.postgres.dsn("omo_member", "omo_member")
    await durable.stop()
    again = Servers.lay_out(
        Home.open(durable.home.root, run.binaries()),
        Ports(durable.postgres.port, durable.nats.port, durable.nats.monitor_port, durable.valkey.port),
    )
    await again.start()
    connection = await asyncpg.connect(first)
    await connection.close()
    await again.stop()
    assert again.postgres.dsn("omo_member", "omo_member") == first


@pytest.mark.needs_root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_root_hands_the_servers_to_another_user(servers: Servers) -> None:
    for name in ("postgres", "nats", "valkey"):
        pid = servers.home.pid_file(name).read_text()
        uid = Path(f"/proc/{pid.split()[1].rstrip(',')}").stat().st_uid
        assert uid not in {0, os.geteuid()}, name
