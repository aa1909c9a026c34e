"""Publishes the outbox: any replica, in batches, until the broker has acknowledged each event."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import quote

import asyncpg
from google.protobuf.timestamp_pb2 import Timestamp

from kit import faultpoints, retention, streams
from kit.nats_client import JetStreamContext, NatsError
from kit.postgres import TROUBLE, Database, Tx
from kit.publisher import Outgoing, Publisher, PublishFailed
from kit.telemetry import logs, metrics
from omo.type.v1 import event_pb2

BATCH = 200
# How often to look for events that nobody told us of: another replica's, left behind by a crash.
POLL = 0.5
# The first event after a pause goes out at once; while more keep coming, what comes within this time goes together.
LINGER = 0.05
_BACKOFF = 0.5
_DAY = 24 * 3600.0
_RETRY_MAINTENANCE = 600.0

# Rows are locked until the broker has answered; another relay skips them. There is no cursor: ids and times do
# not become visible in their order, so whatever is "after the last one" may still have something before it. The
# bound on the time only spares a look into the partitions of the coming week.
_CLAIM = """
SELECT event_id, record_time, aggregate_id, subject, sequence, business_time, traceparent, payload
  FROM outbox WHERE published_time IS NULL AND record_time < statement_timestamp() + interval '1 day'
 ORDER BY record_time, event_id LIMIT $1 FOR UPDATE SKIP LOCKED
"""
# A mark that a crash loses only means to publish again what the consumers know: its commit need not wait for the disk.
_MARK = """
UPDATE outbox SET published_time = clock_timestamp()
  FROM unnest($1::uuid[], $2::timestamptz[]) AS sent (event_id, record_time)
 WHERE outbox.event_id = sent.event_id AND outbox.record_time = sent.record_time
   AND outbox.record_time BETWEEN $3 AND $4 AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'
"""
_OLDEST = """
SELECT extract(epoch FROM clock_timestamp() - min(record_time))::float8
  FROM outbox WHERE published_time IS NULL AND record_time < statement_timestamp() + interval '1 day'
