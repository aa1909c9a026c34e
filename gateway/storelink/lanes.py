"""One lane of one session: frames in their order, a few under way, each answered by its owner or not at all."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from gateway.storelink import wire
from gateway.storelink.refusals import FrameTooLarge
from gateway.storelink.wire import Frame, Say
from kit import ids
from kit.errors import Code, Fault
from kit.telemetry import logs, metrics, traces
from omo.storefacts.v1 import facts_pb2 as facts

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
# a lane whose owner is away says so once, and then now and then
_REMIND_TRIES = 10

_log = logs.get(__name__)

Take = Callable[[Frame], Awaitable[facts.LaneAnswer]]


class Lane:
    """Waits for its owner as long as it must, and alone: no other lane notices."""

    def __init__(self, lane: Any, take: Take, say: Say) -> None:
        self._lane = lane
        self._take = take
        self._say = say
        self._frames: asyncio.Queue[Frame] = asyncio.Queue()
        self._under_way = 0
        # behind a gap: frames that begin later are of no use before this one comes
        self._expected: int | None = None
        self._dropped: int | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    def offer(self, frame: Frame) -> None:
        """Takes a frame in; more than may be under way is dropped, and asked for again when there is room."""
        if self._under_way >= wire.MAX_IN_FLIGHT:
            self._dropped = min(self._dropped or frame.first_sequence, frame.first_sequence)
            return
        self._count(+1)
        self._frames.put_nowait(frame)

    async def run(self) -> None:
        """Answers frames until the session ends."""
        try:
            while True:
                await self._answer(await self._frames.get())
        finally:
            self._count(-self._under_way)

    async def idle(self) -> None:
        """Returns when every frame is answered."""
        await self._idle.wait()

    async def _answer(self, frame: Frame) -> None:
        stale = self._expected is not None and frame.first_sequence > self._expected
        answers = [] if stale else await self._answers(frame)
        self._count(-1)
        if self._dropped is not None and not self._under_way:
            answers += self._ask_for_dropped(self._dropped)
        for answer in answers:
            await self._say(answer)

    def _ask_for_dropped(self, sequence: int) -> list[Any]:
        self._dropped = None
        if self._expected is not None:
            return []  # everything from there on comes again anyway
        self._expected = sequence
        return [wire.resend(self._lane, sequence)]

    async def _answers(self, frame: Frame) -> list[Any]:
        logs.request_id.set(ids.uuid7())
        self._expected = None
        try:
            with traces.span(f"storelink {facts.Lane.Name(self._lane)}"):
                _check_size(frame)
                answer = await self._taken(frame)
        except Fault as fault:
            self._expected = frame.first_sequence
            return [wire.refused(self._lane, frame.first_sequence, fault)]
        return list(self._said(answer))

    def _said(self, answer: facts.LaneAnswer) -> list[Any]:
        said = []
        if answer.conflicts:
            _log.error("facts came again with other content", code=facts.Lane.Name(self._lane))
            said.append(wire.conflict(self._lane, answer.conflicts))
        if answer.resend_from:
            self._expected = answer.resend_from
            said.append(wire.resend(self._lane, answer.resend_from))
        else:
            said.append(wire.ack(self._lane, answer.durable_ack))
        return said

    async def _taken(self, frame: Frame) -> facts.LaneAnswer:
        """The owner's answer; only a frame that cannot be read is given back."""
        pause, tries = _FIRST_PAUSE, 0
        while True:
            try:
                return await self._take(frame)
            except Fault as fault:
                if fault.code is Code.INVALID_ARGUMENT:
                    raise
                self._complain(fault, tries)
            await asyncio.sleep(random.uniform(pause / 2, pause))
            pause, tries = min(pause * 2, _LONGEST_PAUSE), tries + 1

    def _complain(self, fault: Fault, tries: int) -> None:
        if tries % _REMIND_TRIES == 0:
            lane = facts.Lane.Name(self._lane)
            _log.warning("lane waits for its owner", code=lane, reason=fault.reason, error=fault.message, attempt=tries)

    def _count(self, change: int) -> None:
        self._under_way += change
        metrics.POS_UNACKED.inc(change)
        if self._under_way:
            self._idle.clear()
        else:
            self._idle.set()


def _check_size(frame: Frame) -> None:
    if len(frame.facts) > wire.MAX_FACTS:
        raise FrameTooLarge("frame: holds more than 50 facts", field="facts", rule=f"at most {wire.MAX_FACTS}")
    if frame.ByteSize() > wire.MAX_BYTES:
        raise FrameTooLarge("frame: holds more than 48 KiB", field="frame", rule=f"at most {wire.MAX_BYTES} bytes")
