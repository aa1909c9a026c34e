"""The migrations as the owner runs them, what the service's role may do, and how old rows go."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from cli.stack import databases as provisioning
from kit import migrate, outbox, retention
from kit.postgres import Database
from tests.harness.databases import Address, Databases, address
from tests.service.kit.rig import allocated

REFUSED = (
    "CREATE TABLE mine (id int)",
    "ALTER TABLE outbox ADD COLUMN note text",
    "DROP TABLE inbox",
    "TRUNCATE outbox",
    "SELECT * FROM schema_migrations",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
)


async def _empty(databases: Databases) -> Address:
    """A database that nobody migrated yet."""
    name = f"t_{id(databases):x}_empty"
    await provisioning.create(databases.admin, "order", name)
    databases.made.append(name)
    return address(databases.servers, "order", name)


async def test_migrating_again_or_at_the_same_time_changes_nothing(databases: Databases) -> None:
    fresh = await _empty(databases)
    await asyncio.gather(*(migrate.migrate(fresh.owner_dsn, "order") for _ in range(3)))
    await migrate.migrate(fresh.owner_dsn, "order")
    connection = await asyncpg.connect(fresh.owner_dsn)
    versions = [row["version"] for row in await connection.fetch("SELECT version FROM schema_migrations ORDER BY 1")]
    await connection.close()
    assert versions[0] == "0001"
    assert len(versions) == len(set(versions))


async def test_a_migration_that_fails_says_why_and_leaves_nothing(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "0100_break.sql").write_text(
        "-- migrate:up\nCREATE TABLE half (id int);\nSELECT no_such_thing;\n-- migrate:down\n"
    )
    monkeypatch.setattr(migrate, "folders", lambda _: [tmp_path])
    fresh = await _empty(databases)
    with pytest.raises(migrate.MigrationFailed, match="no_such_thing"):
        await migrate.migrate(fresh.owner_dsn, "order")
    connection = await asyncpg.connect(fresh.owner_dsn)
    half = await connection.fetchval("SELECT to_regclass('half')")
    await connection.close()
    assert half is None


async def test_a_migration_waits_for_a_lock_and_tries_again(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fresh = await _empty(databases)
    await migrate.migrate(fresh.owner_dsn, "order")
    (tmp_path / "0900_alter.sql").write_text(
        "-- migrate:up\nALTER TABLE inbox ADD COLUMN note text;\n-- migrate:down\n"
    )
    monkeypatch.setattr(migrate, "folders", lambda _: [tmp_path])
    blocker = await asyncpg.connect(fresh.dsn)
    holding = blocker.transaction()
    await holding.start()
    await blocker.execute("SELECT * FROM inbox")
    migrating = asyncio.create_task(migrate.migrate(fresh.owner_dsn, "order"))
    done, _ = await asyncio.wait([migrating], timeout=1.5)
    assert not done
    await holding.rollback()
    await asyncio.wait_for(migrating, 20)
    assert await blocker.fetchval("SELECT count(note) FROM inbox") == 0
    await blocker.close()


@pytest.mark.parametrize("statement", REFUSED)
async def test_the_services_role_may_not_change_the_schema(databases: Databases, statement: str) -> None:
    db = await databases.open("order", size=1)
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.InvalidSchemaNameError)):
        async with db.transaction() as tx:
            await tx.execute(statement)


async def test_a_week_of_partitions_lies_ahead_and_today_is_used(databases: Databases) -> None:
    db = await databases.open("order")
    async with db.transaction() as tx:
        await outbox.append(tx, allocated("a"))
    await retention.sweep(db)
    async with db.read() as tx:
        used = await tx.fetchval("SELECT tableoid::regclass::text FROM outbox")
        names = await _partitions(db)
    today = datetime.now(UTC).date()
    assert used == f"outbox_{today:%Y%m%d}"
    assert names >= {f"outbox_{today + timedelta(days=ahead):%Y%m%d}" for ahead in range(8)}


async def test_old_partitions_go_once_all_of_theirs_is_published(databases: Databases) -> None:
    made = await databases.address("order")
    owner = await asyncpg.connect(made.owner_dsn)
    for days, published in ((9, "now()"), (10, "NULL")):
        await _old_day(owner, days, published)
    await owner.close()
    db = await Database.open(made.dsn, 2)
    await retention.sweep(db)
    await retention.sweep(db)
    names, today = await _partitions(db), datetime.now(UTC).date()
    await db.close()
    assert f"outbox_{today - timedelta(days=9):%Y%m%d}" not in names
    assert f"outbox_{today - timedelta(days=10):%Y%m%d}" in names


async def test_rows_of_a_day_without_partition_are_kept_in_the_default(databases: Databases) -> None:
    """Nobody looked after the outbox for a week: events are still stored, and upkeep still works."""
    made = await databases.address("order")
    owner = await asyncpg.connect(made.owner_dsn)
    today = datetime.now(UTC).date()
    await owner.execute(f"DROP TABLE outbox_{today:%Y%m%d}")
    await owner.close()
    db = await Database.open(made.dsn, 2)
    async with db.transaction() as tx:
        await outbox.append(tx, allocated("a"))
    await retention.sweep(db)
    async with db.read() as tx:
        assert await tx.fetchval("SELECT tableoid::regclass::text FROM outbox") == "outbox_default"
    await db.close()


async def test_old_inbox_rows_and_peoples_requests_go_and_devices_requests_stay(databases: Databases) -> None:
    db = await databases.open("order")
    async with db.transaction() as tx:
        await tx.execute(
            "INSERT INTO inbox (event_id, consumer, record_time)"
            " SELECT gen_random_uuid(), 'order', now() - make_interval(days => age)"
            "   FROM unnest(ARRAY[1, 29, 31, 60]) AS age, generate_series(1, 600)"
        )
        await tx.execute(
            "INSERT INTO requests (request_id, principal, rpc, fingerprint, for_ever, record_time)"
            " SELECT age::text || device, 'p', 'r', '', device, now() - make_interval(hours => age)"
            "   FROM unnest(ARRAY[1, 71, 73]) AS age, unnest(ARRAY[true, false]) AS device"
        )
    await retention.sweep(db)
    async with db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM inbox") == 1200
        kept = [row["request_id"] for row in await tx.fetch("SELECT request_id FROM requests ORDER BY 1")]
    assert kept == ["1false", "1true", "71false", "71true", "73true"]


async def _partitions(db: Database) -> set[str]:
    async with db.read() as tx:
        rows = await tx.fetch(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'outbox'::regclass"
        )
    return {row["name"] for row in rows}


async def _old_day(owner: "asyncpg.Connection[asyncpg.Record]", days: int, published: str) -> None:
    day = datetime.now(UTC).date() - timedelta(days=days)
    name = f"outbox_{day:%Y%m%d}"
    await owner.execute(
        f"CREATE TABLE {name} PARTITION OF outbox FOR VALUES FROM ('{day}+00') TO ('{day + timedelta(days=1)}+00');"
        "INSERT INTO outbox"
        " (event_id, record_time, aggregate_id, subject, sequence, traceparent, payload, published_time)"
        f" VALUES (gen_random_uuid(), '{day} 12:00+00', 'a', 's', 1, '', '', {published})"
    )
