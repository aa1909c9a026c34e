"""The databases that tests get: migrated, empty, and each test's own."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from cli.stack.databases import SERVICES
from kit.postgres import Database
from tests.harness.databases import Address, Databases


@pytest.mark.parametrize("service", SERVICES)
async def test_each_service_gets_a_migrated_database(
    database_address: Callable[[str], Awaitable[Address]], service: str
) -> None:
    address = await database_address(service)
    connection = await asyncpg.connect(address.dsn)
    tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("CREATE TABLE loot (x int)")
    await connection.close()
    assert tables > 0


async def test_the_service_role_may_read_and_add_to_what_the_migrations_made(
    database: Callable[[str], Awaitable[Database]],
) -> None:
    db = await database("order")
    async with db.read() as tx:
        refused = await tx.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
            "AND relname <> 'schema_migrations' "
            "AND NOT (SELECT bool_and(has_table_privilege(oid, verb)) "
            "           FROM unnest('{SELECT,INSERT}'::text[]) AS verb)"
        )
    assert [row[0] for row in refused] == []


async def test_what_one_test_writes_no_other_sees(databases: Databases) -> None:
    first, second = await databases.address("order"), await databases.address("order")
    owner = await asyncpg.connect(first.owner_dsn)
    await owner.execute("CREATE TABLE seen (x int)")
    await owner.close()
    other = await asyncpg.connect(second.owner_dsn)
    seen = await other.fetchval("SELECT to_regclass('seen')")
    await other.close()
    assert seen is None


async def test_databases_are_dropped_at_the_end(databases: Databases) -> None:
    made = await databases.address("member")
    await databases.drop()
    assert not await databases.admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", made.name)
