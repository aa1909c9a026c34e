"""What a provider that keeps no keys of ours was asked: a note is written once, before or right after the asking."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from kit.ids import uuid7
from kit.postgres import Database
from services.order.payments.domain import ProviderAway

_ADD = """
INSERT INTO provider_notes (payment_key, provider, note, value) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
_OF = "SELECT note, value FROM provider_notes WHERE payment_key = $1 AND provider = $2 ORDER BY record_time, note"
_IS_YOUNGER = """
SELECT EXISTS (SELECT FROM provider_notes WHERE payment_key = $1 AND provider = $2 AND note = $3
                  AND record_time > clock_timestamp() - $4::interval)
"""
# longer than anybody asks; whoever died while asking is not waited for any longer
_TAKE = """
INSERT INTO provider_notes AS had (payment_key, provider, note, value) VALUES ($1, $2, 'asking', $3)
    ON CONFLICT (payment_key, provider, note) DO UPDATE SET value = excluded.value, record_time = clock_timestamp()
 WHERE had.record_time < clock_timestamp() - interval '30 seconds'
RETURNING true
"""
_LEAVE = "DELETE FROM provider_notes WHERE payment_key = $1 AND provider = $2 AND note = 'asking' AND value = $3"


class Notes:
    """The notebook of one provider, each note in a transaction of its own: what was asked was asked."""

    def __init__(self, db: Database, provider: str) -> None:
        self._db = db
        self._provider = provider

    async def of(self, payment_key: str) -> dict[str, str]:
        """All notes about a payment, oldest first."""
        async with self._db.read() as tx:
            return {row[0]: row[1] for row in await tx.fetch(_OF, payment_key, self._provider)}

    async def add(self, payment_key: str, note: str, value: str) -> None:
        """Notes it, unless it is noted already."""
        async with self._db.read() as tx:
            await tx.execute(_ADD, payment_key, self._provider, note, value)

    async def is_younger(self, payment_key: str, note: str, than: timedelta) -> bool:
        """Whether it was noted less than so long ago, by the database's clock."""
        async with self._db.read() as tx:
            return bool(await tx.fetchval(_IS_YOUNGER, payment_key, self._provider, note, than))

    @asynccontextmanager
    async def alone(self, payment_key: str) -> AsyncIterator[None]:
        """While nobody else asks about this payment, in whatever process; raises ProviderAway if somebody does."""
        mine = uuid7()
        async with self._db.read() as tx:
            if not await tx.fetchval(_TAKE, payment_key, self._provider, mine):
                raise ProviderAway("this payment is being asked about already", status="asking")
        try:
            yield
        finally:
            async with self._db.read() as tx:
                await tx.execute(_LEAVE, payment_key, self._provider, mine)
