"""Drives a store's till whose journal is the data set: sends its sales until the store door has them all."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from cli.stack.trouble import Trouble
from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import storelink_service_pb2 as storelink
from omo_storelink import Door, Hears, Link, Pace
from omo_storelink.ending import SessionOver
from omo_storelink.lanes import Head

SALES = facts.LANE_SALES
PACE = Pace(shortest=0.2, longest=5.0)
# the door may refuse a token that ended under way, and then takes the next one
REFUSALS = 2


class DoorRefused(Trouble):
    """The store door does not take what we send, or us: trying again will not help."""

    def __init__(self, what: str) -> None:
        super().__init__(what, "read the log of storelink and of order")


class DoorSilent(Trouble):
    """Nothing was acknowledged for so long that trying on makes no sense."""

    def __init__(self, what: str) -> None:
        super().__init__(what, "see that storelink and order run; a replay goes on where it ended")


@dataclass(slots=True)
class Journal:
    """A lane of sales, numbered from 1, that is only read: its facts are the data set's, written as a till would."""

    payloads: Sequence[bytes]
    acked: int = 0
    # What the door had before this run: a replay that was cut short goes on from there.
    found: int = 0
    contacted: bool = False
    conflicts: list[int] = field(default_factory=list)
    # set whenever the door has more than before
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def done(self) -> bool:
        """Whether the door has everything; an empty journal is done when the door was heard."""
        return self.contacted and self.acked >= len(self.payloads)

    def head(self, lane: int) -> Head:
        if lane != SALES:
            return Head(0, 0)
        return Head(len(self.payloads), self.acked, self.contacted)

    def read(self, lane: int, first: int, limit: int) -> list[tuple[int, bytes]]:
        if lane != SALES:
            return []
        return list(enumerate(self.payloads[first - 1 : first - 1 + limit], start=first))

    def acknowledge(self, lane: int, durable_ack: int) -> None:
        """The lane may be ahead of a journal that holds fewer weeks."""
        have = min(durable_ack, len(self.payloads))
        if lane == SALES and have > self.acked:
            self.acked = have
            self.moved.set()

    def contact(self, lane: int, durable_ack: int) -> None:
        """At first contact what the door has is believed to be ours: the same data set is always the same bytes."""
        if lane != SALES or self.contacted:
            return
        self.contacted = True
        self.acknowledge(lane, durable_ack)
        self.found = self.acked
        self.moved.set()

    def note(self, lane: int, sequence: int, note: str) -> None:
        if lane == SALES and note == "conflict":
            self.conflicts.append(sequence)


@dataclass(slots=True)
class Till:
    """One terminal; reconnecting, resuming and resending are the library's."""

    door: Door
    journal: Journal
    patience: float = 60.0
    sessions: int = 0
    _why: str = "no session yet"
    _refusals: int = 0
    _refused: DoorRefused | None = None

    @property
    def sent(self) -> int:
        """Sales that this run brought in."""
        return self.journal.acked - self.journal.found

    async def run(self) -> None:
        """Returns when every sale of the journal is acknowledged for good."""
        hears = Hears(refused=self._unreadable, welcome=self._welcome, over=self._over)
        link = Link(self.door, self.journal, hears, app_version="replay", facts_only=True, pace=PACE)
        running = asyncio.create_task(link.run())
        try:
            while not self.journal.done:
                await self._progress()
        finally:
            self.sessions = link.sessions
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def _progress(self) -> None:
        try:
            async with asyncio.timeout(self.patience):
                await self.journal.moved.wait()
        except TimeoutError:
            what = f"nothing acknowledged for {self.patience:.0f} s after sale {self.journal.acked}: {self._why}"
            raise DoorSilent(what) from None
        self.journal.moved.clear()
        if self._refused is not None:
            raise self._refused

    async def _welcome(self, _: storelink.Welcome) -> None:
        self._refusals = 0

    async def _unreadable(self, refused: storelink.FrameRefused) -> None:
        self._refuse(f"frame from sale {refused.first_sequence}: {refused.reason}, {refused.message}")

    async def _over(self, over: SessionOver) -> None:
        self._why = over.why
        self._refusals = self._refusals + 1 if over.refused else 0
        if self._refusals >= REFUSALS:
            self._refuse(over.why)

    def _refuse(self, what: str) -> None:
        self._refused = DoorRefused(what)
        self.journal.moved.set()
