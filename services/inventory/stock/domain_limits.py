"""What rules say of pools: who serves a channel, what stays back, how far goods may be promised that are not there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Limits(Protocol):
    """The rules for some SKUs and channels, as they are now."""

    def pool(self, channel_id: str, sku: str) -> tuple[str, ...]:
        """The locations that may serve the channel, best first."""

    def safety(self, sku: str, location_id: str) -> int:
        """Units that pooled promises leave alone."""

    def threshold(self, channel_id: str, sku: str) -> int:
        """Units of a pool that must be left over after a promise."""

    def backorder(self, sku: str, location_id: str) -> int:
        """Units that may be promised beyond what is there."""

    def soonest(self, sku: str, location_ids: Sequence[str]) -> Sequence[str]:
        """The locations in the order in which what is not there is promised."""

    def hold_ttl(self, sku: str, location_id: str) -> int:
        """Seconds that a cart holds it there if its caller does not say; 0: nobody says."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Nothing is kept back, and of backorders only what is given."""

    pools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    backorders: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def pool(self, channel_id: str, sku: str) -> tuple[str, ...]:  # noqa: ARG002
        return self.pools.get(channel_id, ())

    def safety(self, sku: str, location_id: str) -> int:  # noqa: ARG002
        return 0

    def threshold(self, channel_id: str, sku: str) -> int:  # noqa: ARG002
        return 0

    def backorder(self, sku: str, location_id: str) -> int:
        return self.backorders.get((sku, location_id), 0)

    def soonest(self, sku: str, location_ids: Sequence[str]) -> Sequence[str]:  # noqa: ARG002
        return location_ids

    def hold_ttl(self, sku: str, location_id: str) -> int:  # noqa: ARG002
        return 0


NONE = Plain()
