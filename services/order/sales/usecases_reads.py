"""Tells what was sold, and which sales somebody should look at."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from kit import access, pages
from kit.access import Kind, Principal
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database
from services.order.sales import store_reads
from services.order.sales.domain import Review, Sum

_ASKED_FOR = timedelta(weeks=13)
"""Of whoever does not say since when."""
_FIRST = datetime.min.replace(tzinfo=UTC)


class SalesBook:
    """Sums and reviews."""

    def __init__(self, db: Database, page_key: bytes, clock: Clock) -> None:
        self._db = db
        self._page_key = page_key
        self._clock = clock

    async def sum(self, start: datetime | None, end: datetime | None, location_ids: Sequence[str]) -> list[Sum]:
        """Revenue, units and baskets by location and channel, straight from the order tables."""
        end = end or self._clock() + timedelta(days=1)
        start = start or end - min(_ASKED_FOR, end - _FIRST)
        if start >= end:
            raise invalid("end_time", "must be after start_time")
        async with self._db.transaction() as tx:
            return await store_reads.sums(tx, start, end, location_ids)

    async def reviews(self, location_id: str, page_size: int, page_token: str) -> tuple[list[Review], str]:
        """The queue, newest first, and the token of its next page."""
        location_id = _scope(access.current(), location_id)
        size = pages.page_size(page_size)
        cursor = pages.decode(page_token, self._page_key)
        after = store_reads.FIRST
        if cursor:
            after = (datetime.fromisoformat(cursor["t"]), cursor["o"], cursor["f"], cursor["s"])
        async with self._db.read() as tx:
            found = await store_reads.reviews(tx, location_id, after, size + 1)
        if len(found) <= size:
            return found, ""
        last = found[size - 1]
        keys = {"t": last.record_time.isoformat(), "o": last.order_id, "f": last.flag, "s": last.subject}
        return found[:size], pages.encode(keys, self._page_key)


def _scope(principal: Principal, location_id: str) -> str:
    """Headquarters look anywhere, a store's manager at the stores that are his."""
    if principal.kind in (Kind.HQ, Kind.SERVICE):
        return location_id
    if not location_id and len(principal.location_ids) == 1:
        return principal.location_ids[0]
    if not location_id:
        raise invalid("location_id", "must name one of your stores")
    access.require_location(location_id)
    return location_id
