"""The door's ear at the broker; while the broker is away facts flow all the same."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from gateway.storelink.announcements import Announcements
from gateway.storelink.door import Door
from gateway.storelink.feeds import Feed
from gateway.storelink.publishers import subject
from kit import streams
from kit.nats_client import Client, Msg, NatsError
from kit.telemetry import logs
from omo.member.v1.member_events_pb2 import TerminalChanged
from omo.order.v1.order_events_pb2 import FulfilmentChanged

# an event that wakes us may get lost; a look now and then does not
_LOOK_SECONDS = 15.0
# subscribers hear an event before the stream has it on disk: look again soon, then less and less often
_SOON_SECONDS, _RARER = 0.05, 4
_RETRY_SECONDS = 2.0

_log = logs.get(__name__)

Connect = Callable[[], Awaitable[Client]]


class Broker:
    """Connects when it can, and keeps feeds, announcements and the list of trusted terminals fresh."""

    def __init__(self, connect: Connect, feeds: Sequence[Feed], announcements: Announcements, door: Door) -> None:
        self._connect = connect
        self._feeds = feeds
        self._announcements = announcements
        self._door = door
        self._woken = {feed.publisher.name: asyncio.Event() for feed in feeds}
        self._stopping = asyncio.Event()
        # None: nobody has listened yet
        self._reconnects: int | None = None

    async def run(self) -> None:
        """Listens until `stop`."""
        work = asyncio.create_task(self._work())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work

    def stop(self) -> None:
        """Listens no more."""
        self._stopping.set()

    async def _work(self) -> None:
        client = await self._connected()
        try:
            await self._subscribe(client)
            async with asyncio.TaskGroup() as group:
                for feed in self._feeds:
                    group.create_task(self._keep_up(feed, client))
                group.create_task(self._watch(client))
        finally:
            await client.close()

    async def _connected(self) -> Client:
        while True:
            try:
                return await self._connect()
            except (NatsError, OSError, TimeoutError) as error:
                _log.warning("waiting", dependency="nats", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(_RETRY_SECONDS)

    async def _subscribe(self, client: Client) -> None:
        await client.subscribe(subject(FulfilmentChanged), cb=self._fulfilment_changed)
        await client.subscribe(subject(TerminalChanged), cb=self._terminal_changed)
        for feed in self._feeds:
            for each in feed.publisher.subjects:
                await client.subscribe(each, cb=self._waker(feed))
        with suppress(NatsError, TimeoutError):  # away: the client subscribes again when it is back
            await streams.settle(client)  # what is read from now on is followed by what is heard

    def _waker(self, feed: Feed) -> Callable[[Msg], Awaitable[None]]:
        woken = self._woken[feed.publisher.name]

        async def wake(_: Msg) -> None:
            woken.set()

        return wake

    async def _keep_up(self, feed: Feed, client: Client) -> None:
        woken, jetstream = self._woken[feed.publisher.name], client.jetstream(timeout=5)
        pause = _LOOK_SECONDS
        while True:
            woken.clear()
            try:
                await feed.catch_up(jetstream)
            except (NatsError, TimeoutError) as error:  # no stream yet, or no broker
                _log.info("stream not read", stream=feed.publisher.stream, error=type(error).__name__)
                pause = _RETRY_SECONDS
            heard = await _within(pause, woken)
            pause = _SOON_SECONDS if heard else min(pause * _RARER, _LOOK_SECONDS)

    async def _watch(self, client: Client) -> None:
        """What was announced before we listened, or while the line was cut, reached nobody."""
        while True:
            reconnects: Any = client.stats["reconnects"]
            if reconnects != self._reconnects:
                self._reconnects = reconnects
                self._announcements.missed()
                for woken in self._woken.values():
                    woken.set()
            await asyncio.sleep(1.0)

    async def _fulfilment_changed(self, message: Msg) -> None:
        fulfilment = FulfilmentChanged.FromString(message.data).fulfilment
        self._announcements.changed(fulfilment.location_id, fulfilment.version)

    async def _terminal_changed(self, message: Msg) -> None:
        terminal = TerminalChanged.FromString(message.data).terminal
        if terminal.active:
            self._door.restore(terminal.terminal_id)
        else:
            self._door.revoke([terminal.terminal_id])


async def _within(seconds: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
