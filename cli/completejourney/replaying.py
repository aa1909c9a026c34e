"""Plays the weeks through the store door, many tills at once, as fast as the suite takes them."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from cli.completejourney import wire
from cli.completejourney.source import Source, Weeks
from cli.completejourney.tills import Till
from omo_storelink import facts

TILLS_AT_ONCE = 24

Journal = tuple[str, Sequence[bytes]]
OpenTill = Callable[[str, Sequence[bytes]], Till]


@dataclass(frozen=True, slots=True)
class Played:
    """What a replay sent: baskets that the door did not have before, from how many tills, in how long."""

    baskets: int
    tills: int
    seconds: float
    # store and sequence of each sale that the door has with other content
    conflicts: tuple[tuple[str, int], ...]

    @property
    def baskets_per_second(self) -> float:
        return self.baskets / self.seconds if self.seconds else 0.0


def journals(source: Source, weeks: Weeks) -> Iterator[Journal]:
    """Each store's sales from the first week on: a lane has no gaps, so weeks cannot be played without those before."""
    for store_id, baskets in itertools.groupby(source.baskets(Weeks(1, weeks.last)), key=attrgetter("store_id")):
        yield store_id, [facts.written(wire.sale(basket)) for basket in baskets]


async def play(source: Source, weeks: Weeks, open_till: OpenTill, at_once: int = TILLS_AT_ONCE) -> Played:
    """Returns when the door has acknowledged every sale; only the journals of the tills at work are in memory."""
    waiting = journals(source, weeks)
    turn = asyncio.Lock()
    sent: list[int] = []
    conflicts: list[tuple[str, int]] = []

    async def work() -> None:
        while (journal := await _next(waiting, turn)) is not None:
            till = open_till(*journal)
            await till.run()
            sent.append(till.sent)
            conflicts.extend((journal[0], sequence) for sequence in till.journal.conflicts)

    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(work())
    return Played(sum(sent), len(sent), time.monotonic() - started, tuple(conflicts))


async def timed(work: Awaitable[object]) -> float:
    """How many seconds something took."""
    started = time.monotonic()
    await work
    return time.monotonic() - started


async def _next(waiting: Iterator[Journal], turn: asyncio.Lock) -> Journal | None:
    """The next store's journal, read beside the event loop so that the tills at work are not held up."""
    async with turn:
        return await asyncio.to_thread(next, waiting, None)
