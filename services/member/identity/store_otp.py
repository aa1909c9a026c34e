"""Codes that were sent, and how often anybody asked, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kit.postgres import Tx

_INSERT = """
INSERT INTO otp_challenges (challenge_id, phone_hash, phone_sealed, device_hash, code_hash, prefix, country,
                            request_time, expire_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

# counted before the code is looked at, so that guesses in parallel are counted too
_TAKE_TRY = """
UPDATE otp_challenges SET tries = tries + 1
 WHERE challenge_id = $1 AND tries < $3 AND used_time IS NULL AND expire_time > $2
RETURNING phone_hash, phone_sealed, device_hash, code_hash, tries
"""

_SPEND = """
UPDATE otp_challenges SET used_time = $2 WHERE challenge_id = $1 AND used_time IS NULL RETURNING challenge_id
"""

_BEGIN_WINDOWS = """
INSERT INTO otp_windows (scope, last_time) SELECT scope, $2 FROM unnest($1::bytea[]) AS scope ORDER BY scope
ON CONFLICT (scope) DO NOTHING
"""

_LOCK_WINDOWS = "SELECT scope, times FROM otp_windows WHERE scope = ANY($1::bytea[]) ORDER BY scope FOR UPDATE"

_TIMES = "SELECT times FROM otp_windows WHERE scope = $1"

_COUNT = """
UPDATE otp_windows AS own
   SET times = ARRAY(SELECT at FROM unnest(own.times) AS at WHERE at > $3::timestamptz - added.horizon)
               || $3::timestamptz,
       last_time = $3
  FROM unnest($1::bytea[], $2::interval[]) AS added (scope, horizon)
 WHERE own.scope = added.scope
"""

_COUNT_DAY = """
INSERT INTO otp_days (day, sends) VALUES ($1, 1)
ON CONFLICT (day) DO UPDATE SET sends = otp_days.sends + 1 WHERE otp_days.sends < $2
RETURNING sends
"""

_OUTCOMES_OF_PREFIX = """
SELECT count(*) AS sent, count(used_time) AS completed FROM (
    SELECT used_time FROM otp_challenges
     WHERE prefix = $1 AND request_time <= $2 AND request_time > $3 ORDER BY request_time DESC LIMIT $4) AS last
"""

_OUTCOMES_OF_COUNTRY = """
SELECT count(*) AS sent, count(used_time) AS completed FROM (
    SELECT used_time FROM otp_challenges
     WHERE country = $1 AND request_time <= $2 AND request_time > $3 ORDER BY request_time DESC LIMIT $4) AS last
"""

_SWEEP_CHALLENGES = """
DELETE FROM otp_challenges WHERE challenge_id IN (
    SELECT challenge_id FROM otp_challenges WHERE request_time < $1 ORDER BY request_time LIMIT 20
       FOR UPDATE SKIP LOCKED)
"""

_SWEEP_WINDOWS = """
DELETE FROM otp_windows WHERE scope IN (
    SELECT scope FROM otp_windows WHERE last_time < $1 ORDER BY last_time LIMIT 20 FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A code that was sent."""

    challenge_id: str
    phone_hash: bytes
    phone_sealed: bytes
    device_hash: bytes
    code_hash: bytes
    prefix: str
    country: str
    request_time: datetime
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class Try:
    """What one try is compared with."""

    phone_hash: bytes
    phone_sealed: bytes
    device_hash: bytes
    code_hash: bytes
    number: int


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Codes sent, and codes typed in."""

    sent: int
    completed: int


async def insert(tx: Tx, one: Challenge) -> None:
    """Keeps a code that is about to be sent."""
    head = (one.challenge_id, one.phone_hash, one.phone_sealed, one.device_hash, one.code_hash)
    await tx.execute(_INSERT, *head, one.prefix, one.country, one.request_time, one.expire_time)


async def take_try(tx: Tx, challenge_id: str, now: datetime, limit: int) -> Try | None:
    """One try; None if the code was used, has expired or has no try left."""
    row = await tx.fetchrow(_TAKE_TRY, challenge_id, now, limit)
    return Try(*row) if row else None


async def spend(tx: Tx, challenge_id: str, now: datetime) -> bool:
    """Uses the code; False if somebody else was first."""
    return await tx.fetchval(_SPEND, challenge_id, now) is not None


async def lock_windows(tx: Tx, scopes: Sequence[bytes], now: datetime) -> dict[bytes, list[datetime]]:
    """When anything was counted under these scopes; nobody else counts under them until the transaction ends."""
    wanted = sorted(scopes)
    await tx.execute(_BEGIN_WINDOWS, wanted, now)
    return {row["scope"]: row["times"] for row in await tx.fetch(_LOCK_WINDOWS, wanted)}


async def times(tx: Tx, scope: bytes) -> list[datetime]:
    """When anything was counted under this scope, as far as it is known without waiting."""
    return await tx.fetchval(_TIMES, scope) or []


async def count(tx: Tx, horizons: Sequence[tuple[bytes, timedelta]], now: datetime) -> None:
    """Counts one under each scope, and forgets what no limit looks at any more."""
    scopes, spans = zip(*horizons, strict=True)
    await tx.execute(_COUNT, list(scopes), list(spans), now)


async def count_day(tx: Tx, day: date, cap: int) -> bool:
    """Counts one of the day's sends; False if the cap is reached."""
    return await tx.fetchval(_COUNT_DAY, day, cap) is not None


async def outcomes(tx: Tx, prefix: str, country: str, until: datetime, since: datetime, limit: int) -> list[Outcomes]:
    """Of the last sends to the prefix, and to the country, that had time to be completed: how many were."""
    of_prefix = await tx.fetchrow(_OUTCOMES_OF_PREFIX, prefix, until, since, limit)
    of_country = await tx.fetchrow(_OUTCOMES_OF_COUNTRY, country, until, since, limit)
    return [Outcomes(row["sent"], row["completed"]) for row in (of_prefix, of_country) if row]


async def sweep(tx: Tx, before: datetime) -> None:
    """Forgets some of what is too old to matter; each send takes a few along."""
    await tx.execute(_SWEEP_CHALLENGES, before)
    await tx.execute(_SWEEP_WINDOWS, before)
