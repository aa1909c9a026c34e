"""Takes messages for members: what is enqueued in a transaction is sent, once, after it commits."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.member.messages import store
from services.member.messages.domain import Outbound, Purpose

__all__ = ["Outbound", "Purpose", "enqueue"]


async def enqueue(tx: Tx, messages: Sequence[Outbound]) -> int:
    """Puts messages into the queue; returns how many of their keys were not there before.

    Nothing is decided here: consent, quiet hours, caps, the channel and the
    words are those of the moment when a message is sent.
    """
    return await store.enqueue(tx, messages)
