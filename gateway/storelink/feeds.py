"""One publisher's reference events for all sessions of this process: read once, in stream order."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from gateway.storelink.publishers import Publisher
from kit.nats_client import JetStreamContext, NotFoundError
from kit.telemetry import logs
from omo.storelink.v1 import storelink_service_pb2 as pb

# what sessions that come back soon are served from
_KEPT = 4096
# more than this is not caught up with but read anew
LONGEST_BACKLOG = 2000

_log = logs.get(__name__)


class TooOld(Exception):
    """The stream no longer holds what came after a cursor, or holds too much of it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One event, as tills hear it."""

    sequence: int
    reference: pb.Reference


class Feed:
    """Reads its stream by get-next requests, which the stream's leader answers and which leave nothing behind.

    No consumer: the door may read streams and change nothing about them. The
    publisher's events wake it; that one got lost costs time, never an event.
    """

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.epoch = ""
        self.position = 0
        self._floor = 0
        self._oldest = 0
        self._items: deque[Item] = deque()
        self._jetstream: JetStreamContext | None = None
        self._moved = asyncio.Event()

    async def catch_up(self, jetstream: JetStreamContext) -> None:
        """Reads what was published since the last time."""
        self._jetstream = jetstream
        epoch, oldest, newest = await self._state(jetstream)
        if epoch != self.epoch or newest < self.position:
            self._begin(epoch, oldest, newest)
            return
        self._oldest = oldest
        if newest == self.position:
            return
        self._keep(await self._between(jetstream, self.position, newest))
        self.position = newest
        self._moved.set()
        self._moved = asyncio.Event()

    async def ready(self) -> None:
        """Returns when the stream was found."""
        while not self.epoch:
            await self._moved.wait()

    async def moved(self, epoch: str, position: int) -> None:
        """Returns when the stream is not there any more."""
        while self.epoch == epoch and self.position == position:
            await self._moved.wait()

    def holds(self, epoch: str, sequence: int) -> bool:
        """Whether the stream can go on behind this cursor."""
        return epoch == self.epoch and self._oldest - 1 <= sequence <= self.position

    async def after(self, sequence: int) -> tuple[list[Item], int]:
        """What came after a position, and the position up to which that is everything."""
        upto = self.position
        if sequence >= self._floor:
            return [item for item in self._items if item.sequence > sequence], upto
        assert self._jetstream is not None
        _, oldest, _ = await self._state(self._jetstream)
        if sequence < oldest - 1:
            raise TooOld
        return await self._between(self._jetstream, sequence, upto, LONGEST_BACKLOG), upto

    def _begin(self, epoch: str, oldest: int, newest: int) -> None:
        _log.info("stream found", stream=self.publisher.stream, sequence=newest)
        self.epoch, self.position, self._floor, self._oldest = epoch, newest, newest, oldest
        self._items.clear()
        self._moved.set()
        self._moved = asyncio.Event()

    def _keep(self, items: list[Item]) -> None:
        self._items.extend(items)
        while len(self._items) > _KEPT:
            self._floor = self._items.popleft().sequence

    async def _state(self, jetstream: JetStreamContext) -> tuple[str, int, int]:
        info = await jetstream.stream_info(self.publisher.stream)
        created = info.created.isoformat() if info.created else "?"
        return created, info.state.first_seq, info.state.last_seq

    async def _between(self, jetstream: JetStreamContext, after: int, upto: int, most: int | None = None) -> list[Item]:
        found: list[Item] = []
        for subject in self.publisher.subjects:
            async for item in self._of(jetstream, subject, after, upto):
                found.append(item)
                if most is not None and len(found) > most:
                    raise TooOld
        return sorted(found, key=lambda item: item.sequence)

    async def _of(self, jetstream: JetStreamContext, subject: str, after: int, upto: int) -> AsyncIterator[Item]:
        sequence = after
        while sequence < upto:
            try:
                message: Any = await jetstream.get_msg(
                    self.publisher.stream, seq=sequence + 1, subject=subject, next=True
                )
            except NotFoundError:
                return
            sequence = message.seq
            if sequence <= upto:
                yield Item(sequence, self.publisher.read(message.subject, message.data or b""))
