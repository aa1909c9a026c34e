"""E-mail addresses that wait to be proved, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Tx

_INSERT = """
INSERT INTO email_proofs (challenge_id, member_id, address_sealed, code_hash, link_hash, request_time, expire_time)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

# counted before the code is looked at, so that guesses in parallel are counted too
_TAKE_TRY = """
UPDATE email_proofs SET tries = tries + 1
 WHERE challenge_id = $1 AND member_id = $2 AND tries < $4 AND used_time IS NULL AND expire_time > $3
RETURNING challenge_id, member_id, address_sealed, code_hash, tries
"""

_BY_LINK = """
SELECT challenge_id, member_id, address_sealed, code_hash, tries FROM email_proofs
 WHERE link_hash = $1 AND used_time IS NULL AND expire_time > $2
"""

_SPEND = """
UPDATE email_proofs SET used_time = $2
 WHERE challenge_id = $1 AND used_time IS NULL AND expire_time > $2 RETURNING challenge_id
"""

_SWEEP = """
DELETE FROM email_proofs WHERE challenge_id IN (
    SELECT challenge_id FROM email_proofs WHERE request_time < $1 ORDER BY request_time LIMIT 20
       FOR UPDATE SKIP LOCKED)
"""

_FORGET = """
WITH proofs AS (DELETE FROM email_proofs WHERE member_id = ANY($1::uuid[]) RETURNING 1),
     endings AS (DELETE FROM identifier_endings WHERE member_id = ANY($1::uuid[]) RETURNING 1)
SELECT (SELECT count(*) FROM proofs) + (SELECT count(*) FROM endings)
"""

_ENDINGS_OF = """
SELECT kind, source, add_time, end_time, reason FROM identifier_endings
 WHERE member_id = ANY($1::uuid[]) ORDER BY end_time, kind
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An address that was written to."""

    challenge_id: str
    member_id: str
    address_sealed: bytes
    code_hash: bytes
    tries: int


@dataclass(frozen=True, slots=True)
class Ended:
    """What was somebody's."""

    kind: str
    source: str
    add_time: datetime
    end_time: datetime
    reason: str


async def insert(tx: Tx, one: Waiting, link_hash: bytes, now: datetime, expire_time: datetime) -> None:
    """Keeps an address that is about to be written to."""
    await tx.execute(
        _INSERT, one.challenge_id, one.member_id, one.address_sealed, one.code_hash, link_hash, now, expire_time
    )


async def take_try(tx: Tx, challenge_id: str, member_id: str, now: datetime, limit: int) -> Waiting | None:
    """One try; None if the code was used, has expired, has no try left or is another member's."""
    row = await tx.fetchrow(_TAKE_TRY, challenge_id, member_id, now, limit)
    return Waiting(*row) if row else None


async def by_link(tx: Tx, link_hash: bytes, now: datetime) -> Waiting | None:
    """What a link proves, as long as it is worth something."""
    row = await tx.fetchrow(_BY_LINK, link_hash, now)
    return Waiting(*row) if row else None


async def spend(tx: Tx, challenge_id: str, now: datetime) -> bool:
    """Uses code and link; False if somebody else was first."""
    return await tx.fetchval(_SPEND, challenge_id, now) is not None


async def sweep(tx: Tx, before: datetime) -> None:
    """Forgets some of what is too old to matter; each request takes a few along."""
    await tx.execute(_SWEEP, before)


async def endings(tx: Tx, member_ids: Sequence[str]) -> list[Ended]:
    """What was theirs."""
    return [Ended(*row) for row in await tx.fetch(_ENDINGS_OF, list(member_ids))]


async def forget(tx: Tx, member_ids: Sequence[str]) -> int:
    """Nothing is left of what was theirs; answers how much it was."""
    return int(await tx.fetchval(_FORGET, list(member_ids)))
