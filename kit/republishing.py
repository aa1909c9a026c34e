"""Has recorded events published again under their old ids: whoever took them before takes nothing twice."""

from collections.abc import Sequence
from datetime import datetime

from kit.postgres import Database

_PATIENCE = 300.0
# the relay finds rows without published_time; two minutes after the first time the broker takes an id again
_SINCE = "UPDATE outbox SET published_time = NULL WHERE record_time >= $1 AND published_time IS NOT NULL"
_THESE = "UPDATE outbox SET published_time = NULL WHERE event_id = ANY($1::uuid[]) AND published_time IS NOT NULL"


async def since(db: Database, moment: datetime) -> int:
    """Everything recorded from a moment of the database's own time on; answers how many events."""
    async with db.transaction() as tx:
        return _count(await tx.execute(_SINCE, moment, timeout=_PATIENCE))


async def these(db: Database, event_ids: Sequence[str]) -> int:
    """These events, as far as the outbox still has them: it keeps a week."""
    async with db.transaction() as tx:
        return _count(await tx.execute(_THESE, list(event_ids), timeout=_PATIENCE))


def _count(command: str) -> int:
    return int(command.rpartition(" ")[2])
