"""Does the work that falls due: one loop for expiries, deadlines and sagas, in every service.

Due times are business time and come from the injected clock; leases are the
database's.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from kit import faultpoints, leases
from kit.clock import Clock
from kit.leases import Due, LeaseLost, again, finish, holding, keep
from kit.postgres import TROUBLE, Database, Tx, is_away
from kit.schedules import Stuck, cancel, pending, retry, schedule, schedule_many, stuck
from kit.telemetry import logs, metrics, places, traces

__all__ = [
    "Due", "InTx", "LeaseLost", "Leased", "Stuck", "Timers", "again", "cancel", "finish", "holding", "keep",
    "pending", "retry", "schedule", "schedule_many", "stuck",
]  # fmt: skip

POLL = 0.2
BULK = 64
_TRANSACTIONS = 3  # connections of the pool at most, so that timers never starve calls
_HELD = 16  # leased timers of one kind at once

_DUE = "NOT needs_attention AND next_time <= $1 AND (lease_until IS NULL OR lease_until < clock_timestamp())"
# what is due by kind, and under no kind those that gave up
_KINDS = f"""
SELECT kind, count(*) FROM timers WHERE {_DUE} AND kind = ANY($2) GROUP BY kind
 UNION ALL SELECT NULL, count(*) FROM timers WHERE needs_attention
"""
_SOME = f"SELECT key, kind FROM timers WHERE {_DUE} AND kind = $2 ORDER BY next_time LIMIT $3 FOR UPDATE SKIP LOCKED"
_TAKE = f"""
DELETE FROM timers WHERE (key, kind) IN ({_SOME}) RETURNING kind, key, payload, attempt + 1 AS attempt, fence, due_time
"""
_TAKE_ONE = "DELETE FROM timers WHERE key = $1 AND kind = $2 AND fence = $3 RETURNING true"
_LEASE = f"""
UPDATE timers SET lease_until = clock_timestamp() + $4, fence = fence + 1, moved = 0, attempt = attempt + 1
 WHERE (key, kind) IN ({_SOME}) RETURNING kind, key, payload, attempt, fence, due_time
