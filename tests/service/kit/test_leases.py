"""Leased work belongs to one holder at a time, and only the holder may end it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from kit import leases, timers
from kit.postgres import Database
from kit.timers import Due, InTx, Leased, LeaseLost, Timers
from tests.harness.databases import Databases
from tests.service.kit.rig import effects_table, eventually
from tests.service.kit.timing import START, Hand, effects, firing, gone, has, note, plan


@pytest.fixture
async def db(databases: Databases) -> AsyncIterator[Database]:
    address = await databases.address("order")
    await effects_table(address.owner_dsn)
    opened = await Database.open(address.dsn, 6)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "backoff", lambda _: timedelta())


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
