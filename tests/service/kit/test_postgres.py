"""The pool under load, after lost connections, and what its errors mean."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from kit import outbox, postgres
from kit.errors import Code, Fault
from kit.ids import uuid7
from kit.postgres import Database
from tests.harness.databases import Databases
from tests.service.kit.rig import allocated, eventually


async def test_types_come_back_as_the_house_has_them(databases: Databases) -> None:
    db = await databases.open("order")
    made = uuid7()
    async with db.read() as tx:
        row = await tx.fetchrow(
            "SELECT $1::uuid AS one, $2::uuid[] AS many, $3::timestamptz AS at, $4::jsonb AS doc",
            made, [made, made], datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), '{"a": 1}',
        )  # fmt: skip
    assert row is not None
    assert tuple(row) == (made, [made, made], datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), '{"a": 1}')
    assert row["at"].tzinfo is not None


async def test_a_full_pool_refuses_soon_instead_of_queueing(databases: Databases) -> None:
    db = await databases.open("order", size=1)
    async with db.transaction():
        with pytest.raises(postgres.Overloaded) as refused:
            async with db.read():
                pass
    assert postgres.ACQUIRE_TIMEOUT < 1.0
    assert refused.value.code is Code.RESOURCE_EXHAUSTED
    assert await db.reachable()


async def test_a_cancelled_call_gives_its_connection_back(databases: Databases) -> None:
    db = await databases.open("order", size=1)

    async def hang() -> None:
        async with db.transaction() as tx:
            await tx.execute("SELECT pg_sleep(60)")

    for _ in range(3):
        task = asyncio.create_task(hang())
        await eventually(lambda: db.in_use() == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await eventually(db.reachable)
    assert db.in_use() == 0


async def test_lost_connections_are_replaced(databases: Databases) -> None:
    db = await databases.open("order")
    async with db.read() as tx:
        name = await tx.fetchval("SELECT current_database()")
    await databases.admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    await eventually(db.reachable)
    async with db.transaction() as tx:
        assert await tx.fetchval("SELECT 1") == 1


async def test_a_statement_that_takes_too_long_is_stopped_by_the_server(databases: Databases) -> None:
    db = await databases.open("order")
    with pytest.raises(asyncpg.QueryCanceledError) as stopped:
        async with db.read() as tx:
            await tx.execute("SELECT pg_sleep(10)")
    fault = postgres.as_fault(stopped.value)
    assert isinstance(fault, Fault)
    assert fault.reason == "OVERLOADED"


async def test_two_that_meet_are_told_to_come_again(databases: Databases) -> None:
    db = await databases.open("order")
    async with db.transaction() as tx:
        await tx.execute("INSERT INTO requests (request_id, principal, rpc, fingerprint) VALUES ('r', 'p', 'x', '')")
        with pytest.raises(asyncpg.LockNotAvailableError) as met:
            async with db.transaction() as other:
                await other.execute(
                    "INSERT INTO requests (request_id, principal, rpc, fingerprint) VALUES ('r', 'p', 'x', '')"
                )
    fault = postgres.as_fault(met.value)
    assert fault is not None
    assert (fault.code, fault.reason) == (Code.ABORTED, "CONFLICT")


async def test_an_error_of_ours_has_no_public_meaning(databases: Databases) -> None:
    db = await databases.open("order")
    with pytest.raises(asyncpg.UndefinedTableError) as wrong:
        async with db.read() as tx:
            await tx.execute("SELECT * FROM no_such_table")
    assert postgres.as_fault(wrong.value) is None


async def test_only_a_commit_with_events_wakes_the_relay(databases: Databases) -> None:
    db = await databases.open("order", size=1)
    woken: list[int] = []
    db.on_append(lambda: woken.append(1))
    async with db.transaction() as tx:
        await tx.execute("SELECT 1")
    with pytest.raises(ZeroDivisionError):
        await _append_and_fail(db)
    async with db.transaction() as tx:
        await tx.execute("SELECT 1")
    assert woken == []
    async with db.transaction() as tx:
        await outbox.append(tx, allocated("a"), allocated("b"))
        assert woken == []
    assert woken == [1]


async def test_an_unfit_event_is_refused_when_it_is_appended(databases: Databases) -> None:
    db = await databases.open("order")
    async with db.transaction() as tx:
        with pytest.raises(outbox.EventUnfit, match="names no aggregate"):
            await outbox.append(tx, allocated(""))
        with pytest.raises(outbox.EventUnfit, match="bytes, more than"):
            await outbox.append(tx, allocated("a", reason="x" * 70_000))
        await outbox.append(tx)


async def _append_and_fail(db: Database) -> None:
    async with db.transaction() as tx:
        await outbox.append(tx, allocated("a"))
        _ = 1 / 0
