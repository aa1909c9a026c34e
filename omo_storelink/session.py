"""One session with the store door: sends what the journal holds, and hears what the door says."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from omo.storelink.v1 import storelink_service_pb2 as pb
from omo_storelink import ending, facts
from omo_storelink.ending import SessionOver
from omo_storelink.lanes import Facts, Lane

# how much of what is under way is waited for after the door said Drain
_LEAVE_SECONDS = 5.0


async def _nothing(*_: Any) -> None:
    """Nobody listens."""


@dataclass(slots=True)
class Hears:
    """What a session tells: each is awaited before the next message is read."""

    reference: Callable[[pb.Reference], Awaitable[None]] = _nothing
    tasks: Callable[[pb.TasksChanged], Awaitable[None]] = _nothing
    conflict: Callable[[pb.Conflict], Awaitable[None]] = _nothing
    refused: Callable[[pb.FrameRefused], Awaitable[None]] = _nothing
    welcome: Callable[[pb.Welcome], Awaitable[None]] = _nothing
    # the server asks for a fact that the journal no longer has
    lost: Callable[[int, int], Awaitable[None]] = _nothing


class Session:
    """Four lanes, each with frames under way of its own: one that waits does not hold up the others."""

    def __init__(self, call: Any, journal: Facts, hears: Hears, changed: asyncio.Event) -> None:
        self._changed = changed
        self._call = call
        self._journal = journal
        self._hears = hears
        self._limits = pb.Welcome(max_facts=facts.MAX_FACTS, max_bytes=facts.MAX_BYTES, max_in_flight=1)
        self._lanes = {lane: Lane() for lane in facts.LANES}
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._heard = 0.0
        self._drained: float | None = None
        self.progressed = False
        self.welcomed = False

    def wake(self) -> None:
        """Looks into the journal again: something was recorded or corrected."""
        for lane in self._lanes.values():
            lane.stuck_at = 0
        self._wake.set()

    async def run(self, hello: pb.Hello) -> None:
        """Runs until the session is over, and says why by SessionOver."""
        await self._write(pb.SessionRequest(hello=hello))
        first = await self._read()
        if first.WhichOneof("message") != "welcome":
            raise SessionOver(f"the door said {first.WhichOneof('message')} before Welcome")
        await self._welcomed(first.welcome)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen())
                group.create_task(self._send())
                group.create_task(self._beat())
        except ExceptionGroup as errors:
            raise ending.first(errors) from None

    def hello(self, app_version: str, cursors: list[pb.ReferenceCursor], *, facts_only: bool) -> pb.Hello:
        """What we have."""
        journal = []
        for lane in facts.LANES:
            head = self._journal.head(lane)
            low = head.acked + 1 if head.head > head.acked else 0
            journal.append(pb.LanePosition(lane=lane, low=low, high=head.head))  # type: ignore[arg-type]
        return pb.Hello(
            app_version=app_version, clock_time=_now(), journal=journal, cursors=cursors, facts_only=facts_only
        )

    async def _welcomed(self, welcome: pb.Welcome) -> None:
        self._limits.MergeFrom(welcome)
        for ack in welcome.acks:
            self._journal.contact(ack.lane, ack.durable_ack)
            self._acknowledge(ack.lane, ack.durable_ack)
        known = {ack.lane for ack in welcome.acks}
        for number, lane in self._lanes.items():
            head = self._journal.head(number)
            lane.next = head.acked + 1
            if number not in known and not head.contacted:
                # its owner is away: a frame without facts is answered, when it is back, by where the lane stands
                lane.asking = True
                await self._write(facts.message(number, facts.empty(number)))
        self.welcomed = True
        await self._hears.welcome(welcome)

    async def _listen(self) -> None:
        while True:
            await self._take(await self._read())

    async def _take(self, answer: pb.SessionResponse) -> None:
        match answer.WhichOneof("message"):
            case "ack":
                self._acknowledge(answer.ack.lane, answer.ack.durable_ack)
            case "resend":
                self._rewind(answer.resend.lane, answer.resend.from_sequence)
            case "refused":
                await self._refused(answer.refused)
            case "drain":
                self._drained = float(answer.drain.reconnect_after_seconds)
                self._wake.set()
            case _:
                await self._tell(answer)

    async def _tell(self, answer: pb.SessionResponse) -> None:
        match answer.WhichOneof("message"):
            case "conflict":
                for sequence in answer.conflict.sequences:
                    self._journal.note(answer.conflict.lane, sequence, "conflict")
                await self._hears.conflict(answer.conflict)
            case "reference":
                await self._hears.reference(answer.reference)
            case "tasks_changed":
                await self._hears.tasks(answer.tasks_changed)

    def _acknowledge(self, number: int, durable_ack: int) -> None:
        lane = self._lanes[number]
        if lane.asking:
            self._journal.contact(number, durable_ack)
            lane.asking = False
            lane.next = self._journal.head(number).acked + 1
        before = self._journal.head(number).acked
        if durable_ack > before:
            self._journal.acknowledge(number, durable_ack)
            self.progressed = True
            self._changed.set()
        lane.under_way = [last for last in lane.under_way if last > durable_ack]
        lane.next = max(lane.next, durable_ack + 1)
        self._wake.set()

    def _rewind(self, number: int, sequence: int) -> None:
        lane = self._lanes[number]
        lane.next = sequence
        lane.under_way.clear()
        self._wake.set()

    async def _refused(self, refused: pb.FrameRefused) -> None:
        """Looks for the one fact that cannot be read, so that those before it get through."""
        lane = self._lanes.get(refused.lane)
        if lane is None:
            await self._hears.refused(refused)
            return
        frame_last = min((last for last in lane.under_way if last >= refused.first_sequence), default=0)
        self._rewind(refused.lane, refused.first_sequence)
        if frame_last > refused.first_sequence:
            lane.single_until = frame_last
            return
        lane.stuck_at = refused.first_sequence
        self._journal.note(refused.lane, refused.first_sequence, f"refused {refused.reason} {refused.message}")
        await self._hears.refused(refused)

    async def _send(self) -> None:
        while True:
            self._wake.clear()
            if self._drained is not None:
                await self._leave(self._drained)
            for number, lane in self._lanes.items():
                await self._fill(number, lane)
            await self._wake.wait()

    async def _fill(self, number: int, lane: Lane) -> None:
        """Frames of one lane, as many as may be under way."""
        room = max(1, self._limits.max_in_flight) - len(lane.under_way)
        if room <= 0 or lane.waits or self._journal.head(number).head < lane.next:
            return
        most = 1 if lane.next <= lane.single_until else self._limits.max_facts
        found = self._journal.read(number, lane.next, room * most)
        if not found or found[0][0] != lane.next:
            lane.stuck_at = lane.next
            await self._hears.lost(number, lane.next)
            return
        payloads = [payload for _, payload in found]
        for frame in list(facts.frames(number, lane.next, payloads, most, self._limits.max_bytes))[:room]:
            lane.next = frame.first_sequence + len(frame.facts)
            lane.under_way.append(lane.next - 1)
            await self._write(facts.message(number, frame))

    async def _leave(self, again_after: float) -> None:
        """Sends no more, and waits a little for the answers to what is under way."""
        end = asyncio.get_running_loop().time() + _LEAVE_SECONDS
        while any(lane.under_way for lane in self._lanes.values()):
            self._wake.clear()
            try:
                async with asyncio.timeout_at(end):
                    await self._wake.wait()
            except TimeoutError:
                break
        await self._call.done_writing()
        raise SessionOver("the door drains", again_after)

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        seconds = self._limits.heartbeat_seconds or 20
        self._heard = loop.time()
        while True:
            await asyncio.sleep(seconds)
            if loop.time() - self._heard > 2.5 * seconds:
                raise SessionOver("the door missed two heartbeats")
            await self._write(pb.SessionRequest(heartbeat=pb.Heartbeat(sent_time=_now())))

    async def _read(self) -> pb.SessionResponse:
        try:
            answer = await self._call.read()
        except grpc.RpcError:
            raise await self._ended() from None
        if answer is grpc.aio.EOF:
            raise await self._ended()
        self._heard = asyncio.get_running_loop().time()
        assert isinstance(answer, pb.SessionResponse)
        return answer

    async def _write(self, message: pb.SessionRequest) -> None:
        async with self._writing:
            try:
                await self._call.write(message)
            except (asyncio.InvalidStateError, grpc.RpcError):
                # a stream that ended raises one of both, and hides its status behind INTERNAL
                raise await self._ended() from None

    async def _ended(self) -> SessionOver:
        code, details = await self._call.code(), await self._call.details()
        refused = code in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
        return SessionOver(f"{code.name} {details or ''}".strip(), refused=refused)


def _now() -> Timestamp:
    stamp = Timestamp()
    stamp.GetCurrentTime()
    return stamp
