"""Timers fire once they are due, in spite of replicas and failures."""

from datetime import timedelta

import pytest

from kit import audit, leases, timers
from kit.postgres import Database, Tx
from kit.timers import Due, InTx, Timers
from omo.audit.v1 import audit_service_pb2 as audit_pb
from tests.service.kit.rig import eventually
from tests.service.kit.timing import START, Hand, clock, db, effects, firing, has, no_backoff, note, plan

__all__ = ["clock", "db", "no_backoff"]


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


async def test_a_timer_that_failed_is_unfinished_until_it_is_done_or_given_up(
    db: Database, clock: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "backoff", lambda _: timedelta(hours=1))
    broken = {"is": True}

    async def fail(tx: Tx, due: Due) -> None:
        if broken["is"]:
            raise RuntimeError("broken")
        await note(tx, due)

    await plan(db, "later", 86_400)
    assert await _unfinished(db, clock) == (0, 0, 0)
    await plan(db, "a")
    async with firing(Timers(db, clock, {"expire": InTx(fail)})):
        await eventually(lambda: _failed(db))
        assert await _unfinished(db, clock) == (1, 1, 0)  # due in an hour, and yet not quiet
        broken["is"] = False
        clock.move(3600)
        await eventually(lambda: has(db, 1))
        assert await _unfinished(db, clock) == (0, 0, 0)
        broken["is"] = True
        await plan(db, "b")
        while not await timers.stuck(db):
            clock.move(3600)
            await eventually(lambda: _put_off(db, clock))
    assert await _unfinished(db, clock) == (0, 0, 1)


async def _unfinished(db: Database, clock: Hand) -> tuple[int, int, int]:
    """What is pending, and what the audit service says: due timers, and those that need attention."""

    async def nothing() -> int:
        return 0

    told = await audit.AuditServicer(db, clock, (), nothing).GetBacklog(audit_pb.GetBacklogRequest(), None)
    return await timers.pending(db, clock()), told.due_timers, told.needs_attention


async def _failed(db: Database) -> bool:
    return any(await _errors(db))


async def _put_off(db: Database, clock: Hand) -> bool:
    """Whether nothing is left that could be tried now."""
    async with db.read() as tx:
        asked = "SELECT count(*) FROM timers WHERE next_time <= $1 AND NOT needs_attention"
        return int(await tx.fetchval(asked, clock())) == 0


async def _errors(db: Database) -> list[str]:
    async with db.read() as tx:
        return [row["last_error"] for row in await tx.fetch("SELECT last_error FROM timers")]
