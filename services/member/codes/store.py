"""Codes that were taken, in the database."""

from datetime import datetime

from kit.postgres import Tx

_TAKE = """
INSERT INTO member_code_uses (nonce, expire_time) VALUES ($1, $2) ON CONFLICT (nonce) DO NOTHING RETURNING true
"""

_SWEEP = """
DELETE FROM member_code_uses WHERE nonce IN (
    SELECT nonce FROM member_code_uses WHERE expire_time < $1 ORDER BY expire_time LIMIT 20 FOR UPDATE SKIP LOCKED)
"""


async def take(tx: Tx, nonce: str, expire_time: datetime) -> bool:
    """Takes a code; False if it was taken before."""
    return bool(await tx.fetchval(_TAKE, nonce, expire_time))


async def sweep(tx: Tx, before: datetime) -> None:
    """Forgets some that could not be shown any more anyway; each new one takes a few along."""
    await tx.execute(_SWEEP, before)
