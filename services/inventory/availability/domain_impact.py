"""Which figures of a good other rules would change."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.inventory.availability import domain_atp
from services.inventory.availability.domain_atp import Shelves
from services.inventory.availability.domain_limits import Limits


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of a channel, or of pickup at a location, before and after."""

    sku: str
    channel_id: str
    location_id: str
    before: int
    after: int


@dataclass(slots=True)
class Impact:
    """What was counted, and the examples of the page that was asked for."""

    skus: int = 0
    changed_skus: int = 0
    channels: int = 0
    pickups: int = 0
    examples: list[Difference] = field(default_factory=list)
    truncated: bool = False


Verdict = tuple[Mapping[str, tuple[tuple[str, ...], int]], Mapping[str, tuple[bool, int]]]


def verdict(limits: Limits, sku: str) -> Verdict:
    """All that the rules say of a good that may change a figure: by channel, by location."""
    channels = {one: (limits.pool(one, sku), limits.threshold(one, sku)) for one in limits.world.outlets}
    places = {one: (limits.pickable(sku, one), limits.safety(sku, one)) for one in limits.world.sites}
    return channels, places


def compare(before: Limits, after: Limits, shelves: Shelves, sku: str) -> list[Difference]:
    """The figures of a good that differ, channels first."""
    found = []
    for channel_id in sorted(after.world.outlets):
        old = domain_atp.for_channel(before, shelves, channel_id, sku)
        new = domain_atp.for_channel(after, shelves, channel_id, sku)
        found.append(Difference(sku, channel_id, "", old, new))
    for location_id in sorted(after.world.sites):
        old = domain_atp.for_pickup(before, shelves, sku, location_id)
        new = domain_atp.for_pickup(after, shelves, sku, location_id)
        found.append(Difference(sku, "", location_id, old, new))
    return [one for one in found if one.before != one.after]
