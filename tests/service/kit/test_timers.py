"""Timers fire once they are due, in spite of replicas, failures and lost leases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from kit import leases, timers
from kit.postgres import Database, Tx
from kit.timers import Due, InTx, Leased, LeaseLost, Timers
from tests.harness.databases import Databases
from tests.service.kit.rig import effects_table, eventually

START = datetime(2026, 1, 1, tzinfo=UTC)


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


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


async def note(tx: Tx, due: Due) -> None:
    await tx.execute("INSERT INTO effects (order_id, note) VALUES ($1, $2)", due.key, due.payload.decode())


async def effects(db: Database) -> list[str]:
    async with db.read() as tx:
        return [row["order_id"] for row in await tx.fetch("SELECT order_id FROM effects ORDER BY order_id")]


async def has(db: Database, count: int) -> bool:
    return len(await effects(db)) >= count


async def plan(db: Database, key: str, seconds: float = 0, kind: str = "expire", payload: bytes = b"") -> int:
    async with db.transaction() as tx:
        return await timers.schedule(tx, kind, key, START + timedelta(seconds=seconds), payload)


@asynccontextmanager
async def firing(*loops: Timers) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        async with asyncio.timeout(10):
            await asyncio.gather(*tasks)


async def test_a_timer_fires_when_business_time_reaches_it(db: Database, clock: Hand) -> None:
    await plan(db, "soon", 10)
    await plan(db, "late", 3600)
    await plan(db, "now")
    async with firing(Timers(db, clock, {"expire": InTx(note)})):
        await eventually(lambda: has(db, 1))
        assert await effects(db) == ["now"]
        clock.move(10)
        await eventually(lambda: has(db, 2))
    assert await effects(db) == ["now", "soon"]
    assert await timers.pending(db, clock()) == 0
    assert await timers.pending(db, START + timedelta(hours=1)) == 1


async def test_a_moved_timer_fires_at_its_new_time_and_a_cancelled_one_never(db: Database, clock: Hand) -> None:
    await plan(db, "moved", 5)
    await plan(db, "moved", 500)
    await plan(db, "gone", 5)
    async with db.transaction() as tx:
        assert await timers.cancel(tx, "expire", "gone")
        assert not await timers.cancel(tx, "expire", "gone")
    await plan(db, "mark", 6)
    clock.move(6)
    async with firing(Timers(db, clock, {"expire": InTx(note)})):
        await eventually(lambda: has(db, 1))
        assert await timers.pending(db, clock()) == 0
    assert await effects(db) == ["mark"]


async def test_many_timers_and_replicas_fire_each_once(db: Database, clock: Hand) -> None:
    async with db.transaction() as tx:
        await timers.schedule_many(tx, "expire", [(f"{number:03d}", START, b"") for number in range(300)])
    async with firing(*(Timers(db, clock, {"expire": InTx(note)}) for _ in range(2))):
        await eventually(lambda: has(db, 300))
    assert len(await effects(db)) == 300


async def test_a_bulk_with_one_bad_timer_fires_the_others(db: Database, clock: Hand) -> None:
    sizes: list[int] = []

    async def refuse_bad(tx: Tx, dues: list[Due]) -> None:
        sizes.append(len(dues))
        for due in dues:
            await note(tx, due)
            if due.key == "bad":
                raise ValueError("cannot be")

    async with db.transaction() as tx:
        await timers.schedule_many(tx, "expire", [(f"{number:02d}", START, b"") for number in range(20)])
        await timers.schedule(tx, "expire", "bad", START)
    async with firing(Timers(db, clock, {"expire": InTx.many(refuse_bad)})):
        await eventually(lambda: has(db, 20))
        await eventually(lambda: _errors(db))
    assert max(sizes) > 1
    assert "bad" not in await effects(db)
    assert await _errors(db) == ["ValueError: cannot be"]


@pytest.mark.usefixtures("no_backoff")
async def test_a_timer_that_fails_twelve_times_is_left_to_a_person_who_may_retry(db: Database, clock: Hand) -> None:
    attempts: list[int] = []
    broken = {"is": True}

    async def fail(tx: Tx, due: Due) -> None:
        attempts.append(due.attempt)
        if broken["is"]:
            raise RuntimeError("broken")
        await note(tx, due)

    await plan(db, "a")
    async with firing(Timers(db, clock, {"expire": InTx(fail)})):
        (stuck,) = await eventually(lambda: timers.stuck(db))
        # another worker may try the same attempt before the first has put it off
        assert sorted(set(attempts)) == list(range(1, 13))
        assert (stuck.kind, stuck.key, stuck.last_error) == ("expire", "a", "RuntimeError: broken")
        broken["is"] = False
        async with db.transaction() as tx:
            assert await timers.retry(tx, "expire", "a", clock())
        await eventually(lambda: has(db, 1))


async def test_leased_work_ends_in_the_transaction_of_its_effect(db: Database, clock: Hand) -> None:
    async def work(due: Due) -> None:
        async with db.transaction() as tx:
            await note(tx, due)
            await timers.finish(tx, due)

    await plan(db, "a", payload=b"p")
    async with firing(*(Timers(db, clock, {"expire": Leased(work)}) for _ in range(2))):
        await eventually(lambda: _gone(db))
    assert await effects(db) == ["a"]


async def test_leased_work_that_progresses_starts_its_attempts_anew(db: Database, clock: Hand) -> None:
    attempts: list[int] = []

    async def work(due: Due) -> None:
        attempts.append(due.attempt)
        async with db.transaction() as tx:
            if len(attempts) < 3:
                await timers.again(tx, due, clock() if len(attempts) == 1 else clock() + timedelta(seconds=60))
            else:
                await timers.finish(tx, due)

    await plan(db, "a")
    async with firing(Timers(db, clock, {"expire": Leased(work)})):
        await eventually(lambda: len(attempts) == 2)
        clock.move(60)
        await eventually(lambda: _gone(db))
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
        await eventually(lambda: _gone(db))
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
        await eventually(lambda: _gone(db))
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


async def _errors(db: Database) -> list[str]:
    async with db.read() as tx:
        return [row["last_error"] for row in await tx.fetch("SELECT last_error FROM timers")]


async def _gone(db: Database) -> bool:
    async with db.read() as tx:
        return not await tx.fetchval("SELECT EXISTS (SELECT FROM timers)")


async def _lease_beyond(db: Database, seconds: float) -> bool:
    async with db.read() as tx:
        left = "SELECT extract(epoch FROM lease_until - clock_timestamp()) FROM timers"
        return float(await tx.fetchval(left)) > seconds
