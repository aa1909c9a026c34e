"""Leased work belongs to one holder at a time, and only the holder may end it."""

import asyncio
from datetime import timedelta

import pytest

from kit import leases, timers
from kit.postgres import Database, DatabaseAway
from kit.timers import Due, InTx, Leased, LeaseLost, Timers
from tests.harness.databases import Databases
from tests.service.kit.rig import eventually
from tests.service.kit.timing import START, Hand, clock, db, effects, firing, gone, has, no_backoff, note, plan

__all__ = ["clock", "db", "no_backoff"]


async def test_leased_work_ends_in_the_transaction_of_its_effect(db: Database, clock: Hand) -> None:
    async def work(due: Due) -> None:
        async with db.transaction() as tx:
            await note(tx, due)
            await timers.finish(tx, due)

    await plan(db, "a", payload=b"p")
    async with firing(*(Timers(db, clock, {"expire": Leased(work)}) for _ in range(2))):
        await eventually(lambda: gone(db))
    assert await effects(db) == ["a"]


async def test_leased_work_that_progresses_starts_its_attempts_anew(db: Database, clock: Hand) -> None:
    attempts: list[int] = []

    async def work(due: Due) -> None:
        attempts.append(due.attempt)
        async with db.transaction() as tx:
            if len(attempts) < 3:
                await timers.again(tx, due, START if len(attempts) == 1 else START + timedelta(seconds=60))
            else:
                await timers.finish(tx, due)

    await plan(db, "a")
    async with firing(Timers(db, clock, {"expire": Leased(work)})):
        await eventually(lambda: len(attempts) == 2)
        clock.move(60)
        await eventually(lambda: gone(db))
    assert attempts == [1, 1, 1]


@pytest.mark.usefixtures("no_backoff")
@pytest.mark.parametrize("raises", [True, False])
async def test_leased_work_that_fails_or_forgets_to_end_is_tried_again(db: Database, clock: Hand, raises: bool) -> None:
    attempts: list[int] = []

    async def work(due: Due) -> None:
        attempts.append(due.attempt)
        if len(attempts) == 3:
            async with db.transaction() as tx:
                await timers.finish(tx, due)
        elif raises:
            raise RuntimeError("not yet")

    await plan(db, "a")
    async with firing(Timers(db, clock, {"expire": Leased(work)})):
        await eventually(lambda: gone(db))
    assert attempts == [1, 2, 3]


