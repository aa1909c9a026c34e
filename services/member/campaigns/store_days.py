"""Every SQL statement about days: whose birthday it is, and whether the days are watched at all."""

import json
from collections.abc import Mapping, Sequence

from asyncpg import Record

from kit.postgres import Tx

_AWAITED = "SELECT EXISTS (SELECT FROM timers WHERE key = 'day' AND kind = $1)"
_BORN = """
SELECT member_id FROM birthdays WHERE day_lookup = ANY($1::bytea[]) AND member_id > $2 ORDER BY member_id LIMIT $3
"""


async def awaited(tx: Tx, kind: str) -> bool:
    """Whether the next day is waited for."""
    return bool(await tx.fetchval(_AWAITED, kind))


def params(fan: Record) -> Mapping[str, str]:
    """What an occasion tells."""
    told: Mapping[str, str] = json.loads(fan["params"])
    return told


async def born(tx: Tx, lookups: Sequence[bytes], after: str, limit: int) -> list[str]:
    """Whose birthday is one of these days, which are kept as digests."""
    return [row["member_id"] for row in await tx.fetch(_BORN, list(lookups), after, limit)]
