"""What a till embeds: record facts, and let the rest happen."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from omo_storelink import facts
from omo_storelink.door import Door
from omo_storelink.facts import Fact
from omo_storelink.hears import Hears
from omo_storelink.link import Link, Pace
from omo_storelink.questions import Questions
from omo_storelink.store_journal import Journal

_TRIM_EVERY = 3600.0


class Till:
    """A journal on disk and a link to the store door; works the same with and without a line.

    `async with Till(folder, door) as till:` keeps a session; `record` needs none.
    """

    def __init__(
        self,
        folder: Path | str,
        door: Door,
        *,
        app_version: str = "",
        hears: Hears | None = None,
        facts_only: bool = False,
        pace: Pace | None = None,
    ) -> None:
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        self.door = door
        self.questions = Questions(door)
        self.journal = Journal.open(place / "journal.sqlite3")
        self.link = Link(
            door, self.journal, hears or Hears(), app_version=app_version, facts_only=facts_only, pace=pace
        )
        # one thread: a sync to disk must not hold up the event loop, and facts keep their order
        self._writer = ThreadPoolExecutor(1, "omo-journal")
        self._running: list[asyncio.Task[None]] = []

    def record_now(self, fact: Fact) -> int:
        """Records a fact from any thread; returns its sequence when it is on disk, so print the receipt now."""
        sequence = self.journal.record(
            facts.lane_of(fact), facts.key_of(fact), fact.SerializeToString(deterministic=True)
        )
        self.link.wake()
        return sequence

    async def record(self, fact: Fact) -> int:
        """The same without blocking the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self.record_now, fact)

    def correct(self, fact: Fact, sequence: int) -> None:
        """Puts a readable fact in the place of one that the door refused; its lane goes on."""
        lane = facts.lane_of(fact)
        self.journal.correct(lane, sequence, facts.key_of(fact), fact.SerializeToString(deterministic=True))
        self.link.wake(corrected=True)

    def unacknowledged(self) -> int:
        """How many facts the server does not have yet."""
        heads = (self.journal.head(lane) for lane in facts.LANES)
        return sum(max(0, head.head - head.acked) for head in heads)

    async def synced(self, timeout: float) -> None:
        """Returns when the server has everything; raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while self.unacknowledged():
                self.link.changed.clear()
                await self.link.changed.wait()

    def noted(self) -> dict[int, dict[int, str]]:
        """By lane and sequence: facts that were refused or came into conflict, and wait for a person."""
        return {lane: found for lane in facts.LANES if (found := self.journal.noted(lane))}

    async def __aenter__(self) -> Self:
        self._running = [asyncio.create_task(work()) for work in self._work()]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.door.close()
        self.close()

    def close(self) -> None:
        """Closes the journal."""
        self._writer.shutdown()
        self.journal.close()

    def _work(self) -> Sequence[Callable[[], Coroutine[Any, Any, None]]]:
        return (self.link.run, self._trim)

    async def _trim(self) -> None:
        while True:
            await asyncio.to_thread(self.journal.trim)
            await asyncio.sleep(_TRIM_EVERY)
