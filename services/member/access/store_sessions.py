"""Refresh families in the database."""

from datetime import datetime

from kit.postgres import Tx
from services.member.access.domain import Family

_INSERT = """
INSERT INTO refresh_families (family_id, principal_kind, principal_id, device_id, terminal_id, location_id,
                              current_hash, current_sealed, rotate_time, expire_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""

_SWEEP = """
DELETE FROM refresh_families WHERE family_id IN (
    SELECT family_id FROM refresh_families WHERE expire_time < $1 ORDER BY expire_time LIMIT 20 FOR UPDATE SKIP LOCKED)
"""

_LOCK = """
SELECT family_id, principal_kind, principal_id, device_id, terminal_id, location_id, current_hash, current_sealed,
       previous_hash, previous_taken, rotate_time, expire_time, revoke_time IS NOT NULL AS revoked
  FROM refresh_families WHERE family_id = $1 FOR UPDATE
"""

_ROTATE = """
UPDATE refresh_families
   SET previous_hash = current_hash, previous_taken = false, current_hash = $2, current_sealed = $3, rotate_time = $4
 WHERE family_id = $1
"""

_TAKE_PREVIOUS = "UPDATE refresh_families SET previous_taken = true WHERE family_id = $1"

_REVOKE = """
UPDATE refresh_families SET revoke_time = $2, revoke_reason = $3 WHERE family_id = $1 AND revoke_time IS NULL
"""

_REVOKE_OF_PRINCIPAL = """
UPDATE refresh_families SET revoke_time = $3, revoke_reason = $4
 WHERE principal_id = $2 AND principal_kind = $1 AND revoke_time IS NULL
"""

_REVOKE_OF_TERMINAL = """
UPDATE refresh_families SET revoke_time = $2, revoke_reason = $3
 WHERE terminal_id = $1 AND terminal_id <> '' AND revoke_time IS NULL
"""


async def insert(tx: Tx, family: Family) -> None:
    """Keeps a new family."""
    one = family
    who = (one.family_id, one.kind, one.principal_id, one.device_id, one.terminal_id, one.location_id)
    await tx.execute(_INSERT, *who, one.current_hash, one.current_sealed, one.rotate_time, one.expire_time)


async def sweep(tx: Tx, before: datetime) -> None:
    """Forgets some families that ended before; each sign-in takes a few along."""
    await tx.execute(_SWEEP, before)


async def lock(tx: Tx, family_id: str) -> Family | None:
    """The family, held until the transaction ends."""
    row = await tx.fetchrow(_LOCK, family_id)
    return Family(*row) if row else None


async def rotate(tx: Tx, family_id: str, fresh_hash: bytes, fresh_sealed: bytes, now: datetime) -> None:
    """The present token becomes the previous one."""
    await tx.execute(_ROTATE, family_id, fresh_hash, fresh_sealed, now)


async def take_previous(tx: Tx, family_id: str) -> None:
    """The previous token was taken its one more time."""
    await tx.execute(_TAKE_PREVIOUS, family_id)


async def revoke(tx: Tx, family_id: str, now: datetime, reason: str) -> None:
    """Ends one family."""
    await tx.execute(_REVOKE, family_id, now, reason)


async def revoke_of_principal(tx: Tx, kind: str, principal_id: str, now: datetime, reason: str) -> None:
    """Ends every family of a principal."""
    await tx.execute(_REVOKE_OF_PRINCIPAL, kind, principal_id, now, reason)


async def revoke_of_terminal(tx: Tx, terminal_id: str, now: datetime, reason: str) -> None:
    """Ends every family that began on a terminal."""
    await tx.execute(_REVOKE_OF_TERMINAL, terminal_id, now, reason)
