"""Who gives somebody else's number as his own, in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.postgres import Tx

_SHARE = """
INSERT INTO identifier_shares (lookup, member_id, kind, source, add_time) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (lookup, member_id) DO NOTHING
"""

_OF = "SELECT member_id FROM identifier_shares WHERE lookup = ANY($1::bytea[]) ORDER BY add_time, member_id"

_END = "DELETE FROM identifier_shares WHERE lookup = $1 AND member_id = $2 RETURNING true"

# What the taker shares by himself he keeps, whatever comes and goes.
_GIVE = """
WITH gone AS (
    DELETE FROM identifier_shares WHERE member_id = $1 RETURNING lookup, kind, source, add_time
), given AS (
    INSERT INTO identifier_shares (lookup, member_id, kind, source, add_time)
    SELECT lookup, $2, kind, source, add_time FROM gone
        ON CONFLICT (lookup, member_id) DO NOTHING RETURNING lookup
)
SELECT gone.lookup, given.lookup IS NULL AS had FROM gone LEFT JOIN given USING (lookup) ORDER BY gone.lookup
"""

_GIVE_BACK = """
WITH own AS (
    SELECT lookup, kind, source, add_time FROM identifier_shares WHERE member_id = $1 AND lookup = ANY($3::bytea[])
), gone AS (
    DELETE FROM identifier_shares WHERE member_id = $1 AND lookup = ANY($4::bytea[])
)
INSERT INTO identifier_shares (lookup, member_id, kind, source, add_time)
SELECT lookup, $2, kind, source, add_time FROM own ON CONFLICT (lookup, member_id) DO NOTHING
"""

_EXPORT = """
SELECT kind, source, add_time FROM identifier_shares WHERE member_id = ANY($1::uuid[]) ORDER BY add_time
"""

_FORGET = """
WITH gone AS (DELETE FROM identifier_shares WHERE member_id = ANY($1::uuid[]) RETURNING true)
SELECT count(*) FROM gone
"""

Share = tuple[bytes, str, str, datetime]


async def share(tx: Tx, member_id: str, one: Share) -> None:
    """He is found by it too."""
    lookup, *rest = one
    await tx.execute(_SHARE, lookup, member_id, *rest)


async def of(tx: Tx, lookups: Sequence[bytes]) -> list[str]:
    """Who shares these, the first first."""
    return list(dict.fromkeys(row["member_id"] for row in await tx.fetch(_OF, list(lookups))))


async def end(tx: Tx, lookup: bytes, member_id: str) -> bool:
    """He is found by it no more; False if he was not."""
    return bool(await tx.fetchval(_END, lookup, member_id))


async def give(tx: Tx, giver: str, taker: str) -> dict[bytes, bool]:
    """What one shares the other shares; answers what that was, and whether he had shared it before."""
    return {row["lookup"]: row["had"] for row in await tx.fetch(_GIVE, giver, taker)}


async def give_back(tx: Tx, giver: str, taker: str, came: Mapping[bytes, bool]) -> None:
    """As it came; what the giver had shared before he keeps."""
    await tx.execute(_GIVE_BACK, giver, taker, list(came), [lookup for lookup, had in came.items() if not had])


async def export(tx: Tx, member_ids: Sequence[str]) -> list[tuple[str, str, datetime]]:
    """What they share."""
    return [tuple(row) for row in await tx.fetch(_EXPORT, list(member_ids))]


async def forget(tx: Tx, member_ids: Sequence[str]) -> int:
    """They share nothing any more."""
    return int(await tx.fetchval(_FORGET, list(member_ids)))
