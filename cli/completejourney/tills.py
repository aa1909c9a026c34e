"""Drives a store's till whose journal is the data set: sends its sales until the store door has them all."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from cli.completejourney import wire
from cli.stack.trouble import Trouble
from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import storelink_service_pb2 as storelink
from omo.storelink.v1 import storelink_service_pb2_grpc as storelink_rpc

SALES = facts.LANE_SALES
# What the contract allows; the door's Welcome may ask for less.
MAX_FACTS, MAX_BYTES = 50, 48 * 1024
PASSING = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0

Token = Callable[[], Awaitable[str]]


class DoorRefused(Trouble):
    """The store door could not read a frame: trying again will not help."""

    def __init__(self, what: str) -> None:
        super().__init__(what, "read the log of storelink and of order")


class DoorSilent(Trouble):
    """Nothing was acknowledged for so long that trying on makes no sense."""

    def __init__(self, what: str) -> None:
        super().__init__(what, "see that storelink and order run; a replay goes on where it ended")


class _Gone(Exception):
    """This session is over; another may go on where it ended."""


@dataclass(slots=True)
class Till:
    """One terminal's lane of sales, numbered from 1 in the journal's order."""

    stub: "storelink_rpc.StoreLinkServiceAsyncStub"
    token: Token
    journal: Sequence[facts.SaleFact]
    patience: float = 60.0
    acked: int = 0
    # What the door had before this run: a replay that was cut short goes on from there.
    found: int = 0
    sessions: int = 0
    conflicts: list[int] = field(default_factory=list)

    @property
    def sent(self) -> int:
        """Sales that this run brought in. The lane may be ahead of a journal that holds fewer weeks."""
        return min(self.acked, len(self.journal)) - self.found

    async def run(self) -> None:
        """Returns when every sale of the journal is acknowledged for good."""
        pause = FIRST_PAUSE
        progressed = asyncio.get_running_loop().time()
        while self.sessions == 0 or self.acked < len(self.journal):
            before = self.acked
            why = await self._session_until_lost()
            now = asyncio.get_running_loop().time()
            if self.acked > before:
                pause, progressed = FIRST_PAUSE, now
            if self.acked >= len(self.journal):
                return
            if now - progressed > self.patience:
                raise DoorSilent(f"nothing acknowledged for {now - progressed:.0f} s after sale {self.acked}: {why}")
            await asyncio.sleep(random.uniform(0, pause))
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _session_until_lost(self) -> str:
        """Runs one session; answers why it ended early, or nothing."""
        try:
            token = await self.token()
            call = self.stub.Session(metadata=(("authorization", f"Bearer {token}"),))
            try:
                await _Session(self, call).run()
            finally:
                call.cancel()
        except _Gone as gone:
            return str(gone)
        except grpc.aio.AioRpcError as error:
            if error.code() not in PASSING:
                raise
            return f"{error.code().name} {error.details()}"
        return ""


class _Session:
    """One stream: a window of frames under way, and the answers to them."""

    def __init__(self, till: Till, call: Any) -> None:
        self._till = till
        self._call = call
        self._next = till.acked + 1
        self._under_way: list[int] = []  # the last sequence of each frame that waits for its ack
        self._limits = storelink.Welcome(max_facts=MAX_FACTS, max_bytes=MAX_BYTES, max_in_flight=1)
        self._reading: asyncio.Task[Any] | None = None

    async def run(self) -> None:
        till = self._till
        till.sessions += 1
        await self._send(storelink.SessionRequest(hello=self._hello()))
        self._welcomed(await self._answer())
        while till.acked < len(till.journal):
            await self._fill_window()
            self._take(await self._answer())
        await self._call.done_writing()

    def _hello(self) -> storelink.Hello:
        position = storelink.LanePosition(lane=SALES, low=self._till.acked + 1, high=len(self._till.journal))
        now = Timestamp()
        now.GetCurrentTime()
        return storelink.Hello(app_version="replay", clock_time=now, journal=[position], facts_only=True)

    def _welcomed(self, answer: storelink.SessionResponse) -> None:
        if answer.WhichOneof("message") != "welcome":
            raise DoorRefused(f"the door said {answer.WhichOneof('message')} before it said Welcome")
        self._limits.MergeFrom(answer.welcome)
        acks = [ack.durable_ack for ack in answer.welcome.acks if ack.lane == SALES]
        self._acknowledged(max(acks, default=0))
        if self._till.sessions == 1:
            self._till.found = min(self._till.acked, len(self._till.journal))

    async def _fill_window(self) -> None:
        till = self._till
        window = max(1, self._limits.max_in_flight)
        while len(self._under_way) < window and self._next <= len(till.journal):
            coming = till.journal[self._next - 1 : self._next - 1 + self._limits.max_facts]
            frame = next(wire.frames(coming, self._next, self._limits.max_facts, self._limits.max_bytes))
            await self._send(storelink.SessionRequest(sales=frame))
            self._next += len(frame.facts)
            self._under_way.append(self._next - 1)

    async def _answer(self) -> storelink.SessionResponse:
        """The next answer; while the door says nothing it hears our heartbeat, and two of its own missed end it."""
        beat = self._limits.heartbeat_seconds or 20
        self._reading = asyncio.ensure_future(self._call.read())
        for _ in range(3):
            done, _ = await asyncio.wait({self._reading}, timeout=beat)
            if done:
                return self._read(self._reading.result())
            await self._beat()
        raise _Gone("the door missed two heartbeats")

    def _read(self, answer: Any) -> storelink.SessionResponse:
        if answer is grpc.aio.EOF:
            raise _Gone("the door ended the stream")
        assert isinstance(answer, storelink.SessionResponse)
        return answer

    async def _send(self, message: storelink.SessionRequest) -> None:
        """Writes; a stream that ended meanwhile hides its status behind INTERNAL, so the next Hello asks again."""
        try:
            await self._call.write(message)
        except asyncio.InvalidStateError:
            raise _Gone("the stream ended") from None
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.INTERNAL:
                raise _Gone("the stream ended") from None
            raise

    async def _beat(self) -> None:
        now = Timestamp()
        now.GetCurrentTime()
        await self._send(storelink.SessionRequest(heartbeat=storelink.Heartbeat(sent_time=now)))

    def _take(self, answer: storelink.SessionResponse) -> None:
        match answer.WhichOneof("message"):
            case "ack" if answer.ack.lane == SALES:
                self._acknowledged(answer.ack.durable_ack)
            case "resend" if answer.resend.lane == SALES:
                self._next = answer.resend.from_sequence
                self._under_way.clear()
            case "conflict" if answer.conflict.lane == SALES:
                self._till.conflicts.extend(answer.conflict.sequences)
            case "refused":
                refused = answer.refused
                raise DoorRefused(f"frame from sale {refused.first_sequence}: {refused.reason}, {refused.message}")
            case "drain":
                raise _Gone("the door drains")

    def _acknowledged(self, durable_ack: int) -> None:
        """Facts up to here are safe."""
        self._till.acked = max(self._till.acked, durable_ack)
        self._under_way = [last for last in self._under_way if last > durable_ack]
        self._next = max(self._next, durable_ack + 1)
