"""Records events in the transaction of the change that they tell; the relay publishes what commits."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self, TypeVar, cast

from google.protobuf.message import Message

from kit import access, causes, streams
from kit.access import Actor
from kit.ids import uuid7
from kit.nats_client import JetStreamContext
from kit.postgres import Connection, Database, Tx
from kit.relay import Relay
from kit.telemetry import traces

__all__ = ["MAX_PAYLOAD", "EventUnfit", "Origin", "Relay", "append", "republish"]

M = TypeVar("M", bound=Message)

MAX_PAYLOAD = 64 * 1024

_APPEND = """
INSERT INTO outbox (event_id, aggregate_id, subject, sequence, business_time, traceparent, payload)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::text[], $7::bytea[])
"""

_UNPUBLISH = """
UPDATE outbox SET published_time = NULL WHERE record_time >= $1 AND published_time IS NOT NULL
"""


class EventUnfit(ValueError):
    """An event without an aggregate, or too large to publish: a fault of the code that made it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who makes events and what for; kept by a task whose work is done together with other tasks' work."""

    actor: Actor
    causation_id: str
    traceparent: str

    @classmethod
    def here(cls) -> Self:
        """Of the task that asks."""
        return cls(access.current().actor, causes.current(), traces.traceparent())

    def mark(self, event: M) -> M:
        """The event with what its maker left empty."""
        meta: Any = cast(Any, event).meta
        meta.event_id = meta.event_id or uuid7()
        meta.causation_id = meta.causation_id or self.causation_id
        meta.traceparent = meta.traceparent or self.traceparent
        if not meta.HasField("actor"):
            meta.actor.CopyFrom(self.actor.to_proto())
        return event


async def append(tx: Tx, *events: Message) -> None:
    """Records events; they are published if, and only if, `tx` commits.

    Fills event id, actor, causation and trace context where the caller left
    them empty. The record time is the database's and is added when publishing.
    """
    if not events:
        return
    origin = Origin.here()
    rows = [_row(origin.mark(event)) for event in events]
    await tx.execute(_APPEND, *map(list, zip(*rows, strict=True)))
    cast(Connection, tx).note_append()


async def republish(db: Database, jetstream: JetStreamContext, service: str, since: datetime) -> int:
    """Publishes again, under their old ids, all events recorded since; consumers drop those that they had.

    For a broker that lost what it had acknowledged. Returns how many were sent.
    """
    async with db.transaction() as tx:
        await tx.execute("SET LOCAL statement_timeout = '60s'")
        marked = await tx.execute(_UNPUBLISH, since, timeout=60)
    await Relay(db, jetstream, streams.stream_name(service)).drain()
    return int(marked.rpartition(" ")[2])


def _row(event: Message) -> tuple[str, str, str, int, datetime | None, str, bytes]:
    meta: Any = cast(Any, event).meta
    if not meta.aggregate_id:
        raise EventUnfit(f"{event.DESCRIPTOR.full_name} names no aggregate")
    payload = event.SerializeToString()
    if len(payload) > MAX_PAYLOAD:
        raise EventUnfit(f"{event.DESCRIPTOR.full_name} is {len(payload)} bytes, more than {MAX_PAYLOAD}")
    business_time = meta.business_time.ToDatetime(UTC) if meta.HasField("business_time") else None
    where = streams.subject(event.DESCRIPTOR.full_name, meta.aggregate_id)
    return (meta.event_id, meta.aggregate_id, where, meta.sequence, business_time, meta.traceparent, payload)
