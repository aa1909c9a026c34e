"""Browsers on their way to a login provider and back, in the database."""

from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Tx

_INSERT = """
INSERT INTO login_attempts (state_hash, provider, device_hash, redirect_uri, secrets_sealed, expire_time)
VALUES ($1, $2, $3, $4, $5, $6)
"""

_SPEND = """
UPDATE login_attempts SET used_time = $4
 WHERE state_hash = $1 AND provider = $2 AND device_hash = $3 AND used_time IS NULL AND expire_time > $4
RETURNING redirect_uri, secrets_sealed
"""

_SWEEP = """
DELETE FROM login_attempts WHERE state_hash IN (
    SELECT state_hash FROM login_attempts WHERE expire_time < $1 ORDER BY expire_time LIMIT 20 FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody who was sent to the provider."""

    redirect_uri: str
    secrets_sealed: bytes


async def insert(
    tx: Tx, state_hash: bytes, provider: str, device_hash: bytes, attempt: Attempt, expire_time: datetime
) -> None:
    """Keeps it until the browser comes back."""
    await tx.execute(
        _INSERT, state_hash, provider, device_hash, attempt.redirect_uri, attempt.secrets_sealed, expire_time
    )


async def spend(tx: Tx, state_hash: bytes, provider: str, device_hash: bytes, now: datetime) -> Attempt | None:
    """Takes it, once; None if it was taken, has expired or began on another device."""
    row = await tx.fetchrow(_SPEND, state_hash, provider, device_hash, now)
    return Attempt(*row) if row else None


async def sweep(tx: Tx, before: datetime) -> None:
    """Forgets some of what has expired; each new one takes a few along."""
    await tx.execute(_SWEEP, before)
