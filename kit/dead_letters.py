"""Keeps the events that a consumer could not take, until a person has them taken again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Database, Tx

_ERROR_LENGTH = 4000

_PUT = """
INSERT INTO dead_letters (event_id, consumer, stream, subject, payload, deliveries, error)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (event_id, consumer) DO UPDATE SET deliveries = excluded.deliveries, error = excluded.error,
       replay_asked_time = NULL, replayed_time = NULL
"""
_WAITING = """
SELECT event_id, consumer, stream, subject, payload, deliveries, error, record_time, replay_asked_time
  FROM dead_letters WHERE replayed_time IS NULL ORDER BY record_time LIMIT $1
"""
_COUNT = "SELECT count(*) FROM dead_letters WHERE replayed_time IS NULL"
_ASK = """
UPDATE dead_letters SET replay_asked_time = now()
 WHERE replayed_time IS NULL AND ($1::uuid[] IS NULL OR event_id = ANY($1))
"""
_NEXT = """
SELECT event_id, consumer, stream, subject, payload, deliveries, error, record_time, replay_asked_time
  FROM dead_letters WHERE consumer = $1 AND replay_asked_time IS NOT NULL AND replayed_time IS NULL
 ORDER BY replay_asked_time LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_TAKEN = "UPDATE dead_letters SET replayed_time = now() WHERE event_id = $1 AND consumer = $2"
_REFUSED = """
UPDATE dead_letters SET replay_asked_time = NULL, deliveries = deliveries + 1, error = $3
 WHERE event_id = $1 AND consumer = $2
"""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One event that nobody could take."""

    event_id: str
    consumer: str
    stream: str
    subject: str
    payload: bytes
    deliveries: int
    error: str
    record_time: datetime | None = None
    replay_asked_time: datetime | None = None


async def put(tx: Tx, letter: DeadLetter) -> None:
    """Keeps an event that was given up."""
    where = (letter.event_id, letter.consumer, letter.stream, letter.subject)
    await tx.execute(_PUT, *where, letter.payload, letter.deliveries, _storable(letter.error))


async def waiting(db: Database, limit: int = 100) -> list[DeadLetter]:
    """The oldest dead letters that were not replayed."""
    async with db.read() as tx:
        return [DeadLetter(**row) for row in await tx.fetch(_WAITING, limit)]


async def count(db: Database) -> int:
    """How many dead letters wait for a person."""
    async with db.read() as tx:
        return int(await tx.fetchval(_COUNT))


async def replay(db: Database, event_ids: Sequence[str] | None = None) -> int:
    """Asks the service's consumer to take these (or all) again; returns how many were asked for.

    The consumer itself does it, beside the stream: no other service sees the event again.
    """
    async with db.read() as tx:
        asked = await tx.execute(_ASK, list(event_ids) if event_ids is not None else None)
    return int(asked.rpartition(" ")[2])


async def next_asked(tx: Tx, consumer: str) -> DeadLetter | None:
    """Locks the next letter that somebody wants replayed."""
    row = await tx.fetchrow(_NEXT, consumer)
    return DeadLetter(**row) if row else None


async def taken(tx: Tx, letter: DeadLetter) -> None:
    """The letter was taken after all, in this transaction."""
    await tx.execute(_TAKEN, letter.event_id, letter.consumer)


async def refused(tx: Tx, letter: DeadLetter, error: str) -> None:
    """The letter could still not be taken: it waits for a person again."""
    await tx.execute(_REFUSED, letter.event_id, letter.consumer, _storable(error))


def _storable(error: str) -> str:
    """Short, and without the one character that Postgres keeps in no text."""
    return error[:_ERROR_LENGTH].replace("\x00", "")
