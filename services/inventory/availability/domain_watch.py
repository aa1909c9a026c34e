"""What came back and what sold out between two looks at a good."""

from dataclasses import dataclass

from services.inventory.availability import domain_atp
from services.inventory.availability.domain_atp import Shelves
from services.inventory.availability.domain_limits import Limits


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a good can be had."""

    sku: str
    channel_ids: frozenset[str] = frozenset()
    location_ids: frozenset[str] = frozenset()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to tell: in these channels, or at these places, it came back or went."""

    sku: str
    pickup: bool
    back: bool
    changed: list[str]
    now: list[str]
    sequence: int


def look(limits: Limits, shelves: Shelves, sku: str) -> Seen:
    """Where a good can be had now."""
    channels = (one for one in limits.world.outlets if domain_atp.for_channel(limits, shelves, one, sku) > 0)
    parts = domain_atp.parts_of(limits, [sku])
    books = [shelves[part].available for part in parts if part in shelves]
    somewhere = {place for available in books for place, units in available.items() if units > 0}
    places = (one for one in somewhere if domain_atp.for_pickup(limits, shelves, sku, one) > 0)
    return Seen(sku, frozenset(channels), frozenset(places))


def compare(before: Seen, after: Seen) -> tuple[Seen, list[Told]]:
    """The new state with its version, and what to tell; nothing if nothing came or went."""
    version, found = before.version, list[Told]()
    pairs = ((False, before.channel_ids, after.channel_ids), (True, before.location_ids, after.location_ids))
    for pickup, old, new in pairs:
        for back, changed in ((True, new - old), (False, old - new)):
            if changed:
                version += 1
                found.append(Told(after.sku, pickup, back, sorted(changed), sorted(new), version))
    return Seen(after.sku, after.channel_ids, after.location_ids, version), found
