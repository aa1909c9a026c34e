"""Pulls messages from a durable consumer as they come, a batch at a time."""

import asyncio
import json
import time
from collections import deque

from kit.nats_client import Client, Msg, NatsError

BATCH = 64
EXPIRES = 5.0
_LOOK_UP = 0.5  # how often a wait looks whether the connection was renewed, which loses the open request
_ENDED_ITSELF = ("404", "408")


class PullEnded(Exception):
    """The consumer or its stream is gone, or moved: make sure of both and begin again."""


class Pull:
    """One open pull request at a time.

    nats-py's `fetch` waits for a full batch or its timeout once a first message
    has come, which would hold every event for seconds.
    """

    def __init__(self, client: Client, stream: str, durable: str) -> None:
        self._client = client
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._inbox = client.new_inbox()
        self._queue: deque[Msg] = deque()
        self._changed = asyncio.Event()
        self._credits = 0
        self._expiry = 0.0
        self._reconnects = -1
        self._ended = ""
        self._interrupted = False

    async def open(self) -> None:
        """Begins to listen for what is pulled."""
        self._subscription = await self._client.subscribe(self._inbox, cb=self._arrived)

    async def next(self) -> list[Msg]:
        """What has come, at most a batch; waits for the first. Empty only when interrupted."""
        while not self._interrupted:
            if self._ended:
                raise PullEnded(self._ended)
            await self._request()
            if self._queue:
                return [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
            self._changed.clear()
            try:
                async with asyncio.timeout(_LOOK_UP):
                    await self._changed.wait()
            except TimeoutError:
                pass
        return []

    def interrupt(self) -> None:
        """Has `next` return at once, and for good."""
        self._interrupted = True
        self._changed.set()

    def held(self) -> list[Msg]:
        """Messages that have come and were not handed out yet."""
        return list(self._queue)

    async def close(self) -> None:
        """Gives back what was not handed out, so that nobody waits for its acknowledgement."""
        try:
            async with asyncio.timeout(2.0):
                await self._subscription.drain()  # type: ignore[no-untyped-call]
                for message in self._queue:
                    await message.nak()
        except (TimeoutError, NatsError):
            pass  # the server will notice by itself
        self._queue.clear()

    async def _request(self) -> None:
        reconnects = self._client.stats["reconnects"]
        open_still = self._credits > 0 and time.monotonic() < self._expiry and reconnects == self._reconnects
        if open_still or not self._client.is_connected:
            return
        self._credits, self._reconnects = BATCH, reconnects
        self._expiry = time.monotonic() + EXPIRES + 1.0
        wish = json.dumps({"batch": BATCH, "expires": int(EXPIRES * 1e9)}).encode()
        await self._client.publish(self._subject, wish, reply=self._inbox)

    async def _arrived(self, message: Msg) -> None:
        status = message.headers.get("Status") if message.headers and not message.data else None
        if status is None:
            self._credits -= 1
            self._queue.append(message)
        elif status in _ENDED_ITSELF:
            self._credits = 0
        else:
            self._ended = f"{status} {message.headers.get('Description', '') if message.headers else ''}".strip()
        self._changed.set()