async def test_a_lease_that_ran_out_is_taken_over_and_its_old_holder_cannot_end_it(
    db: Database, clock: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with db.transaction() as tx:
        fence = await timers.schedule(tx, "expire", "a", START, b"", timedelta(milliseconds=300))
    mine = Due("expire", "a", fence=fence)

    async def work(due: Due) -> None:
        assert due.fence > fence
        async with db.transaction() as tx:
            await note(tx, due)
            await timers.finish(tx, due)

    async with firing(Timers(db, clock, {"expire": Leased(work)})):
        await eventually(lambda: gone(db))
    for ending in (timers.finish, timers.keep):
        with pytest.raises(LeaseLost):
            async with db.transaction() as tx:
                await ending(tx, mine)
    # not even a namesake made anew
    await plan(db, "a", 3600)
    with pytest.raises(LeaseLost):
        async with db.transaction() as tx:
            await timers.finish(tx, mine)
    assert await effects(db) == ["a"]


async def test_a_held_lease_keeps_the_loop_away(db: Database, clock: Hand) -> None:
    async with db.transaction() as tx:
        fence = await timers.schedule(tx, "expire", "held", START, b"", timedelta(seconds=60))
    await plan(db, "free")
    async with firing(Timers(db, clock, {"expire": InTx(note)})):
        await eventually(lambda: has(db, 1))
        async with db.transaction() as tx:
            await timers.keep(tx, Due("expire", "held", fence=fence))
            await timers.finish(tx, Due("expire", "held", fence=fence))
    assert await effects(db) == ["free"]


async def test_whoever_loses_the_lease_while_working_is_stopped(
    db: Database, clock: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEW", 0.05)
    fence = await plan(db, "a")
    with pytest.raises(LeaseLost):
        await _hold_for_ever(db, Due("expire", "a", fence=fence))
    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()


async def test_a_long_holder_keeps_its_lease(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEW", 0.05)
    async with db.transaction() as tx:
        fence = await timers.schedule(tx, "expire", "a", START, b"", timedelta(milliseconds=100))
    async with timers.holding(db, Due("expire", "a", fence=fence)):
        await eventually(lambda: _lease_beyond(db, 10.0))


async def _hold_for_ever(db: Database, due: Due) -> None:
    async with timers.holding(db, due):
        await plan(db, due.key, 3600)  # by somebody else: the fence moves
        await asyncio.Event().wait()


async def _lease_beyond(db: Database, seconds: float) -> bool:
    async with db.read() as tx:
        left = "SELECT extract(epoch FROM lease_until - clock_timestamp()) FROM timers"
        return float(await tx.fetchval(left)) > seconds


async def test_a_lease_that_is_let_go_may_be_taken_at_once(db: Database, clock: Hand) -> None:
    async with db.transaction() as tx:
        fence = await timers.schedule(tx, "expire", "a", START, lease=timedelta(hours=1))
    await leases.let_go(db, Due("expire", "a", fence=fence), START)
    async with firing(Timers(db, clock, {"expire": InTx(note)})):
        await eventually(lambda: gone(db))
    assert await effects(db) == ["a"]


async def test_a_lease_that_somebody_else_has_is_not_let_go(db: Database, clock: Hand) -> None:
    async with db.transaction() as tx:
        fence = await timers.schedule(tx, "expire", "a", START, lease=timedelta(hours=1))
        await timers.keep(tx, Due("expire", "a", fence=fence), timedelta(hours=1))
    await leases.let_go(db, Due("expire", "a", fence=fence - 1), START)
    async with db.read() as tx:
        assert await tx.fetchval("SELECT lease_until > clock_timestamp() FROM timers"), "its holder still has it"


async def test_a_lease_is_let_go_when_the_database_is_back(databases: Databases) -> None:
    address = await databases.address("order")
    db = await Database.open(address.dsn, 2)
    async with db.transaction() as tx:
        fence = await timers.schedule(tx, "expire", "a", START, lease=timedelta(hours=1))
    async with databases.away(address.name):
        leaving = asyncio.create_task(leases.let_go(db, Due("expire", "a", fence=fence), START))
        done, _ = await asyncio.wait([leaving], timeout=0.2)
        assert not done, "the database cannot be asked"
    await leaving
    async with db.read() as tx:
        assert await tx.fetchval("SELECT lease_until IS NULL FROM timers")
    await db.close()


@pytest.mark.usefixtures("no_backoff")
async def test_work_that_lost_the_database_does_not_wait_for_its_lease(databases: Databases, clock: Hand) -> None:
    address = await databases.address("order")
    db = await Database.open(address.dsn, 4)
    begun, cut, failed = asyncio.Event(), asyncio.Event(), asyncio.Event()
    attempts: list[int] = []

    async def work(due: Due) -> None:
        attempts.append(due.attempt)
        if len(attempts) == 1:
            begun.set()
            await cut.wait()
            failed.set()
            raise DatabaseAway("the database cannot be reached")
        async with db.transaction() as tx:
            await timers.finish(tx, due)

    await plan(db, "a")
    async with firing(Timers(db, clock, {"expire": Leased(work)})):
        await begun.wait()
        async with databases.away(address.name):
            cut.set()
            await failed.wait()
            await asyncio.sleep(0.5)  # it tries to put the timer off, and cannot
        async with asyncio.timeout(leases.LEASE.total_seconds() / 3):
            await eventually(lambda: gone(db))
    assert attempts == [1, 2]
    await db.close()
