"""One session with the store door: Hello, Welcome, then both sides talk until one has had enough."""

import asyncio
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from omo.storelink.v1 import storelink_service_pb2 as pb
from omo_storelink import ending
from omo_storelink.ending import SessionOver
from omo_storelink.hears import Hears
from omo_storelink.lanes import Facts
from omo_storelink.uplink import Uplink

_WELCOME_SECONDS = 15.0
# how long what is under way is waited for after the door said Drain
_LEAVE_SECONDS = 5.0
# heartbeats that may be missed, and half of one that may be late
_MISSED = 2.5


class Session:
    """Runs over one stream; `run` raises SessionOver at its end."""

    def __init__(self, call: Any, journal: Facts, hears: Hears, changed: asyncio.Event) -> None:
        self._call = call
        self._hears = hears
        self.uplink = Uplink(journal, hears, self._write, changed)
        self._writing = asyncio.Lock()
        self._beat_seconds = 20.0
        self._heard = 0.0
        self._drained: float | None = None
        self.welcomed = False

    async def run(self, app_version: str, cursors: list[pb.ReferenceCursor], *, facts_only: bool) -> None:
        """Runs until the session is over, and says why by SessionOver."""
        await self._greet(app_version, cursors, facts_only)
        try:
            async with asyncio.TaskGroup() as group:
                for work in (self._listen(), self._send(), self._beat(), self._watch()):
                    group.create_task(work)
        except ExceptionGroup as errors:
            raise ending.first(errors) from None

    async def _greet(self, app_version: str, cursors: list[pb.ReferenceCursor], facts_only: bool) -> None:
        hello = pb.Hello(
            app_version=app_version,
            clock_time=_now(),
            journal=self.uplink.positions(),
            cursors=cursors,
            facts_only=facts_only,
        )
        try:
            async with asyncio.timeout(_WELCOME_SECONDS):
                await self._write(pb.SessionRequest(hello=hello))
                answer = await self._read()
        except TimeoutError:
            raise SessionOver("the door did not answer Hello") from None
        if answer.WhichOneof("message") != "welcome":
            raise SessionOver(f"the door said {answer.WhichOneof('message')} before Welcome")
        self._beat_seconds = float(answer.welcome.heartbeat_seconds or 20)
        await self.uplink.begin(answer.welcome)
        self.welcomed = True
        await self._hears.welcome(answer.welcome)

    async def _listen(self) -> None:
        while True:
            await self._take(await self._read())

    async def _take(self, answer: pb.SessionResponse) -> None:
        match answer.WhichOneof("message"):
            case "ack":
                self.uplink.acknowledge(answer.ack.lane, answer.ack.durable_ack)
            case "resend":
                self.uplink.rewind(answer.resend.lane, answer.resend.from_sequence)
            case "conflict":
                await self.uplink.conflict(answer.conflict)
            case "refused":
                await self.uplink.refused(answer.refused)
            case "drain":
                self._drained = float(answer.drain.reconnect_after_seconds)
                self.uplink.wake.set()
            case _:
                await self._tell(answer)

    async def _tell(self, answer: pb.SessionResponse) -> None:
        match answer.WhichOneof("message"):
            case "reference":
                await self._hears.reference(answer.reference)
            case "tasks_changed":
                await self._hears.tasks(answer.tasks_changed)

    async def _send(self) -> None:
        while True:
            self.uplink.wake.clear()
            if self._drained is not None:
                await self._leave(self._drained)
            await self.uplink.fill()
            await self.uplink.wake.wait()

    async def _leave(self, again_after: float) -> None:
        """Sends no more, and waits a little for the answers to what is under way."""
        end = asyncio.get_running_loop().time() + _LEAVE_SECONDS
        while self.uplink.waits:
            self.uplink.wake.clear()
            try:
                async with asyncio.timeout_at(end):
                    await self.uplink.wake.wait()
            except TimeoutError:
                break
        await self._call.done_writing()
        raise SessionOver("the door drains", again_after)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._beat_seconds)
            await self._write(pb.SessionRequest(heartbeat=pb.Heartbeat(sent_time=_now())))

    async def _watch(self) -> None:
        """Apart from the beating, which may hang in a write to a peer that is gone."""
        loop = asyncio.get_running_loop()
        while loop.time() - self._heard <= _MISSED * self._beat_seconds:  # noqa: ASYNC110
            await asyncio.sleep(self._beat_seconds / 2)
        raise SessionOver("the door missed two heartbeats")

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
