"""Hears the events of other services: pulls them, takes them once, and gives up on none silently."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from kit import dead_letters, deliveries, faultpoints, streams
from kit.dead_letters import DeadLetter
from kit.errors import Code, Fault
from kit.inbox import Event, Inbox, On, Unreadable
from kit.nats_client import JetStreamContext, Msg, NatsError, NotFoundError
from kit.postgres import TROUBLE, Database, as_fault, is_away
from kit.pulls import BATCH, Pull, PullEnded
from kit.telemetry import logs, metrics, places, traces

__all__ = ["Consumer", "On"]

NAK_DELAYS = (1, 5, 30, 120, 600)
GIVE_UP = 5
_PAUSE = 1.0
_STREAM_MISSING = 0.3
_LETTERS = 1.0
# An event after a pause is taken at once; while more keep coming, what comes within this time is taken together.
LINGER = 0.1
_PASSING = (Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.ABORTED, Code.DEADLINE_EXCEEDED)

_log = logs.get(__name__)
faultpoints.register("consumer.before_commit", "consumer.after_commit")


class Consumer:
    """One service's ears: a durable per stream it listens to, and its replayed dead letters."""

    def __init__(self, db: Database, jetstream: JetStreamContext, service: str, handlers: Sequence[On[Any]]) -> None:
        self._db = db
        self._jetstream = jetstream
        self._service = service
        self._inbox = Inbox(service, handlers)
        self._subjects: dict[str, set[str]] = {}
        for on in handlers:
            stream = streams.stream_of(on.message_type)
            self._subjects.setdefault(stream, set()).add(f"{on.message_type.DESCRIPTOR.full_name}.*")
        self._stopping = asyncio.Event()
        self._pulls: dict[str, Pull] = {}
        self._known: set[str] = set()

    async def run(self) -> None:
        """Consumes until `stop` is called; ends after the batch in hand."""
        async with asyncio.TaskGroup() as group:
            for stream in self._subjects:
                group.create_task(self._listen(stream))
            group.create_task(self._replay())

    def stop(self) -> None:
        """Asks `run` to finish what it has in hand, and end."""
        self._stopping.set()
        for pull in self._pulls.values():
            pull.interrupt()

    async def pending(self) -> int:
        """How many events wait for this service: not yet delivered, or delivered and not acknowledged."""
        if not self._jetstream._nc.is_connected:  # noqa: SLF001
            raise Fault("the broker is away", code=Code.UNAVAILABLE, reason="UNAVAILABLE")
        waiting = 0
        for stream in self._subjects:
            with suppress(NotFoundError):  # the publisher has made no stream, so there is nothing to hear
                waiting += await self._pending(stream)
        return waiting

    async def _pending(self, stream: str) -> int:
        try:
            info = await self._jetstream.consumer_info(stream, self._service)
        except NotFoundError:
            # a broker that lost its store has the publisher's stream again, and not yet our durable: all of it waits
            return (await self._jetstream.stream_info(stream)).state.messages
        return (info.num_pending or 0) + (info.num_ack_pending or 0)

    async def _listen(self, stream: str) -> None:
        complained = False
        while not self._stopping.is_set():
            try:
                streams.require(self._jetstream._nc)  # noqa: SLF001  # no public way to the client
                await streams.ensure_consumer(self._jetstream, stream, self._service, sorted(self._subjects[stream]))
                complained = False
                await self._told(stream)
                await self._drink(stream)
            except (NotFoundError, PullEnded, NatsError, OSError) as error:
                # the publisher makes its stream when it starts, or when it finds it gone
                if not complained:
                    _log.warning("no events", stream=stream, error=str(error) or type(error).__name__)
                complained = True
                await self._rest(_STREAM_MISSING)

    async def _told(self, stream: str) -> None:
        if stream in self._known:
            return
        with suppress(*TROUBLE):  # next time
            async with self._db.transaction() as tx:
                await self._inbox.listens(tx, stream)
            self._known.add(stream)

    async def _drink(self, stream: str) -> None:
        pull = Pull(self._jetstream._nc, stream, self._service)  # noqa: SLF001  # no public way to the client
        await pull.open()
        self._pulls[stream] = pull
        lag = metrics.INBOX_LAG.labels(stream, self._service)
        try:
            while not self._stopping.is_set():
                messages = await pull.next()
                if not messages:
                    continue
                began = time.monotonic()
                lag.set(messages[-1].metadata.num_pending)
                async with deliveries.still_at_it(messages, pull):
                    await self._handle(stream, messages)
                if len(messages) < BATCH:
                    await self._rest(began + LINGER - time.monotonic())
        finally:
            del self._pulls[stream]
            await pull.close()

    async def _handle(self, stream: str, messages: Sequence[Msg]) -> None:
        """A batch in one transaction; if that fails, each message in its own."""
        readable = await self._read(stream, messages)
        try:
            await self._take(stream, [event for _, event in readable])
        except Exception as error:
            await self._handle_failed(stream, readable, error)
            return
        for message, _ in readable:
            await deliveries.answer(message.ack())

    async def _handle_failed(self, stream: str, batch: Sequence[tuple[Msg, Event]], error: Exception) -> None:
        away = is_away(error)
        for message, event in batch:
            if away or len(batch) == 1:
                await self._failed(stream, message, error)
            else:
                await self._handle_one(stream, message, event)
        if away:
            await self._until_reachable()

    async def _read(self, stream: str, messages: Sequence[Msg]) -> list[tuple[Msg, Event]]:
        readable: list[tuple[Msg, Event]] = []
        for message in messages:
            try:
                readable.append((message, self._inbox.read(message.subject, message.data)))
            except Unreadable as error:
                await self._bury(stream, message, error)
        return readable

    async def _handle_one(self, stream: str, message: Msg, event: Event) -> None:
        try:
            await self._take(stream, [event])
        except Exception as error:
            await self._failed(stream, message, error)
        else:
            await deliveries.answer(message.ack())

    async def _take(self, stream: str, events: Sequence[Event]) -> None:
        if not events:
            return
        producers = dict.fromkeys(filter(None, (event.traceparent for event in events)))
        with traces.consumed(f"{stream} {self._service}", producers, attributes={"messages": len(events)}):
            async with self._db.transaction() as tx:
                fresh = await self._inbox.take(tx, events)
                faultpoints.hit("consumer.before_commit")
            faultpoints.hit("consumer.after_commit")
        metrics.INBOX_HANDLED.labels(stream, "taken").inc(fresh)
        metrics.INBOX_HANDLED.labels(stream, "known").inc(len(events) - fresh)

    async def _failed(self, stream: str, message: Msg, error: Exception) -> None:
        """Later, or never: trouble that passes may use up more deliveries than an event that never fits."""
        attempt = message.metadata.num_delivered
        limit = streams.MAX_DELIVER - 1 if _code(error) in _PASSING else GIVE_UP
        _log.warning("event not taken", subject=message.subject, attempt=attempt, error=places.of(error))
        if attempt >= limit:
            await self._bury(stream, message, error)
            return
        metrics.INBOX_HANDLED.labels(stream, "later").inc()
        delay = _PAUSE if is_away(error) else NAK_DELAYS[min(attempt, len(NAK_DELAYS)) - 1]
        await deliveries.answer(message.nak(delay=delay))

    async def _bury(self, stream: str, message: Msg, error: Exception) -> None:
        """Into the dead letters, and only then out of the stream."""
        event_id = deliveries.event_id(message)
        attempt = message.metadata.num_delivered
        said = f"{type(error).__name__}: {error}"
        letter = DeadLetter(event_id, self._service, stream, message.subject, message.data, attempt, said)
        try:
            async with self._db.transaction() as tx:
                await dead_letters.put(tx, letter)
        except TROUBLE:
            await deliveries.answer(message.nak(delay=NAK_DELAYS[-1]))
            return
        metrics.INBOX_HANDLED.labels(stream, "dead").inc()
        _log.error("event given up", stream=stream, subject=message.subject, event_id=event_id, error=places.of(error))
        await deliveries.answer(message.term())

    async def _replay(self) -> None:
        """Takes the dead letters that a person wants taken."""
        while not self._stopping.is_set():
            with suppress(*TROUBLE):
                metrics.DLQ_SIZE.set(letters := await dead_letters.count(self._db))
                while letters and not self._stopping.is_set() and await self._replay_one():
                    pass
            await self._rest(_LETTERS)

    async def _replay_one(self) -> bool:
        letter: DeadLetter | None = None
        try:
            async with self._db.transaction() as tx:
                letter = await dead_letters.next_asked(tx, self._service)
                if letter is None:
                    return False
                await self._inbox.take(tx, [self._inbox.read(letter.subject, letter.payload)])
                await dead_letters.taken(tx, letter)
        except Exception as error:
            if letter is None or is_away(error):
                raise
            async with self._db.transaction() as tx:
                await dead_letters.refused(tx, letter, f"{type(error).__name__}: {error}")
        return True

    async def _until_reachable(self) -> None:
        """A delivery is counted even if we could not try: do not pull while the database is away."""
        for pause in itertools.chain((0.1, 0.2, 0.5), itertools.repeat(_PAUSE)):
            if self._stopping.is_set() or await self._db.reachable():
                return
            await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        if seconds <= 0:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def _code(error: Exception) -> Code | None:
    fault = error if isinstance(error, Fault) else as_fault(error)
    return fault.code if fault else None
