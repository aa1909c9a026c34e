"""Proven logins that nobody has yet, in the database."""

from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Tx

_INSERT = """
INSERT INTO login_joins (token_hash, kind, subject_sealed, device_hash, expire_time) VALUES ($1, $2, $3, $4, $5)
"""

_SPEND = """
UPDATE login_joins SET used_time = $2
 WHERE token_hash = $1 AND device_hash = $3 AND used_time IS NULL AND expire_time > $2
RETURNING kind, subject_sealed
"""

_SWEEP = """
DELETE FROM login_joins WHERE token_hash IN (
    SELECT token_hash FROM login_joins WHERE expire_time < $1 ORDER BY expire_time LIMIT 20 FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What waits."""

    kind: str
    subject_sealed: bytes


async def insert(tx: Tx, token_hash: bytes, row: Row, device_hash: bytes, expire_time: datetime) -> None:
    """Keeps it until somebody proves a phone."""
    await tx.execute(_INSERT, token_hash, row.kind, row.subject_sealed, device_hash, expire_time)


async def spend(tx: Tx, token_hash: bytes, device_hash: bytes, now: datetime) -> Row | None:
    """Takes it, once; None if it was taken, has expired or began on another device."""
    row = await tx.fetchrow(_SPEND, token_hash, now, device_hash)
    return Row(*row) if row else None


async def sweep(tx: Tx, before: datetime) -> None:
    """Forgets some of what has expired; each new one takes a few along."""
    await tx.execute(_SWEEP, before)
