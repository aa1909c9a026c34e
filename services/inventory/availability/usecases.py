"""What can be had where: for lists from the copy, for staff and headquarters from the books."""

from collections.abc import Sequence
from datetime import datetime

from kit import access
from kit.access import Kind as Caller
from kit.clock import Clock
from kit.postgres import Database
from services.inventory.availability import domain_atp, domain_explain, store_shelves
from services.inventory.availability.copy import Copy, Reading
from services.inventory.availability.domain_atp import Shelves
from services.inventory.availability.domain_explain import Explanation
from services.inventory.availability.domain_limits import Limits
from services.inventory.availability.domain_table import Table
from services.inventory.availability.limits import Book
from services.inventory.catalogue.domain import UnknownSku
from services.inventory.stock.domain import UnknownChannel, UnknownLocation

# a copy is at most so old, and the rules with it: together under a second
_AGE = 0.8
# who asks for so few looks at one good and decides: he asks the books
FEW = 3


class Availability:
    """Reads what can be sold."""

    def __init__(self, db: Database, clock: Clock, book: Book) -> None:
        self._db = db
        self._clock = clock
        self._book = book
        self._copy = Copy(self._read, _AGE)

    async def table(self, skus: list[str], location_ids: list[str]) -> Table:
        """What stands of these goods at these places, or at all active ones."""
        behind = reads_books()
        limits = await self._limits(skus, 0.0 if behind or len(skus) <= FEW else _AGE)
        shelves, at = await self._shelves(domain_atp.parts_of(limits, skus), fresh=behind or len(skus) <= FEW)
        places = location_ids or _places(limits, shelves)
        return Table(skus, places, shelves, limits, at, not location_ids, behind)

    async def channel(
        self, channel_id: str, skus: list[str], location_ids: Sequence[str]
    ) -> tuple[Limits, Shelves, datetime]:
        """What decides about a channel's goods."""
        fresh = reads_books() or len(skus) <= FEW
        limits = await self._limits(skus, 0.0 if fresh else _AGE)
        check(limits, channel_id, skus, location_ids)
        shelves, at = await self._shelves(domain_atp.parts_of(limits, skus), fresh=fresh)
        return limits, shelves, at

    async def explain(self, channel_id: str, sku: str) -> tuple[Explanation, datetime]:
        """Which rule gave which figure."""
        limits = await self._limits([sku], 0.0)
        check(limits, channel_id, [sku], ())
        shelves, at = await self._shelves(domain_atp.parts_of(limits, [sku]), fresh=True)
        return domain_explain.explain(limits, shelves, channel_id, sku), at

    async def _limits(self, skus: list[str], age: float) -> Limits:
        if age and (limits := self._book.recent(skus, age)):
            return limits
        async with self._db.read() as tx:
            return await self._book.load(tx, skus)

    async def _shelves(self, skus: list[str], *, fresh: bool) -> tuple[Shelves, datetime]:
        if not fresh:
            return await self._copy.shelves(skus)
        at, found = await self._read(skus)
        return found, at

    async def _read(self, skus: list[str]) -> Reading:
        now = self._clock()
        async with self._db.read() as tx:
            return now, await store_shelves.read(tx, skus, now)


def reads_books() -> bool:
    """Whether the caller sees the books as they are."""
    return access.current().kind in (Caller.STAFF, Caller.HQ, Caller.DEVICE, Caller.SERVICE)


def check(limits: Limits, channel_id: str, skus: Sequence[str], location_ids: Sequence[str]) -> None:
    """Refuses what is nowhere."""
    if channel_id not in limits.world.outlets:
        raise UnknownChannel(f"there is no channel {channel_id}", pool_id=channel_id)
    for sku in skus:
        if sku not in limits.goods:
            raise UnknownSku(f"{sku} is not in the catalogue", sku=sku)
    for location_id in location_ids:
        if location_id not in limits.world.sites:
            raise UnknownLocation(f"there is no location {location_id}", location_id=location_id)


def _places(limits: Limits, shelves: Shelves) -> list[str]:
    """Active locations that have any of the goods in their books."""
    found = {place for shelf in shelves.values() for place in shelf.available}
    return sorted(place for place in found if (site := limits.world.sites.get(place)) and site.active)
