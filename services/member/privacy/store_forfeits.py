"""What the forgotten still had, in the database."""

from datetime import datetime

from kit.postgres import Tx

_DUE = "SELECT erasure_id, member_id FROM member_tombstones WHERE erase_time > $1 AND erase_time <= $2"

_OF = "SELECT member_id FROM member_tombstones WHERE erasure_id = $1 AND erase_time = $2 ORDER BY member_id"

# The first word stands.
_SETTLE = """
UPDATE erasures SET value_settle_time = $2, value_outcome = $3
 WHERE erasure_id = $1 AND value_settle_time IS NULL RETURNING true
"""

_OUTCOME = "SELECT value_outcome FROM erasures WHERE erasure_id = $1"

_KEEP = "SELECT keep_days FROM retention_rules WHERE subject = 'value.of_the_forgotten'"


async def keep_days(tx: Tx) -> int:
    """For how long it may be claimed."""
    return int(await tx.fetchval(_KEEP) or 0)


async def due(tx: Tx, after: datetime, until: datetime) -> dict[str, list[str]]:
    """Ids of whoever was forgotten in this time, by erasure."""
    found: dict[str, list[str]] = {}
    for row in await tx.fetch(_DUE, after, until):
        found.setdefault(row["erasure_id"], []).append(row["member_id"])
    return found


async def of(tx: Tx, erasure_id: str, start_time: datetime) -> list[str]:
    """The ids of somebody who was forgotten."""
    return [row["member_id"] for row in await tx.fetch(_OF, erasure_id, start_time)]


async def settle(tx: Tx, erasure_id: str, now: datetime, outcome: str) -> bool:
    """Whose it is; False if that was settled."""
    return bool(await tx.fetchval(_SETTLE, erasure_id, now, outcome))


async def outcome(tx: Tx, erasure_id: str) -> str:
    """Whose it is by now; empty while it can be claimed."""
    return str(await tx.fetchval(_OUTCOME, erasure_id) or "")
