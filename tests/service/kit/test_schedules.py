"""A timer that is scheduled while somebody works at it: two never work at once, and the newer schedule stands."""

import asyncio
from datetime import timedelta

import pytest

from kit import leases, timers
from kit.postgres import Database
from kit.timers import Due, Leased, LeaseLost, Timers
from tests.service.kit.rig import eventually
from tests.service.kit.timing import START, Hand, clock, db, effects, firing, gone, note, plan

__all__ = ["clock", "db"]

_LATER = START + timedelta(seconds=60)
_ENDINGS = ("finishes", "puts off", "fails", "forgets")


class Work:
    """Leased work that a test lets go on, and that counts who is at it."""

    def __init__(self, db: Database, ending: str = "finishes") -> None:
        self._db = db
        self._ending = ending
        self.dues: list[Due] = []
        self.at_once = self.most = 0
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, due: Due) -> None:
        self.dues.append(due)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            self.begun.set()
            await self.go.wait()
            await self._end(due)
        finally:
            self.at_once -= 1

    async def _end(self, due: Due) -> None:
        ending = self._ending if len(self.dues) == 1 else "finishes"
        if ending == "fails":
            raise RuntimeError("not yet")
        if ending == "forgets":
            return
        async with self._db.transaction() as tx:
            await note(tx, due)
            if ending == "puts off":
                await timers.again(tx, due, START + timedelta(days=1))
            else:
                await timers.finish(tx, due)


@pytest.mark.parametrize("ending", _ENDINGS)
async def test_what_is_scheduled_anew_waits_for_whoever_is_at_it_and_then_goes_at_once(
    db: Database, clock: Hand, ending: str
) -> None:
    work = Work(db, ending)
    await plan(db, "a", payload=b"old")
    async with firing(*(Timers(db, clock, {"expire": Leased(work)}) for _ in range(2))):
        await work.begun.wait()
        await plan(db, "a", payload=b"new")
        assert await _row(db, "a") == (START, b"new", True), "a second worker might take what the first still has"
        work.go.set()
        async with asyncio.timeout(leases.LEASE.total_seconds() / 3):
            await eventually(lambda: gone(db))
    assert work.most == 1
    assert [(due.payload, due.attempt) for due in work.dues] == [(b"old", 1), (b"new", 1)]
    assert await effects(db) == ["a"], "what the first did in the transaction of its end is undone"


async def test_the_newer_time_stands_whatever_the_holder_says_at_its_end(db: Database) -> None:
    for ending in _ENDINGS[:2]:
        async with db.transaction() as tx:
            fence = await timers.schedule(tx, "expire", ending, START, lease=timedelta(hours=1))
            await timers.schedule_many(tx, "expire", [(ending, _LATER, b"new")])
        mine = Due("expire", ending, fence=fence)
        with pytest.raises(LeaseLost):
            async with db.transaction() as tx:
                await (timers.finish(tx, mine) if ending == "finishes" else timers.again(tx, mine, START))
        assert await _row(db, ending) == (_LATER, b"new", True)
        assert await leases.put_off(db, mine, START, "said too late") is None
        assert await _row(db, ending) == (_LATER, b"new", False)


async def test_many_that_are_scheduled_together_break_no_lease(db: Database) -> None:
    async with db.transaction() as tx:
        await timers.schedule(tx, "expire", "held", START, lease=timedelta(hours=1))
        await timers.schedule_many(tx, "expire", [(key, _LATER, b"new") for key in ("free", "held")])
    assert await _row(db, "held") == (_LATER, b"new", True)
    assert await _row(db, "free") == (_LATER, b"new", False)


async def test_whoever_takes_a_timer_over_is_not_thrown_out_by_those_before(db: Database) -> None:
    """A lease that is asked for with the schedule is the asker's, and nobody else's to give up."""
    async with db.transaction() as tx:
        first = await timers.schedule(tx, "expire", "a", START, lease=timedelta(hours=1))
        await timers.schedule(tx, "expire", "a", START)
        second = await timers.schedule(tx, "expire", "a", _LATER, b"mine", lease=timedelta(hours=1))
    for fence in (first, first + 1):
        await leases.let_go(db, Due("expire", "a", fence=fence), START)
        assert await _row(db, "a") == (_LATER, b"mine", True)
    async with db.transaction() as tx:
        await timers.finish(tx, Due("expire", "a", fence=second))
    assert await gone(db)


async def test_a_holder_that_died_is_followed_when_its_lease_runs_out(db: Database, clock: Hand) -> None:
    work = Work(db)
    work.go.set()
    async with db.transaction() as tx:
        await timers.schedule(tx, "expire", "a", START, b"old", lease=timedelta(milliseconds=300))
    await plan(db, "a", payload=b"new")
    async with firing(Timers(db, clock, {"expire": Leased(work)})):
        await eventually(lambda: gone(db))
    assert [due.payload for due in work.dues] == [b"new"]


async def test_a_holder_that_is_stopped_leaves_what_was_scheduled_meanwhile(
    db: Database, clock: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The renewal tells it; whoever comes next begins when it has stopped."""
    monkeypatch.setattr(leases, "RENEW", 0.05)
    seen: list[bytes] = []

    async def work(due: Due) -> None:
        seen.append(due.payload)
        if len(seen) == 1:
            await plan(db, "a", payload=b"new")  # by somebody else
            await asyncio.Event().wait()
        async with db.transaction() as tx:
            await timers.finish(tx, due)

    await plan(db, "a", payload=b"old")
    async with firing(Timers(db, clock, {"expire": Leased(work)})):
        async with asyncio.timeout(leases.LEASE.total_seconds() / 3):
            await eventually(lambda: gone(db))
    assert seen == [b"old", b"new"]


async def _row(db: Database, key: str) -> tuple[object, bytes, bool]:
    async with db.read() as tx:
        row = await tx.fetchrow(
            "SELECT next_time, payload, coalesce(lease_until > clock_timestamp(), false) FROM timers WHERE key = $1",
            key,
        )
    assert row is not None
    return row[0], row[1], row[2]
