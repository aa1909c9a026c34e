"""Holds a due timer for one process at a time: leased by the database's clock, fenced against earlier holders."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.postgres import TROUBLE, Database, Tx

LEASE = timedelta(seconds=15)
RENEW = 5.0
TRIES = 12
_PAUSE = 0.5
_ERROR_LENGTH = 2000

_RENEW = """
UPDATE timers SET lease_until = clock_timestamp() + $4 WHERE key = $1 AND kind = $2 AND fence = $3 RETURNING true
"""
_FINISH = "DELETE FROM timers WHERE key = $1 AND kind = $2 AND fence = $3 RETURNING true"
# The fence moves, so that whoever still believes to hold the lease is told so.
_AGAIN = """
UPDATE timers SET next_time = $4, last_error = $5, lease_until = NULL, fence = fence + 1, moved = 0,
       attempt = CASE WHEN $5::text IS NULL THEN 0 ELSE $6 END, needs_attention = $5 IS NOT NULL AND $6 >= $7
 WHERE key = $1 AND kind = $2 AND fence = $3 RETURNING needs_attention
"""
# Of a timer that was moved meanwhile; whoever took it over since has a lease of his own.
_DROP = """
UPDATE timers SET lease_until = NULL, moved = 0 WHERE key = $1 AND kind = $2 AND moved > 0 AND fence - moved = $3
"""


class LeaseLost(Exception):
    """The timer was moved or cancelled, or somebody else holds it now: stop at once, change nothing more."""


@dataclass(frozen=True, slots=True)
class Due:
    """A timer in hand: `attempt` counts from 1, `fence` proves that it is still ours."""

    kind: str
    key: str
    payload: bytes = b""
    attempt: int = 1
    fence: int = 0
    due_time: datetime | None = None


def backoff(attempt: int) -> timedelta:
    """1 s doubling to 5 min, half of it by chance, so that what failed together is not tried together."""
    return timedelta(seconds=min(300.0, 2.0 ** (attempt - 1)) * random.uniform(0.5, 1.0))


async def keep(tx: Tx, due: Due, lease: timedelta = LEASE) -> None:
    """Proves in this transaction that the timer is still ours, and prolongs the lease; raises LeaseLost."""
    if not await tx.fetchval(_RENEW, due.key, due.kind, due.fence, lease):
        raise LeaseLost(f"{due.kind} {due.key}")


async def finish(tx: Tx, due: Due) -> None:
    """Ends the timer in the transaction of its effect; raises LeaseLost."""
    if not await tx.fetchval(_FINISH, due.key, due.kind, due.fence):
        raise LeaseLost(f"{due.kind} {due.key}")


async def again(tx: Tx, due: Due, at: datetime, error: str | None = None) -> bool:
    """Puts the timer off until `at`; raises LeaseLost.

    Without an error it made progress and its attempts start anew; with one,
    the twelfth leaves it to a person. Returns whether it did.
    """
    said = error[:_ERROR_LENGTH].replace("\x00", "") if error is not None else None
    stuck = await tx.fetchval(_AGAIN, due.key, due.kind, due.fence, at, said, due.attempt, TRIES)
    if stuck is None:
        raise LeaseLost(f"{due.kind} {due.key}")
    return bool(stuck)


async def drop(tx: Tx, due: Due) -> None:
    """Says that whoever lost `due` works at it no more: if it was moved meanwhile, the next may take it when it is due.

    Without that the next waits until the lease runs out.
    """
    await tx.execute(_DROP, due.key, due.kind, due.fence)


async def put_off(db: Database, due: Due, at: datetime, error: str | None = None) -> bool | None:
    """As `again`, in a transaction of its own; of a timer that was lost, None: only what is left of its lease goes."""
    try:
        async with db.transaction() as tx:
            return await again(tx, due, at, error)
    except LeaseLost:
        async with db.read() as tx:
            await drop(tx, due)
        return None


async def let_go(db: Database, due: Due, at: datetime) -> None:
    """Gives up a lease that nobody works under any more, as soon as the database answers: the next may take it `at`.

    Else whatever was in hand when the database went away would stand still for
    as long as leases last, although the holder lives.
    """
    until = time.monotonic() + LEASE.total_seconds()
    while time.monotonic() < until:
        try:
            await put_off(db, due, at)
        except TROUBLE:
            await asyncio.sleep(_PAUSE * random.uniform(0.5, 1.5))
        else:
            return


@asynccontextmanager
async def holding(db: Database, due: Due) -> AsyncIterator[None]:
    """Renews the lease while the block works; if it is lost, the block is cancelled and LeaseLost raised."""
    worker = asyncio.current_task()
    assert worker is not None
    lost = asyncio.Event()

    async def renew() -> None:
        await _renewed_until_lost(db, due)
        lost.set()
        worker.cancel()

    renewer = asyncio.create_task(renew())
    try:
        yield
    except asyncio.CancelledError:
        if not lost.is_set():
            raise
        worker.uncancel()
        raise LeaseLost(f"{due.kind} {due.key}") from None
    finally:
        renewer.cancel()


async def _renewed_until_lost(db: Database, due: Due) -> None:
    """Returns when the lease is lost, or when it may be because the database was away for as long as it lasts."""
    until = time.monotonic() + LEASE.total_seconds()
    while time.monotonic() < until:
        await asyncio.sleep(RENEW)
        try:
            async with db.read() as tx:
                await keep(tx, due)
        except LeaseLost:
            return
        except TROUBLE:
            continue
        until = time.monotonic() + LEASE.total_seconds()
