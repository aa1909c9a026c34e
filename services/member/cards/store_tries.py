"""Every SQL statement about wrong gift card codes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from kit.postgres import Tx
from services.member.cards.domain_tries import Tries

_BEGIN = """
INSERT INTO gift_card_tries (scope, last_time) SELECT scope, $2 FROM unnest($1::bytea[]) AS scope ORDER BY scope
    ON CONFLICT (scope) DO NOTHING
"""
_LOCK = "SELECT scope, times, lock_time FROM gift_card_tries WHERE scope = ANY($1::bytea[]) ORDER BY scope FOR UPDATE"
_COUNT = """
UPDATE gift_card_tries
   SET times = ARRAY(SELECT at FROM unnest(times) AS at WHERE at > $2::timestamptz - $3::interval) || $2::timestamptz,
       last_time = $2
 WHERE scope = ANY($1::bytea[])
"""
_LOCKED = "UPDATE gift_card_tries SET lock_time = $2, last_time = $3 WHERE scope = $1"
# one of them: at one moment there may be several
_FORGIVE = """
UPDATE gift_card_tries
   SET times = times[:array_position(times, $2::timestamptz) - 1] || times[array_position(times, $2::timestamptz) + 1:]
 WHERE scope = ANY($1::bytea[]) AND $2::timestamptz = ANY(times)
"""
_SWEEP = """
DELETE FROM gift_card_tries WHERE scope IN (
    SELECT scope FROM gift_card_tries WHERE last_time < $1 ORDER BY last_time LIMIT 20 FOR UPDATE SKIP LOCKED)
"""


async def lock(tx: Tx, scopes: Sequence[bytes], now: datetime) -> Mapping[bytes, Tries]:
    """Where these scopes stand, locked in key order."""
    await tx.execute(_BEGIN, list(scopes), now)
    rows = await tx.fetch(_LOCK, list(scopes))
    return {row["scope"]: Tries(tuple(row["times"]), row["lock_time"]) for row in rows}


async def count(tx: Tx, scopes: Sequence[bytes], now: datetime, window: timedelta) -> None:
    """One more try of each; what is older than the window is let go."""
    await tx.execute(_COUNT, list(scopes), now, window)
    await tx.execute(_SWEEP, now - 2 * window)


async def locked(tx: Tx, scope: bytes, until: datetime, now: datetime) -> None:
    """Nobody listens until then."""
    await tx.execute(_LOCKED, scope, until, now)


async def forgive(tx: Tx, scopes: Sequence[bytes], moment: datetime) -> None:
    """That try was a right one."""
    await tx.execute(_FORGIVE, list(scopes), moment)
