"""Waits until nothing is on its way any more: no event unpublished or unread, nothing due or tried in vain."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from cli.fleet.backing import Addresses
from cli.fleet.clock import Clock
from cli.stack.trouble import Trouble

_BACKLOG = """
SELECT (SELECT count(*) FROM outbox WHERE published_time IS NULL),
       (SELECT count(*) FROM timers WHERE (next_time <= $1 OR last_error IS NOT NULL) AND NOT needs_attention)
         + unsettled($1)
"""
# what must be at the broker: the stream that the outbox went to, by when it was made, and the durables that hear
_STREAMS = "SELECT stream, created_time FROM outbox_stream"
_EARS = "SELECT stream, durable FROM inbox_streams"
_TICK = 0.1
# a server on a busy machine may stand still for seconds: that is no trouble yet
_ANSWER_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is still on its way, and how far the streams have come."""

    unpublished: int
    due: int
    pending: int
    unacknowledged: int
    # streams and durables that a broker which lost its store does not have yet: what they are to carry is on its way
    missing: int
    last_sequences: tuple[int, ...]

    @property
    def quiet(self) -> bool:
        return not (self.unpublished or self.due or self.pending or self.unacknowledged or self.missing)

    def __str__(self) -> str:
        return (
            f"{self.unpublished} events unpublished, {self.pending} unread, "
            f"{self.unacknowledged} unacknowledged, {self.due} tasks due, {self.missing} streams or durables missing"
        )


@dataclass(slots=True)
class Watch:
    """Looks into the databases and streams from outside; close it after use."""

    connections: list[asyncpg.Connection]
    client: Client
    clock: Clock

    @classmethod
    async def open(cls, backing: Addresses, services: Sequence[str], clock: Clock) -> "Watch":
        try:
            client = await nats.connect(
                backing.nats(),
                nkeys_seed_str=backing.nats_seed("operator") or None,
                inbox_prefix=b"_INBOX_operator",
                connect_timeout=int(_ANSWER_WITHIN),
                max_reconnect_attempts=0,
            )
        except (OSError, NatsError) as error:
            raise Trouble(f"NATS does not answer: {error}", "look into log/nats.log of the home") from None
        watch = cls([], client, clock)
        try:
            for service in services:
                watch.connections.append(await asyncpg.connect(backing.postgres_owner(service), timeout=_ANSWER_WITHIN))
        except BaseException:
            await watch.close()
            raise
        return watch

    async def close(self) -> None:
        for connection in self.connections:
            await connection.close()
        await self.client.close()

    def jetstream(self) -> JetStreamContext:
        """The streams, as the operator."""
        return self.client.jetstream(timeout=_ANSWER_WITHIN)

    async def wait(self, patience: float = 60.0) -> Backlog:
        """Returns at the second quiet look in a row between which no stream moved.

        One quiet look is not enough: an event may hop from a consumer's
        transaction into the next outbox between two of the questions.
        """
        end = time.monotonic() + patience
        before = await self.look()
        while time.monotonic() < end:
            await asyncio.sleep(_TICK)
            seen = await self.look()
            if seen.quiet and seen == before:
                return seen
            before = seen
        raise Trouble(f"the fleet is not quiet after {patience:.0f} s: {before}", "look into OMO_HOME/log for errors")

    async def hearers(self) -> dict[str, dict[str, list[str]]]:
        """Who hears what, as the broker knows it: consumer, publisher, event names."""
        jetstream, found = self.jetstream(), dict[str, dict[str, list[str]]]()
        for stream in await jetstream.streams_info():
            name = stream.config.name or ""
            for consumer in await jetstream.consumers_info(name):
                filters = consumer.config.filter_subjects or [consumer.config.filter_subject or ""]
                # broadcasts to tills and screens have no inbox: only a service's durable takes an event for good
                if (durable := consumer.config.durable_name) and all(filters):
                    events = sorted({subject.rpartition(".")[0] for subject in filters})
                    found.setdefault(durable, {})[name.removeprefix("OMO_").lower()] = events
        return found

    async def look(self) -> Backlog:
        """What is on its way right now."""
        now = await self.clock.now()
        counts = [await self._counts(connection, now) for connection in self.connections]
        wanted = await self._wanted()
        pending, unacknowledged, found, lasts = await self._streams()
        unpublished, due = sum(count[0] for count in counts), sum(count[1] for count in counts)
        return Backlog(unpublished, due, pending, unacknowledged, len(wanted - found), lasts)

    async def _wanted(self) -> set[tuple[str, object]]:
        """Each stream with the time of its making, and each with its durables, as the services know them."""
        return {
            (row[0], row[1])
            for connection in self.connections
            for question in (_STREAMS, _EARS)
            for row in await connection.fetch(question)
        }

    async def _counts(self, connection: asyncpg.Connection, now: datetime) -> tuple[int, int]:
        row = await connection.fetchrow(_BACKLOG, now)
        assert row is not None
        return row[0], row[1]

    async def _streams(self) -> tuple[int, int, set[tuple[str, object]], tuple[int, ...]]:
        jetstream = self.jetstream()
        streams = sorted(await jetstream.streams_info(), key=lambda stream: stream.config.name or "")
        pending = unacknowledged = 0
        found: set[tuple[str, object]] = set()
        for stream in streams:
            name = stream.config.name or ""
            found.add((name, stream.created))
            for consumer in await jetstream.consumers_info(name):
                pending += consumer.num_pending or 0
                unacknowledged += consumer.num_ack_pending or 0
                found.add((name, consumer.config.durable_name))
        return pending, unacknowledged, found, tuple(stream.state.last_seq for stream in streams)
