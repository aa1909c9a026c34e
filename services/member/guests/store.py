"""Every SQL statement about guests."""

from collections.abc import Sequence
from datetime import datetime

from kit.postgres import Tx

_INSERT = "INSERT INTO guests (guest_id, phone_lookup, email_lookup, make_time) VALUES ($1, $2, $3, $4)"
_IS_CLAIMED = "SELECT claim_time IS NOT NULL FROM guests WHERE guest_id = $1"
_CLAIM = """
WITH found AS (
    SELECT guest_id FROM guests
     WHERE (phone_lookup = ANY($1::bytea[]) OR email_lookup = ANY($1::bytea[])) AND make_time > $3
     ORDER BY guest_id FOR UPDATE
)
UPDATE guests SET claim_time = $2, phone_lookup = NULL, email_lookup = NULL
  FROM found WHERE guests.guest_id = found.guest_id AND claim_time IS NULL
RETURNING guests.guest_id
"""
# a number that was proved once may be somebody else's since
_PROVEN = """
SELECT lookup FROM member_identifiers
 WHERE member_id = $1 AND kind IN ('phone', 'email') AND greatest(verify_time, prove_time) > $2
"""
_KEPT = "SELECT keep_days FROM retention_rules WHERE subject = 'guests'"
# with his key goes all that was sealed of him; of one who is a member by now the member's own erasure decides
_SWEEP = """
WITH due AS (
    SELECT guest_id, claim_time FROM guests WHERE make_time < $1 ORDER BY make_time LIMIT $2 FOR UPDATE SKIP LOCKED
), keys AS (
    DELETE FROM member_keys USING due WHERE member_id = guest_id AND claim_time IS NULL
)
DELETE FROM guests USING due WHERE guests.guest_id = due.guest_id RETURNING true
"""


async def insert(tx: Tx, guest_id: str, phone_lookup: bytes | None, email_lookup: bytes | None, now: datetime) -> None:
    """Keeps a guest."""
    await tx.execute(_INSERT, guest_id, phone_lookup, email_lookup, now)


async def is_claimed(tx: Tx, guest_id: str) -> bool:
    """Whether he is a member by now."""
    return bool(await tx.fetchval(_IS_CLAIMED, guest_id))


async def claim(tx: Tx, lookups: Sequence[bytes], now: datetime, since: datetime) -> list[str]:
    """The guests since then who gave one of these, once."""
    return sorted(row["guest_id"] for row in await tx.fetch(_CLAIM, list(lookups), now, since))


async def proven(tx: Tx, member_id: str, since: datetime) -> list[bytes]:
    """What a member has proved since then, however often before."""
    return [row["lookup"] for row in await tx.fetch(_PROVEN, member_id, since)]


async def keep_days(tx: Tx) -> int:
    """How long guests are kept; 0: as long as nobody says otherwise."""
    return int(await tx.fetchval(_KEPT) or 0)


async def sweep(tx: Tx, before: datetime, most: int) -> int:
    """Forgets some who came before then; how many."""
    return len(await tx.fetch(_SWEEP, before, most))
