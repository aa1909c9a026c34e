"""Passkeys, and what devices were asked to sign, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Tx

_ASK = """
INSERT INTO passkey_challenges (challenge_id, member_id, device_hash, challenge, expire_time)
VALUES ($1, $2, $3, $4, $5)
"""

_SPEND = """
UPDATE passkey_challenges SET used_time = $2
 WHERE challenge_id = $1 AND used_time IS NULL AND expire_time > $2
   AND member_id IS NOT DISTINCT FROM $3 AND device_hash IS NOT DISTINCT FROM $4
RETURNING challenge
"""

_SWEEP = """
DELETE FROM passkey_challenges WHERE challenge_id IN (
    SELECT challenge_id FROM passkey_challenges WHERE expire_time < $1 ORDER BY expire_time LIMIT 20
       FOR UPDATE SKIP LOCKED)
"""

_INSERT = """
INSERT INTO passkeys (credential_id, passkey_id, member_id, public_key, sign_count, name_sealed, synced, add_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (credential_id) DO NOTHING RETURNING true
"""

_GET = """
SELECT credential_id, passkey_id, member_id, public_key, sign_count, name_sealed, synced, add_time, last_use_time
  FROM passkeys WHERE credential_id = $1 FOR UPDATE
"""

_OF = """
SELECT credential_id, passkey_id, member_id, public_key, sign_count, name_sealed, synced, add_time, last_use_time
  FROM passkeys WHERE member_id = ANY($1::uuid[]) ORDER BY passkey_id
"""

_USED = "UPDATE passkeys SET sign_count = $2, synced = $3, last_use_time = $4 WHERE credential_id = $1"

_REMOVE = "DELETE FROM passkeys WHERE member_id = $1 AND passkey_id = $2 RETURNING true"

_LOGINS = """
SELECT count(*) FROM member_identifiers WHERE member_id = $1 AND kind IN ('phone', 'line') AND verify_time IS NOT NULL
"""

_GIVE = """
UPDATE passkeys SET member_id = $2, name_sealed = $4 WHERE passkey_id = $3 AND member_id = $1
"""

_FORGET = """
WITH keys AS (DELETE FROM passkeys WHERE member_id = ANY($1::uuid[]) RETURNING 1),
     asked AS (DELETE FROM passkey_challenges WHERE member_id = ANY($1::uuid[]) RETURNING 1)
SELECT (SELECT count(*) FROM keys) + (SELECT count(*) FROM asked)
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A passkey as it is kept."""

    credential_id: bytes
    passkey_id: str
    member_id: str
    public_key: bytes
    sign_count: int
    name_sealed: bytes | None
    synced: bool
    add_time: datetime
    last_use_time: datetime | None = None


async def ask(
    tx: Tx, challenge_id: str, member_id: str | None, device_hash: bytes | None, challenge: bytes, expire: datetime
) -> None:
    """Keeps what a device is asked to sign."""
    await tx.execute(_ASK, challenge_id, member_id, device_hash, challenge, expire)


async def spend(
    tx: Tx, challenge_id: str, now: datetime, member_id: str | None, device_hash: bytes | None
) -> bytes | None:
    """Takes it, once; None if it was taken, has expired or was asked of somebody else."""
    found: bytes | None = await tx.fetchval(_SPEND, challenge_id, now, member_id, device_hash)
    return found


async def sweep(tx: Tx, before: datetime) -> None:
    """Forgets some of what has expired; each new one takes a few along."""
    await tx.execute(_SWEEP, before)


async def insert(tx: Tx, row: Row) -> bool:
    """Keeps a passkey; False if somebody has it."""
    head = (row.credential_id, row.passkey_id, row.member_id, row.public_key, row.sign_count, row.name_sealed)
    return bool(await tx.fetchval(_INSERT, *head, row.synced, row.add_time))


async def get(tx: Tx, credential_id: bytes) -> Row | None:
    """One passkey, held until the transaction ends."""
    row = await tx.fetchrow(_GET, credential_id)
    return Row(*row) if row else None


async def of(tx: Tx, member_ids: Sequence[str]) -> list[Row]:
    """A person's passkeys, under all of his ids."""
    return [Row(*row) for row in await tx.fetch(_OF, list(member_ids))]


async def used(tx: Tx, credential_id: bytes, sign_count: int, *, synced: bool, now: datetime) -> None:
    """It signed."""
    await tx.execute(_USED, credential_id, sign_count, synced, now)


async def remove(tx: Tx, member_id: str, passkey_id: str) -> bool:
    """Forgets one; False if there is none."""
    return bool(await tx.fetchval(_REMOVE, member_id, passkey_id))


async def logins(tx: Tx, member_id: str) -> int:
    """How many other ways to sign in the member has."""
    return int(await tx.fetchval(_LOGINS, member_id))


async def give(tx: Tx, giver: str, taker: str, passkey_id: str, name_sealed: bytes | None) -> None:
    """Another member has it from now on."""
    await tx.execute(_GIVE, giver, taker, passkey_id, name_sealed)


async def forget(tx: Tx, member_ids: Sequence[str]) -> int:
    """Nothing is left; answers how much it was."""
    return int(await tx.fetchval(_FORGET, list(member_ids)))
