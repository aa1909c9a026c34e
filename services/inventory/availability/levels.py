"""What can be had where, as of now."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.clock import Clock
from kit.postgres import Database
from services.inventory.stock import store_levels
from services.inventory.stock.domain import Level, Place
from services.inventory.supply import store as supply

# when, and how much, by place
Incoming = Mapping[Place, Sequence[tuple[datetime, int]]]


class Availability:
    """Reads levels; expired holds do not count."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def get(self, skus: list[str], location_ids: list[str]) -> tuple[list[tuple[Level, int]], Incoming, datetime]:
        """Each level with what expired holds still seem to hold; what is to come; what time that is true for."""
        now = self._clock()
        async with self._db.read() as tx:
            found = await store_levels.see(tx, skus, location_ids, now)
            return found, await supply.incoming(tx, skus), now
