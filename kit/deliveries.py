"""What a consumer tells the broker about a message in its hands."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from kit.nats_client import Msg, NatsError
from kit.pulls import Pull

_EVERY = 10.0  # well within the 30 s after which an unacknowledged message comes again


def event_id(message: Msg) -> str:
    """The id as the publisher's header has it; an unreadable message may have none, and still needs one."""
    given = (message.headers or {}).get("Nats-Msg-Id", "")
    try:
        return str(uuid.UUID(given))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{message.metadata.stream}:{message.metadata.sequence.stream}"))


async def answer(sending: Any) -> None:
    """An acknowledgement that gets lost only means a redelivery, which the inbox knows."""
    with suppress(NatsError, OSError):
        await sending


@asynccontextmanager
async def still_at_it(messages: Sequence[Msg], pull: Pull) -> AsyncIterator[None]:
    """Tells the server every ten seconds that a long batch, and what waits behind it, is not forgotten."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(_EVERY)
            for message in [*messages, *pull.held()]:
                if not message.is_acked:
                    await answer(message.in_progress())

    task = asyncio.create_task(tell())
    try:
        yield
    finally:
        task.cancel()
