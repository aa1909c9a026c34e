"""Whether the process can do its work: its own database answers, and nothing else counts.

Not the broker and not a neighbour: events wait in the outbox, and a lost
neighbour must not take every process that calls it out of service.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from kit.errors import Code, Fault
from kit.telemetry import logs, metrics

if TYPE_CHECKING:  # the gateway has none, and does not load the driver
    from kit.postgres import Database

_PERIOD = 1.0
_ANSWER_WITHIN = 2.0
# one lost answer is noise
_MISSES = 2

_log = logs.get(__name__)

Tell = Callable[[bool], Awaitable[None]]


class Readiness:
    """Looks every second, and tells the fronts when the answer changes."""

    def __init__(self) -> None:
        self.able = False
        self._misses = 0

    async def watch(self, db: "Database | None", tell: Sequence[Tell], stopping: asyncio.Event) -> None:
        """Runs until `stopping` is set; from then on the process is not ready."""
        while not stopping.is_set():
            self._misses = 0 if await _reachable(db) else self._misses + 1
            await self._become(self._misses < _MISSES, tell)
            try:
                async with asyncio.timeout(_PERIOD):
                    await stopping.wait()
            except TimeoutError:
                continue
        self.able = False
        metrics.READY.set(0)

    async def _become(self, able: bool, tell: Sequence[Tell]) -> None:
        if able == self.able:
            return
        self.able = able
        metrics.READY.set(able)
        _log.info("ready" if able else "not ready: the database does not answer")
        for say in tell:
            await say(able)


async def _reachable(db: "Database | None") -> bool:
    if db is None:
        return True
    try:
        async with asyncio.timeout(_ANSWER_WITHIN), db.read() as tx:
            await tx.fetchval("SELECT 1")
    except Fault as fault:
        # a busy pool answers late, but it answers: going away would only make the others busier
        return fault.code is Code.RESOURCE_EXHAUSTED
    except Exception:  # whatever else a driver raises means the same
        return False
    return True
