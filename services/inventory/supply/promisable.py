"""What may be promised before it is there, added to what rules say of promises."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Tx
from services.inventory.stock.domain_limits import Limits
from services.inventory.supply import store
from services.inventory.supply.domain import Place


@dataclass(frozen=True, slots=True)
class Supplied:
    """The rules, with what is to come to each place as room beyond what is there."""

    limits: Limits
    coming: Mapping[Place, Sequence[tuple[datetime, int]]]

    def pool(self, channel_id: str, sku: str) -> tuple[str, ...]:
        return self.limits.pool(channel_id, sku)

    def safety(self, sku: str, location_id: str) -> int:
        return self.limits.safety(sku, location_id)

    def threshold(self, channel_id: str, sku: str) -> int:
        return self.limits.threshold(channel_id, sku)

    def backorder(self, sku: str, location_id: str) -> int:
        """Units that may be promised beyond what is there, whether or not anybody knows when they come."""
        known = sum(units for _, units in self.coming.get((sku, location_id), ()))
        return self.limits.backorder(sku, location_id) + known

    def soonest(self, sku: str, location_ids: Sequence[str]) -> list[str]:
        """The locations, those first where something comes, the earliest before the others."""

        def rank(location_id: str) -> tuple[bool, float]:
            known = self.coming.get((sku, location_id))
            return (not known, known[0][0].timestamp() if known else 0.0)

        return sorted(location_ids, key=rank)

    def hold_ttl(self, sku: str, location_id: str) -> int:
        return self.limits.hold_ttl(sku, location_id)


async def widened(tx: Tx, limits: Limits, skus: Iterable[str], after: datetime | None = None) -> Limits:
    """The limits with what is to come; `after` leaves out what should have come by then: nobody counts on it anew."""
    found = await store.incoming(tx, skus)
    if after is not None:
        found = {place: [one for one in given if one[0] > after] for place, given in found.items()}
    return Supplied(limits, found) if found else limits
