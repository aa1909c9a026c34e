"""Publishes many messages to JetStream at once, and says which of them were acknowledged."""

import asyncio
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kit.nats_client import Client, Msg, NatsError

TIMEOUT = 2.0


class PublishFailed(Exception):
    """A message was not acknowledged; `missing` when there is no stream that takes it."""

    def __init__(self, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on its way."""

    subject: str
    payload: bytes
    headers: Mapping[str, str]


class Publisher:
    """One reply inbox for all publishes of a process.

    nats-py's own `publish_async` loses a slot of its window for every publish
    that fails while the server is away, and never times out.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._prefix = ""
        self._numbers = itertools.count()
        self._waiting: dict[str, asyncio.Future[None]] = {}

    async def publish(self, messages: Sequence[Outgoing]) -> list[PublishFailed | None]:
        """Sends all, waits for all; one entry per message, None where it is stored."""
        if not self._prefix:  # not before the client is connected: only then does it know its inboxes' name
            prefix = self._client.new_inbox()
            await self._client.subscribe(f"{prefix}.*", cb=self._answered)
            self._prefix = prefix
        sent = [await self._send(message) for message in messages]
        futures = [item for item in sent if isinstance(item, asyncio.Future)]
        if futures:
            await asyncio.wait(futures, timeout=TIMEOUT)
        outcomes = [_outcome(item) for item in sent]
        self._waiting.clear()
        return outcomes

    async def _send(self, message: Outgoing) -> "asyncio.Future[None] | PublishFailed":
        token = str(next(self._numbers))
        future = self._waiting[token] = asyncio.get_running_loop().create_future()
        try:
            await self._client.publish(
                message.subject, message.payload, reply=f"{self._prefix}.{token}", headers=dict(message.headers)
            )
        except (NatsError, OSError) as error:
            del self._waiting[token]
            return PublishFailed(str(error) or type(error).__name__)
        return future

    async def _answered(self, answer: Msg) -> None:
        future = self._waiting.get(answer.subject.rpartition(".")[2])
        if future is None or future.done():
            return
        if answer.headers and answer.headers.get("Status") == "503":
            future.set_exception(PublishFailed("no stream takes it", missing=True))
            return
        error = json.loads(answer.data).get("error")
        if error:
            future.set_exception(PublishFailed(str(error.get("description", error))))
        else:
            future.set_result(None)


def _outcome(item: "asyncio.Future[None] | PublishFailed") -> PublishFailed | None:
    if isinstance(item, PublishFailed):
        return item
    if not item.done():
        item.cancel()
        return PublishFailed("no acknowledgement in time")
    error = item.exception()
    return error if isinstance(error, PublishFailed) or error is None else PublishFailed(str(error))
