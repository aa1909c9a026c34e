"""The four lanes of one session: what is sent next, what waits for its answer, what the answers mean."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

from omo.storelink.v1 import storelink_service_pb2 as pb
from omo_storelink import facts
from omo_storelink.hears import Hears
from omo_storelink.lanes import Facts, Lane

Write = Callable[[pb.SessionRequest], Awaitable[None]]


class Uplink:
    """Each lane has frames under way of its own: one that waits does not hold up the others."""

    def __init__(self, journal: Facts, hears: Hears, write: Write, changed: asyncio.Event) -> None:
        self._journal = journal
        self._hears = hears
        self._write = write
        self._changed = changed
        self._limits = pb.Welcome(max_facts=facts.MAX_FACTS, max_bytes=facts.MAX_BYTES, max_in_flight=1)
        self._lanes = {lane: Lane() for lane in facts.LANES}
        self.wake = asyncio.Event()
        self.progressed = False

    @property
    def waits(self) -> bool:
        """Whether any frame waits for its answer."""
        return any(lane.under_way for lane in self._lanes.values())

    def corrected(self) -> None:
        """A fact that could not be sent may be sent now."""
        for lane in self._lanes.values():
            lane.stuck_at = 0
        self.wake.set()

    def positions(self) -> list[pb.LanePosition]:
        """What the journal has, for Hello."""
        heads = ((lane, self._journal.head(lane)) for lane in facts.LANES)
        return [
            pb.LanePosition(lane=lane, low=head.acked + 1 if head.head > head.acked else 0, high=head.head)  # type: ignore[arg-type]
            for lane, head in heads
        ]

    async def begin(self, welcome: pb.Welcome) -> None:
        """Takes the door's limits, and finds where each lane goes on."""
        self._limits.MergeFrom(welcome)
        known = {int(ack.lane): ack.durable_ack for ack in welcome.acks}
        for number, lane in self._lanes.items():
            if number in known:
                self._begin(number, known[number])
            elif self._journal.head(number).contacted:
                lane.next = self._journal.head(number).acked + 1
            else:
                # its owner is away: a frame without facts is answered, when it is back, by where the lane stands
                lane.asking = True
                await self._write(facts.message(number, facts.empty(number)))
        self.wake.set()

    async def fill(self) -> None:
        """Sends what may be sent now."""
        for number, lane in self._lanes.items():
            await self._fill(number, lane)

    def acknowledge(self, number: int, durable_ack: int) -> None:
        """The server has everything of the lane up to here."""
        lane = self._lanes[number]
        if lane.asking:
            self._begin(number, durable_ack)
        answered = [last for last in lane.under_way if last <= durable_ack]
        if answered and answered[0] <= lane.contested_until:
            del answered[1:]  # the server had that many before: each frame must be compared by itself
        if answered:
            del lane.under_way[: len(answered)]
            self._has(number, answered[-1])
        self.wake.set()

    def rewind(self, number: int, sequence: int) -> None:
        """Nothing from here on is under way any more."""
        lane = self._lanes[number]
        lane.next = sequence
        lane.under_way.clear()
        lane.rewound += 1
        self.wake.set()

    async def conflict(self, conflict: pb.Conflict) -> None:
        """The first content stands; ours stays in the journal for a person."""
        for sequence in conflict.sequences:
            self._journal.note(conflict.lane, sequence, "conflict")
        await self._hears.conflict(conflict)

    async def refused(self, refused: pb.FrameRefused) -> None:
        """Looks for the one fact that cannot be read, so that those before it get through."""
        lane = self._lanes.get(refused.lane)
        if lane is None:
            await self._hears.refused(refused)
            return
        if lane.asking:  # the owner does not say where the lane stands: its answers to facts will
            self._begin(refused.lane, 0)
            self.wake.set()
            return
        frame_last = min((last for last in lane.under_way if last >= refused.first_sequence), default=0)
        self.rewind(refused.lane, refused.first_sequence)
        if frame_last > refused.first_sequence:
            lane.single_until = frame_last
            return
        lane.stuck_at = refused.first_sequence
        self._journal.note(refused.lane, refused.first_sequence, f"refused {refused.reason} {refused.message}")
        await self._hears.refused(refused)

    def _begin(self, number: int, durable_ack: int) -> None:
        """Where a lane goes on.

        Not simply behind what the server has: a clone of this journal may have
        sent other facts under our numbers. What was not acknowledged to us is
        sent again; it is a few frames, and the answer says if it was ours.
        """
        lane = self._lanes[number]
        self._journal.contact(number, durable_ack)
        lane.asking = False
        lane.next = min(self._journal.head(number).acked, durable_ack) + 1
        lane.contested_until = durable_ack

    def _has(self, number: int, sequence: int) -> None:
        self._journal.acknowledge(number, sequence)
        self.progressed = True
        self._changed.set()

    async def _fill(self, number: int, lane: Lane) -> None:
        """Frames of one lane, as many as may be under way."""
        room = max(1, self._limits.max_in_flight) - len(lane.under_way)
        if room <= 0 or lane.waits or self._journal.head(number).head < lane.next:
            return
        most = 1 if lane.next <= lane.single_until else self._limits.max_facts
        found = self._journal.read(number, lane.next, room * most)
        if not found or found[0][0] != lane.next:
            await self._skip(number, lane, found[0][0] if found else self._journal.head(number).head + 1)
            return
        rewound = lane.rewound
        coming = facts.frames(number, lane.next, (payload for _, payload in found), most, self._limits.max_bytes)
        for frame in itertools.islice(coming, room):
            if lane.rewound != rewound:
                return  # asked for again while we wrote: what we hold here is behind a gap
            lane.next = frame.first_sequence + len(frame.facts)
            lane.under_way.append(lane.next - 1)
            await self._write(facts.message(number, frame))

    async def _skip(self, number: int, lane: Lane, there: int) -> None:
        """Over what the journal does not hold: fine if the server has it, a loss if it asks for it."""
        if there - 1 > lane.contested_until:
            lane.stuck_at = lane.next
            await self._hears.lost(number, lane.next)
        elif not lane.under_way:
            self._has(number, there - 1)
            lane.next = there
            self.wake.set()
