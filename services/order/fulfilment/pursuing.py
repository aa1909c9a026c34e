"""What is asked of inventory while somebody waits, and by a timer where it cannot answer now."""

from collections.abc import Awaitable, Callable

from kit import timers
from kit.errors import Code, Fault
from kit.postgres import Database

# also an inventory that has not heard of the order yet
AWAY = frozenset((
    Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED, Code.INTERNAL, Code.ABORTED, Code.NOT_FOUND,
))  # fmt: skip


async def at_once(db: Database, kind: str, key: str, work: Callable[[], Awaitable[None]]) -> None:
    """Does the work of a timer and calls the timer off; where inventory is away, the timer stays and pursues it."""
    try:
        await work()
    except Fault as fault:
        if fault.code in AWAY:
            return
        raise
    async with db.transaction() as tx:
        await timers.cancel(tx, kind, key)