"""

_log = logs.get(__name__)
faultpoints.register("timers.before_commit", "timers.leased")


@dataclass(frozen=True, slots=True)
class InTx:
    """Work done in the transaction that removes the timer: exactly once. `InTx.many` takes up to 64 at once."""

    handler: Callable[[Tx, Any], Awaitable[None]]
    bulk: bool = False

    @classmethod
    def many(cls, handler: Callable[[Tx, list[Due]], Awaitable[None]]) -> Self:
        """Work on many timers together; if it fails, each is tried alone."""
        return cls(handler, bulk=True)

    async def run(self, tx: Tx, dues: Sequence[Due]) -> None:
        """Does the work."""
        await self.handler(tx, list(dues) if self.bulk else dues[0])
        faultpoints.hit("timers.before_commit")


@dataclass(frozen=True, slots=True)
class Leased:
    """Work that calls others, outside any transaction; it ends with `finish(tx, due)` or `again(tx, due, …)`."""

    handler: Callable[[Due], Awaitable[None]]


class Timers:
    """One process's loop over the timers of the kinds that it has handlers for."""

    def __init__(self, db: Database, clock: Clock, handlers: Mapping[str, InTx | Leased]) -> None:
        self._db = db
        self._clock = clock
        self._handlers = handlers
        self._due = {kind: asyncio.Event() for kind in handlers}
        self._stopping = asyncio.Event()
        self._transactions = asyncio.Semaphore(_TRANSACTIONS)

    async def run(self) -> None:
        """Works until `stop`; ends when what is in hand has ended."""
        async with asyncio.TaskGroup() as group:
            for kind, handler in self._handlers.items():
                group.create_task(self._keep_firing(kind, handler, group))
            await self._poll()

    def stop(self) -> None:
        """Asks `run` to take nothing more, and end."""
        self._stopping.set()
        for event in self._due.values():
            event.set()

    async def _poll(self) -> None:
        """One question for all kinds; each kind that has something due is woken."""
        while not self._stopping.is_set():
            with suppress(*TROUBLE):
                async with self._db.read() as tx:
                    rows = await tx.fetch(_KINDS, self._clock(), list(self._handlers))
                counts = {row["kind"]: row["count"] for row in rows}
                metrics.SAGA_NEEDS_ATTENTION.set(counts.pop(None))
                metrics.SAGA_DUE.set(sum(counts.values()))
                for kind in counts:
                    self._due[kind].set()
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._stopping.wait()

    async def _keep_firing(self, kind: str, handler: InTx | Leased, group: asyncio.TaskGroup) -> None:
        slots = asyncio.Semaphore(_HELD)
        while not self._stopping.is_set():
            await self._due[kind].wait()
            self._due[kind].clear()
            try:
                if isinstance(handler, InTx):
                    await self._fire_in_tx(kind, handler)
                else:
                    await self._fire_leased(kind, handler, group, slots)
            except TROUBLE as error:
                _log.warning("timers wait", timer=kind, error=f"{type(error).__name__}: {error}")

    async def _fire_in_tx(self, kind: str, handler: InTx) -> None:
        async def work() -> None:
            more = True
            while more and not self._stopping.is_set():
                async with self._transactions:
                    more = await self._take(kind, handler)

        ends = await asyncio.gather(*(work() for _ in range(_TRANSACTIONS)), return_exceptions=True)
        for error in filter(None, ends):
            raise error

    async def _take(self, kind: str, handler: InTx) -> bool:
        """One transaction's worth of due timers; False if there was none."""
        dues: list[Due] = []
        try:
            async with self._db.transaction() as tx:
                rows = await tx.fetch(_TAKE, self._clock(), kind, BULK if handler.bulk else 1)
                dues = [Due(**row) for row in rows]
                if dues:
                    with traces.span(f"timer {kind}"):
                        await handler.run(tx, dues)
        except Exception as error:
            if not dues or is_away(error):
                raise
            if len(dues) == 1:
                await self._put_off(dues[0], error)
            else:
                for due in dues:
                    await self._take_alone(due, handler)
        return bool(dues)

    async def _take_alone(self, due: Due, handler: InTx) -> None:
        try:
            async with self._db.transaction() as tx:
                if await tx.fetchval(_TAKE_ONE, due.key, due.kind, due.fence):
                    await handler.run(tx, [due])
        except Exception as error:
            if is_away(error):
                raise
            await self._put_off(due, error)

    async def _fire_leased(
        self, kind: str, handler: Leased, group: asyncio.TaskGroup, slots: asyncio.Semaphore
    ) -> None:
        while not self._stopping.is_set():
            await slots.acquire()
            try:
                async with self._db.read() as tx:
                    row = await tx.fetchrow(_LEASE, self._clock(), kind, 1, leases.LEASE)
            except BaseException:
                slots.release()
                raise
            if row is None:
                slots.release()
                return
            group.create_task(self._hold(Due(**row), handler)).add_done_callback(lambda _: slots.release())

    async def _hold(self, due: Due, handler: Leased) -> None:
        """Runs the handler under its lease; what it leaves unended, or fails, is put off."""
        faultpoints.hit("timers.leased")
        try:
            with traces.span(f"timer {due.kind}"):
                async with holding(self._db, due):
                    await handler.handler(due)
            await self._put_off(due, RuntimeError("the handler neither finished nor asked for another time"))
        except LeaseLost:
            # also a common end: the handler's own `finish` is noticed by the renewal
            with suppress(*TROUBLE):  # else it runs out by itself
                async with self._db.read() as tx:
                    await leases.drop(tx, due)
        except Exception as error:
            await self._leave(due, error)

    async def _leave(self, due: Due, error: Exception) -> None:
        """Puts off what failed once the database answers, so that nobody waits for the lease to run out."""
        until = time.monotonic() + leases.LEASE.total_seconds()
        while time.monotonic() < until and not self._stopping.is_set():
            with suppress(*TROUBLE):
                return await self._put_off(due, error)
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._stopping.wait()
        return None

    async def _put_off(self, due: Due, error: Exception) -> None:
        said = f"{type(error).__name__}: {error}"
        given_up = await leases.put_off(self._db, due, self._clock() + leases.backoff(due.attempt), said)
        if given_up is None:  # the common end: the handler's own `finish` took the timer away
            return
        level, event = (_log.error, "timer given up") if given_up else (_log.warning, "timer put off")
        level(event, timer=due.kind, attempt=due.attempt, error=places.of(error))
