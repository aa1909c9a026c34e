"""What the kit takes of nats-py: one place, so that it is loaded without its websocket half."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kit import lean

with lean.without("aiohttp"):
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.errors import Error as NatsError
    from nats.js import JetStreamContext
    from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
    from nats.js.errors import NotFoundError

__all__ = [
    "AckPolicy",
    "Client",
    "ConsumerConfig",
    "DiscardPolicy",
    "JetStreamContext",
    "LightClient",
    "Msg",
    "NatsError",
    "NotFoundError",
    "RetentionPolicy",
    "StorageType",
    "StreamConfig",
]


@contextmanager
def _cancellable() -> Iterator[None]:
    """Python 3.11's wait_for hands out an answer instead of the cancellation that came with it, which is then lost."""
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        yield
    finally:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError


class LightClient(Client):
    """nats-py's client, with an ear for cancellations and a lighter eye for headers than its own.

    Its own looks at each character of each name.
    """

    async def connect(self, *given: Any, **options: Any) -> None:
        """Connects, unless whoever asked was stopped meanwhile."""
        with _cancellable():
            await super().connect(*given, **options)

    async def request(
        self,
        subject: str,
        payload: bytes = b"",
        timeout: float = 0.5,
        old_style: bool = False,
        headers: dict[str, Any] | None = None,
    ) -> Msg:
        """The answer, unless whoever asked was stopped meanwhile."""
        with _cancellable():
            return await super().request(subject, payload, timeout, old_style, headers)

    async def flush(self, timeout: int = 10) -> None:
        """Returns when the server has what was written."""
        with _cancellable():
            await super().flush(timeout)

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        """`Name: value` per line; a name that is no token is passed over, as nats-py does."""
        found: dict[str, str] = {}
        for line in raw.split(b"\r\n"):
            name, colon, value = line.partition(b":")
            words = name.split()
            if colon and len(words) == 1 and words[0].isascii():
                found[words[0].decode()] = value.strip().decode("utf-8", "replace")
        return found
