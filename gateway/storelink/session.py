"""One stream of one terminal, from Hello to its end."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import grpc

from gateway.storelink import wire
from gateway.storelink.lanes import Lane
from gateway.storelink.owners import Owners, Terminal
from gateway.storelink.refusals import FrameUnreadable, HeartbeatMissed, HelloExpected
from kit import access, ids
from kit.access import Actor, Kind
from kit.errors import Fault
from kit.telemetry import logs
from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import storelink_service_pb2 as pb

_HELLO_SECONDS = 10.0
# what is under way when the terminal has nothing more to say is still answered
_LAST_ANSWERS_SECONDS = 10.0
_RECONNECT_SECONDS = (1, 10)

_log = logs.get(__name__)

logs.allow("terminal_id", "location_id", "app_version", "skew")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, and how long."""

    heartbeat: int = 20
    age: float = 1800.0
    # how long a stream lives on after it was told to go
    leave: float = 10.0


class Ended(Exception):
    """Takes down the session's tasks."""


@dataclass(slots=True)
class TillSession:
    """What is said on one stream, and who says it; `end` is the only way to end it from outside."""

    terminal: Terminal
    stream: Any
    owners: Owners
    pace: Pace
    session_id: str = field(default_factory=ids.uuid7)
    hello: pb.Hello = field(default_factory=pb.Hello)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    # whether the other replicas can know of it
    present: bool = False
    _over: "asyncio.Future[Fault | None]" = field(init=False)
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _lanes: dict[int, Lane] = field(default_factory=dict)
    _heard: float = 0.0
    _draining: bool = False

    def __post_init__(self) -> None:
        self._over = asyncio.get_running_loop().create_future()
        for lane in self.owners.record:
            self._lanes[lane] = Lane(lane, partial(self.owners.take, lane, self.terminal), self.say)

    async def greet(self) -> None:
        """Reads the Hello that must come first."""
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                message = await self.stream.read()
        except TimeoutError:
            message = None
        if not isinstance(message, pb.SessionRequest) or message.WhichOneof("message") != "hello":
            raise HelloExpected("the first message of a session is Hello")
        self.hello = message.hello
        clock = message.hello.clock_time
        skew = round(clock.seconds - wire.now().seconds) if clock.seconds else 0
        _log.info("hello", app_version=message.hello.app_version[:64], skew=skew, **self._who())

    async def run(self, *more: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Welcomes, then reads, answers and beats until the end; `more` is said on the same stream."""
        self._heard = asyncio.get_running_loop().time()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._finish())
                await self._welcome()
                for work in (self._read, self._beat, self._grow_old, *more):
                    group.create_task(work())
                for lane in self._lanes.values():
                    # a context of its own: a frame's trace must not hang below a stream that lives for hours
                    group.create_task(lane.run(), context=self._context())
        except* Ended:
            pass
        if fault := self._over.result():
            _log.info("session ended", reason=fault.reason, **self._who())
            raise fault

    def end(self, fault: Fault | None) -> None:
        """Ends the session, with the reason that its terminal is told."""
        if not self._over.done():
            self._over.set_result(fault)

    async def drain(self) -> None:
        """Asks the terminal to go elsewhere; it has a few seconds."""
        if self._draining or self._over.done():
            return
        self._draining = True
        await self.say(wire.drain(random.randint(*_RECONNECT_SECONDS)))
        asyncio.get_running_loop().call_later(self.pace.leave, self.end, None)

    async def say(self, message: pb.SessionResponse) -> None:
        """Writes, one message at a time; a stream that cannot be written to is over."""
        try:
            async with asyncio.timeout(2 * self.pace.heartbeat), self._writing:
                await self.stream.write(message)
        except TimeoutError:
            self.end(self._silent())
        except (asyncio.InvalidStateError, grpc.RpcError, grpc.aio.UsageError, grpc.aio.InternalError):
            self.end(None)
        else:
            return
        await asyncio.Event().wait()  # until the end takes this task down

    async def _finish(self) -> None:
        await self._over
        raise Ended

    async def _welcome(self) -> None:
        """Answers Hello with what the owners have."""
        positions = await self._as_door(self.owners.positions(self.terminal))
        await self.say(wire.welcome(self.terminal.location_id, self.pace.heartbeat, positions))

    async def _read(self) -> None:
        while (message := await self.stream.read()) is not grpc.aio.EOF:
            self._heard = asyncio.get_running_loop().time()
            await self._take(message)
        try:
            async with asyncio.timeout(_LAST_ANSWERS_SECONDS):
                for lane in self._lanes.values():
                    await lane.idle()
        except TimeoutError:
            _log.info("left while a lane waits for its owner", **self._who())
        self.end(None)

    async def _take(self, message: pb.SessionRequest | wire.Unreadable) -> None:
        if isinstance(message, wire.Unreadable):
            fault = FrameUnreadable(f"message: {message.error}", field="message", rule="must be a SessionRequest")
            await self.say(wire.refused(facts.LANE_UNSPECIFIED, 0, fault))
            return
        kind = message.WhichOneof("message")
        lane = wire.LANES.get(kind or "")
        if lane is not None:
            self._lanes[lane].offer(getattr(message, str(kind)))
        elif kind != "heartbeat":
            fault = FrameUnreadable(f"message: {kind or 'empty'}", field="message", rule="must be a frame or heartbeat")
            await self.say(wire.refused(facts.LANE_UNSPECIFIED, 0, fault))

    async def _beat(self) -> None:
        """Never relies on the transport's pings alone: they see the proxy between us, not the till."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.pace.heartbeat)
            # half a beat more, so that the second one may be late on its way
            if loop.time() - self._heard > 2.5 * self.pace.heartbeat:
                self.end(self._silent())
            await self.say(wire.heartbeat())

    async def _grow_old(self) -> None:
        await asyncio.sleep(self.pace.age * random.uniform(0.8, 1.2))
        await self.drain()

    def _silent(self) -> Fault:
        return HeartbeatMissed("two heartbeats did not come", terminal_id=self.terminal.terminal_id)

    def _context(self) -> Context:
        """The door speaks to owners for itself, naming the terminal: the device's own token does not live as long."""
        context = Context()
        actor = Actor(Kind.DEVICE, self.terminal.terminal_id, self.terminal.terminal_id)
        context.run(access.become, access.service("storelink", actor))
        return context

    async def _as_door(self, work: Coroutine[Any, Any, Any]) -> Any:
        return await asyncio.create_task(work, context=self._context())

    def _who(self) -> dict[str, str]:
        return {"terminal_id": self.terminal.terminal_id, "location_id": self.terminal.location_id}