"""
_INCARNATION = "SELECT created_time FROM outbox_stream WHERE stream = $1"
_ADOPT = """
INSERT INTO outbox_stream (stream, created_time) VALUES ($1, $2)
ON CONFLICT (stream) DO UPDATE SET created_time = excluded.created_time
"""
_LOST = "UPDATE outbox SET published_time = NULL WHERE published_time IS NOT NULL"

_TROUBLE = (*TROUBLE, NatsError, PublishFailed)

_log = logs.get(__name__)
faultpoints.register("relay.before_publish", "relay.after_publish", "relay.after_mark")


class Relay:
    """One process's publisher of its service's outbox."""

    def __init__(self, db: Database, jetstream: JetStreamContext, stream: str) -> None:
        self._db = db
        self._jetstream = jetstream
        self._stream = stream
        self._source = f"omo.{stream.removeprefix('OMO_').lower()}"
        self._client = jetstream._nc  # noqa: SLF001  # the context has no public way to its client
        self._publisher = Publisher(self._client)
        self._ensured = False
        self._reconnects = 0
        self._stopping = False
        self._complained = False
        self._began = self._looked = float("-inf")
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        db.on_append(self.wake)

    def wake(self) -> None:
        """Something was committed: do not wait for the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Publishes until `drain` is called."""
        async with asyncio.TaskGroup() as group:
            upkeep = group.create_task(self._maintain())
            self._idle.clear()
            try:
                while not self._stopping:
                    await self._round()
            finally:
                self._idle.set()
                upkeep.cancel()

    async def drain(self, timeout: float = 5.0) -> bool:
        """Ends `run` after its batch, then publishes what is left; False if that took too long."""
        self._stopping = True
        self.wake()
        with suppress(TimeoutError, *_TROUBLE):
            async with asyncio.timeout(timeout):
                await self._idle.wait()
                while await self._unpublished() is not None:
                    if not await self.publish_once():
                        await asyncio.sleep(POLL)  # another relay holds the rest
                return True
        return False

    async def publish_once(self) -> int:
        """Publishes one batch; returns how many events were acknowledged, raises if one was not."""
        await self._ensure()
        self._began = time.monotonic()
        async with self._db.transaction() as tx:
            rows = await tx.fetch(_CLAIM, BATCH)
            if not rows:
                return 0
            faultpoints.hit("relay.before_publish")
            outcomes = await self._publisher.publish([self._outgoing(row) for row in rows])
            faultpoints.hit("relay.after_publish")
            await _mark(tx, [row for row, error in zip(rows, outcomes, strict=True) if error is None])
        faultpoints.hit("relay.after_mark")
        failed = [error for error in outcomes if error is not None]
        metrics.OUTBOX_PUBLISHED.inc(len(rows) - len(failed))
        if failed:
            self._ensured = False
            raise failed[0]
        return len(rows)

    async def _round(self) -> None:
        """One look at the outbox, and a wait if there was nothing (more) to do."""
        try:
            woken = self._woken.is_set()
            self._woken.clear()
            waiting = await self._look() or woken
            await self._ensure()
            if waiting and await self.publish_once() == BATCH:
                self._woken.set()  # there may be more
                return
            self._complained = False
        except _TROUBLE as error:
            await self._stumble(error)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                await self._woken.wait()
        if not self._stopping and (wait := self._began + LINGER - time.monotonic()) > 0:
            await asyncio.sleep(wait)

    async def _look(self) -> bool:
        """Whether something waits, asked now and then; in between, commits of our own wake us."""
        if time.monotonic() < self._looked + POLL:
            return False
        found = await self._unpublished() is not None
        self._looked = time.monotonic()
        return found

    async def _stumble(self, error: Exception) -> None:
        """Says once that nothing goes out, keeps the age up to date, and lets the broker breathe.

        No commit cuts this pause short, or an outage would be as many attempts as there are commits.
        """
        if not self._complained:
            _log.warning("outbox not published", stream=self._stream, error=str(error) or type(error).__name__)
        self._complained = True
        self._looked = float("-inf")
        with suppress(*_TROUBLE):
            await self._unpublished()
        if not self._stopping:
            await asyncio.sleep(_BACKOFF)

    async def _unpublished(self) -> float | None:
        """The age of the oldest unpublished event, None if there is none."""
        async with self._db.read() as tx:
            age: float | None = await tx.fetchval(_OLDEST)
        metrics.OUTBOX_OLDEST_SECONDS.set(age or 0.0)
        return age

    async def _ensure(self) -> None:
        """Makes the stream; if it is another one than last time, everything we keep goes out again."""
        streams.require(self._client)
        reconnects = self._client.stats["reconnects"]
        if self._ensured and reconnects == self._reconnects:
            return
        created = await streams.ensure_stream(self._jetstream, self._stream)
        async with self._db.transaction() as tx:
            known = await tx.fetchval(_INCARNATION, self._stream)
            if known != created:
                await tx.execute("SET LOCAL statement_timeout = '60s'")
                lost = await tx.execute(_LOST, timeout=60)
                await tx.execute(_ADOPT, self._stream, created)
                if known is not None:
                    _log.warning("new stream: publishing the kept events", stream=self._stream, state=lost)
        self._ensured, self._reconnects = True, reconnects

    async def _maintain(self) -> None:
        while True:
            try:
                await retention.sweep(self._db)
                pause = _DAY
            except _TROUBLE as error:
                _log.warning("upkeep failed", error=str(error) or type(error).__name__)
                pause = _RETRY_MAINTENANCE
            await asyncio.sleep(pause)

    def _outgoing(self, row: asyncpg.Record) -> Outgoing:
        record_time: datetime = row["record_time"]
        headers = {
            "Nats-Msg-Id": row["event_id"],
            "content-type": "application/protobuf",
            "ce-specversion": "1.0",
            "ce-id": row["event_id"],
            "ce-type": row["subject"].rpartition(".")[0],
            "ce-source": self._source,
            "ce-subject": quote(row["aggregate_id"], safe=" !#$&'()*+,/:;=?@[]"),
            "ce-time": (row["business_time"] or record_time).astimezone(UTC).isoformat(),
            "ce-recordtime": record_time.astimezone(UTC).isoformat(),
            "ce-sequence": str(row["sequence"]),
        }
        if row["traceparent"]:
            headers["traceparent"] = row["traceparent"]
        return Outgoing(row["subject"], row["payload"] + _stamp(record_time), headers)


async def _mark(tx: Tx, rows: Sequence[asyncpg.Record]) -> None:
    if rows:
        times = [row["record_time"] for row in rows]
        # the bounds lead to the partition, or the two, that hold them
        await tx.execute(_MARK, [row["event_id"] for row in rows], times, times[0], times[-1])


def _stamp(record_time: datetime) -> bytes:
    """Bytes that, put behind a serialized event, set its meta.record_time.

    Protobuf merges a message field that occurs twice, so appending field 1
    with nothing but the record time adds it without parsing the event.
    """
    stamped = Timestamp()
    stamped.FromDatetime(record_time)
    meta = event_pb2.EventMeta(record_time=stamped).SerializeToString()
    # tag of field 1, length-delimited; the length is below 128, one byte
    return bytes((0x0A, len(meta))) + meta
