"""Removes the rows that have outlived what was promised of them."""

from kit.postgres import Database

INBOX_DAYS = 30
REQUEST_HOURS = 72
_SLICE = 1000

_MAINTAIN_OUTBOX = "SELECT outbox_maintain()"
# In slices, so that no statement holds locks or the timeout for long.
_FORGET_EVENTS = """
DELETE FROM inbox WHERE ctid IN (
    SELECT ctid FROM inbox WHERE record_time < now() - make_interval(days => $1) LIMIT $2)
"""
_FORGET_REQUESTS = """
DELETE FROM requests WHERE ctid IN (
    SELECT ctid FROM requests WHERE NOT for_ever AND record_time < now() - make_interval(hours => $1) LIMIT $2)
"""


async def sweep(db: Database) -> None:
    """Makes the outbox's coming partitions and deletes what is too old; any replica, any number of times."""
    async with db.read() as tx:
        await tx.execute(_MAINTAIN_OUTBOX)
    await _in_slices(db, _FORGET_EVENTS, INBOX_DAYS)
    await _in_slices(db, _FORGET_REQUESTS, REQUEST_HOURS)


async def _in_slices(db: Database, statement: str, age: int) -> None:
    deleted = _SLICE
    while deleted == _SLICE:
        async with db.read() as tx:
            deleted = int((await tx.execute(statement, age, _SLICE)).rpartition(" ")[2])
