"""The rule sets: added, never changed."""

from dataclasses import dataclass
from datetime import datetime

from kit.access import Actor
from kit.postgres import Tx
from services.order.promotions.domain import Published

# The lock of the one row that every change of prices takes makes numbers follow each other.
_BUMP = "UPDATE reference_head SET head = head + 1 WHERE name = 'reference'"
_ADD = """
INSERT INTO rule_sets (number, rules_json, business_time, reason, actor_kind, actor_id)
SELECT coalesce((SELECT number FROM rule_sets ORDER BY number DESC LIMIT 1), 0) + 1, $1, $2, $3, $4, $5
RETURNING number
"""
_FIND = "SELECT number, rules_json, business_time FROM rule_sets WHERE number = $1"
_NEWEST = "SELECT number, rules_json, business_time FROM rule_sets ORDER BY number DESC LIMIT 1"
_VERSIONS = """
SELECT number, business_time, reason, actor_kind, actor_id
  FROM rule_sets WHERE number < $1 ORDER BY number DESC LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A rule set as it was published; number 0, without a time, before any was."""

    number: int
    rules_json: str
    business_time: datetime | None


async def lock(tx: Tx) -> None:
    """From here on to the end of the transaction nobody else publishes."""
    await tx.execute(_BUMP)


async def add(tx: Tx, rules_json: str, at: datetime, reason: str, actor: Actor) -> int:
    """Stores the next rule set; from the commit on it is the one in force."""
    await tx.execute(_BUMP)
    return int(await tx.fetchval(_ADD, rules_json, at, reason, actor.kind, actor.id))


async def find(tx: Tx, number: int | None) -> Stored | None:
    """A rule set by its number, or the one in force."""
    row = await (tx.fetchrow(_NEWEST) if number is None else tx.fetchrow(_FIND, number))
    return Stored(*row) if row else None


async def versions(tx: Tx, below: int, limit: int) -> list[Published]:
    """Rule sets with lower numbers, the newest first."""
    return [Published(*row) for row in await tx.fetch(_VERSIONS, below, limit)]
