"""The rows of timers: made, moved, cancelled and looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.postgres import Database, Tx

# A timer may be made again after it ended, so its fence must not start where its namesake's did. Of one that is in hand
# the fence moves as well, so that its holder can end or put off nothing that he does not know of; the lease stays his
# until he is done, or two would work at once, unless whoever moves it takes it over.
_SCHEDULE = """
INSERT INTO timers (key, kind, due_time, next_time, payload, fence, lease_until)
SELECT item.key, $1, item.due, item.due, item.payload,
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, clock_timestamp() + $5::interval
  FROM unnest($2::text[], $3::timestamptz[], $4::bytea[]) AS item (key, due, payload) ORDER BY item.key
ON CONFLICT (key, kind) DO UPDATE
   SET due_time = excluded.due_time, next_time = excluded.next_time, payload = excluded.payload,
       fence = timers.fence + 1, lease_until = coalesce(excluded.lease_until, timers.lease_until),
       moved = CASE WHEN excluded.lease_until IS NULL THEN timers.moved + 1 ELSE 0 END,
       attempt = 0, needs_attention = false, last_error = NULL
RETURNING fence
"""
_CANCEL = "DELETE FROM timers WHERE key = $1 AND kind = $2 RETURNING true"
# due by $1 and not done, in hand or not; one that failed is unfinished until its next try, however late that is
UNFINISHED = "(next_time <= $1 OR last_error IS NOT NULL) AND NOT needs_attention"
_PENDING = f"SELECT count(*) FROM timers WHERE {UNFINISHED}"
_STUCK = """
SELECT kind, key, attempt, due_time, last_error FROM timers WHERE needs_attention ORDER BY kind, key LIMIT $1
"""
_STUCK_AFTER = """
SELECT kind, key, attempt, due_time, last_error FROM timers
 WHERE needs_attention AND (kind, key) > ($1, $2) AND ($3 = '' OR kind = $3) ORDER BY kind, key LIMIT $4
"""
_STUCK_ONE = """
SELECT kind, key, attempt, due_time, last_error FROM timers
 WHERE kind = $1 AND key = $2 AND needs_attention FOR UPDATE
"""
_RETRY = """
UPDATE timers SET needs_attention = false, attempt = 0, next_time = $3, lease_until = NULL, fence = fence + 1, moved = 0
 WHERE key = $1 AND kind = $2 AND needs_attention RETURNING true
"""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A timer that gave up and waits for a person."""

    kind: str
    key: str
    attempt: int
    due_time: datetime
    last_error: str


async def schedule(
    tx: Tx, kind: str, key: str, due: datetime, payload: bytes = b"", lease: timedelta | None = None
) -> int:
    """Makes or moves the timer; returns its fence.

    With a lease the caller holds it from the start: the loop leaves it alone
    until the lease runs out, which is how a crash is picked up. Whoever held it
    before has lost it. Without a lease, one that is in hand stays so: its
    holder learns at his end that it was moved (LeaseLost), and what is
    scheduled here stands and begins when he is done.
    """
    return int(await tx.fetchval(_SCHEDULE, kind, [key], [due], [payload], lease))


async def schedule_many(tx: Tx, kind: str, items: Sequence[tuple[str, datetime, bytes]]) -> None:
    """Makes or moves many timers of a kind, given as (key, due, payload), keys distinct, in one statement."""
    if items:
        keys, dues, payloads = (list(column) for column in zip(*items, strict=True))
        await tx.execute(_SCHEDULE, kind, keys, dues, payloads, None)


async def cancel(tx: Tx, kind: str, key: str) -> bool:
    """Removes the timer; whoever works at it learns so at its end. False if there was none."""
    return bool(await tx.fetchval(_CANCEL, key, kind))


async def pending(db: Database, now: datetime) -> int:
    """How many timers are due, or failed and wait for their next try, in hand or not; 0 means quiet."""
    async with db.read() as tx:
        return int(await tx.fetchval(_PENDING, now))


async def stuck(db: Database, limit: int = 100) -> list[Stuck]:
    """Timers that gave up."""
    async with db.read() as tx:
        return [Stuck(**row) for row in await tx.fetch(_STUCK, limit)]


async def retry(tx: Tx, kind: str, key: str, at: datetime) -> bool:
    """Has a timer that gave up tried again; False if it had not."""
    return bool(await tx.fetchval(_RETRY, key, kind, at))


async def stuck_after(tx: Tx, after: tuple[str, str], kind: str, limit: int) -> list[Stuck]:
    """The next timers that gave up, by kind and key; of one kind, or of all."""
    return [Stuck(**row) for row in await tx.fetch(_STUCK_AFTER, *after, kind, limit)]


async def lock_stuck(tx: Tx, kind: str, key: str) -> Stuck | None:
    """A timer that gave up, which nobody else changes meanwhile."""
    row = await tx.fetchrow(_STUCK_ONE, kind, key)
    return Stuck(**row) if row else None
