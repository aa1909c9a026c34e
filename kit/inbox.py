"""Takes events exactly once: claim, effects and new events of a batch commit together."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from google.protobuf.message import DecodeError, Message

from kit import access, causes
from kit.postgres import Tx

M = TypeVar("M", bound=Message)

# In key order, as every batch of locks: two replicas that were given the same events must not deadlock.
_CLAIM = """
INSERT INTO inbox (event_id, consumer) SELECT event_id, $1 FROM unnest($2::uuid[]) AS event_id ORDER BY event_id
ON CONFLICT DO NOTHING RETURNING event_id
"""

_LISTENS = """
INSERT INTO inbox_streams (stream, durable) VALUES ($1, $2)
ON CONFLICT (stream) DO UPDATE SET durable = excluded.durable
"""


class Unreadable(Exception):
    """Bytes that are no event of the type their subject names."""


@dataclass(frozen=True, slots=True)
class On(Generic[M]):
    """A handler for one type of event; `On.many` gets all of a batch at once.

    Several events of one batch share the transaction, in no promised order,
    so effects must be keyed by natural keys and commute.
    """

    message_type: type[M]
    handler: Callable[[Tx, Any], Awaitable[None]]
    bulk: bool = False

    @classmethod
    def many(cls, message_type: type[M], handler: Callable[[Tx, list[M]], Awaitable[None]]) -> Self:
        """A handler that takes the batch's events of this type as one list.

        Given under several types, the same handler gets all of them together,
        once: for effects that must take their locks in one order.
        """
        return cls(message_type, handler, bulk=True)


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it came in."""

    event_id: str
    type_name: str
    message: Any

    @property
    def traceparent(self) -> str:
        """The trace that recorded it."""
        return str(self.message.meta.traceparent)


class Inbox:
    """The events that one service takes, and by which handlers."""

    def __init__(self, service: str, handlers: Sequence[On[Any]]) -> None:
        self._service = service
        self._handlers = handlers
        self._types: dict[str, type[Message]] = {
            on.message_type.DESCRIPTOR.full_name: on.message_type for on in handlers
        }

    async def listens(self, tx: Tx, stream: str) -> None:
        """Keeps on record that this service hears a stream: whoever asks if all is quiet must know of missing ears."""
        await tx.execute(_LISTENS, stream, self._service)

    def read(self, subject: str, payload: bytes) -> Event:
        """The event in a message; raises Unreadable."""
        type_name = subject.rpartition(".")[0]
        message_type = self._types.get(type_name)
        if message_type is None:
            raise Unreadable(f"no handler for {type_name}")
        try:
            message: Any = message_type.FromString(payload)
        except DecodeError as error:
            raise Unreadable(f"not a {type_name}: {error}") from None
        if not message.meta.event_id:
            raise Unreadable(f"a {type_name} without event id")
        return Event(message.meta.event_id, type_name, message)

    async def take(self, tx: Tx, events: Sequence[Event]) -> int:
        """Claims the events and runs their handlers; returns how many were new."""
        unseen = {event.event_id: event for event in events}
        claimed = {row["event_id"] for row in await tx.fetch(_CLAIM, self._service, sorted(unseen))}
        fresh = [event for event_id, event in unseen.items() if event_id in claimed]
        for event in fresh:
            for on in self._handlers:
                if not on.bulk and on.message_type.DESCRIPTOR.full_name == event.type_name:
                    await self._run(tx, on, event, event.message)
        for handler in dict.fromkeys(on.handler for on in self._handlers if on.bulk):
            joined = [on for on in self._handlers if on.bulk and on.handler == handler]
            names = {on.message_type.DESCRIPTOR.full_name for on in joined}
            alike = [event for event in fresh if event.type_name in names]
            if alike:
                # one cause and one actor must stand for all: the last event's
                await self._run(tx, joined[0], alike[-1], [event.message for event in alike])
        return len(fresh)

    async def _run(self, tx: Tx, on: On[Any], cause: Event, given: Any) -> None:
        actor = access.Actor.from_proto(cause.message.meta.actor)
        with access.acting_as(access.service(self._service, actor)), causes.handling(cause.event_id):
            await on.handler(tx, given)
