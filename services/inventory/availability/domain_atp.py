"""What can be sold: per channel from a pool, per store for pickup; kits by their scarcest part at each place."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from services.inventory.availability.domain_limits import Limits
from services.inventory.availability.domain_rules import Display, Kind, Show
from services.inventory.catalogue import domain_kits


class Band(IntEnum):
    """What a shopper may be told instead of a number."""

    OUT = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the books have of a good: free units by location, and units promised that stand nowhere."""

    available: Mapping[str, int] = field(default_factory=dict)
    unassigned: int = 0
    # what may be counted on, by location: when, and how much, the earliest first
    incoming: Mapping[str, Sequence[tuple[datetime, int]]] = field(default_factory=dict)


Shelves = Mapping[str, Shelf]
NOTHING = Shelf()


def band(quantity: int, display: Display) -> Band:
    """What a quantity is called."""
    if quantity <= 0:
        return Band.OUT
    if quantity < display.low_below:
        return Band.LOW
    return Band.HIGH if quantity >= display.high_from else Band.MEDIUM


def seen(quantity: int, display: Display) -> tuple[int | None, Band | None]:
    """A quantity as shoppers see it: a number, a name or nothing."""
    if display.show is Show.EXACT:
        return quantity, None
    return None, band(quantity, display) if display.show is Show.LEVELS else None


def at_place(limits: Limits, shelves: Shelves, sku: str, location_id: str) -> int:
    """Units, or whole kits, that one place can give after its safety stock; one place's lack is not another's."""

    def free(part: str) -> int:
        have = shelves.get(part, NOTHING).available.get(location_id, 0)
        return max(0, have - limits.safety(part, location_id))

    if not limits.kits.get(sku):
        return free(sku)
    parts = domain_kits.flat(sku, limits.kits)
    return domain_kits.available(sku, limits.kits, {part: free(part) for part in parts})


def shown(limits: Limits, shelves: Shelves, sku: str, places: Sequence[str], channel_id: str) -> list[int]:
    """What shoppers can have at many places: nothing where the channel or the place does not sell the good."""
    if not limits.offered(channel_id, sku):
        return [0] * len(places)
    found = row(limits, shelves, sku, places)
    shut = {place for place in places if limits.withheld(sku, place)}
    return [0 if place in shut else units for place, units in zip(places, found, strict=True)] if shut else found


def row(limits: Limits, shelves: Shelves, sku: str, places: Sequence[str]) -> list[int]:
    """What many places can give; where no rule keeps anything back, without asking for each."""
    if limits.kits.get(sku) or limits.in_force(Kind.SAFETY_STOCK):
        return [at_place(limits, shelves, sku, place) for place in places]
    get = shelves.get(sku, NOTHING).available.get
    return [units if (units := get(place, 0)) > 0 else 0 for place in places]


def books(limits: Limits, shelves: Shelves, sku: str, places: Sequence[str]) -> list[int]:
    """Free units by place as the books have them, negative where a promise is broken; of a kit whole ones."""
    if limits.kits.get(sku):
        return row(limits, shelves, sku, places)
    get = shelves.get(sku, NOTHING).available.get
    return [get(place, 0) for place in places]


def pool(limits: Limits, channel_id: str, sku: str) -> tuple[str, ...]:
    """The places that may ship a good, and every part of a kit, for a channel."""
    found = limits.pool(channel_id, sku)
    if limits.kits.get(sku):
        for part in domain_kits.flat(sku, limits.kits):
            also = set(limits.pool(channel_id, part))
            found = tuple(one for one in found if one in also)
    return found


def unassigned(limits: Limits, shelves: Shelves, sku: str) -> int:
    """Units, or kits, that are promised and stand nowhere."""
    parts = domain_kits.flat(sku, limits.kits)
    return max(-(-shelves.get(part, NOTHING).unassigned // each) for part, each in parts.items())


def for_channel(limits: Limits, shelves: Shelves, channel_id: str, sku: str) -> int:
    """What a channel can sell."""
    if not limits.offered(channel_id, sku):
        return 0
    total = sum(at_place(limits, shelves, sku, one) for one in pool(limits, channel_id, sku))
    return max(0, total - limits.threshold(channel_id, sku) - unassigned(limits, shelves, sku))


def pickable(limits: Limits, sku: str, location_id: str) -> bool:
    """Whether a good, and every part of a kit, is handed out at a place."""
    return all(limits.pickable(one, location_id) for one in {sku, *domain_kits.flat(sku, limits.kits)})


def for_pickup(limits: Limits, shelves: Shelves, sku: str, location_id: str) -> int:
    """What can be collected at a place from its own stock."""
    return at_place(limits, shelves, sku, location_id) if pickable(limits, sku, location_id) else 0


def later(limits: Limits, shelves: Shelves, channel_id: str, sku: str, location_id: str) -> int:
    """What can be collected at a place once others have sent theirs: its own, and what the channel's pool may ship."""
    if not pickable(limits, sku, location_id) or not limits.offered(channel_id, sku):
        return 0
    own = at_place(limits, shelves, sku, location_id)
    sources = pool(limits, channel_id, sku)
    others = sum(at_place(limits, shelves, sku, one) for one in sources if one != location_id)
    # what the pool keeps back or owes, it cannot send either
    owed = limits.threshold(channel_id, sku) + unassigned(limits, shelves, sku)
    return own + max(0, others - owed)


def backorder(limits: Limits, channel_id: str, sku: str) -> int:
    """Units that a channel may promise beyond what is there; a kit none."""
    if limits.kits.get(sku):
        return 0
    return sum(limits.backorder(sku, one) for one in limits.pool(channel_id, sku))


def coming(
    limits: Limits, shelves: Shelves, sku: str, places: Iterable[str], now: datetime
) -> list[tuple[datetime, int]]:
    """What may be promised beyond what is there, by when it comes; what was promised before comes first.

    What should have come by now is promised to nobody anew. Kits come with the
    last of their parts, and to places where all of them are.
    """
    found: Counter[datetime] = Counter()
    for place in places:
        if limits.kits.get(sku):
            found.update(_kits_coming(limits, shelves, sku, place, now))
        else:
            found.update(_coming(shelves.get(sku, NOTHING), place, now))
    return sorted((expected, units) for expected, units in found.items() if units)


def _coming(shelf: Shelf, place: str, now: datetime) -> dict[datetime, int]:
    """What comes to a place and is nobody's yet."""
    found: Counter[datetime] = Counter()
    owed = max(0, -shelf.available.get(place, 0))
    for expected, units in shelf.incoming.get(place, ()):
        if expected > now:
            found[expected] += max(0, units - owed)
            owed = max(0, owed - units)
    return found


def _kits_coming(limits: Limits, shelves: Shelves, sku: str, place: str, now: datetime) -> dict[datetime, int]:
    """How many more whole kits a place can give from each time on."""
    parts = domain_kits.flat(sku, limits.kits)
    free = {part: at_place(limits, shelves, part, place) for part in parts}
    come = {part: _coming(shelves.get(part, NOTHING), place, now) for part in parts}
    before, found = domain_kits.available(sku, limits.kits, free), dict[datetime, int]()
    for expected in sorted({at for times in come.values() for at in times}):
        for part, times in come.items():
            free[part] += times.get(expected, 0)
        after = domain_kits.available(sku, limits.kits, free)
        found[expected], before = after - before, after
    return found


def parts_of(limits: Limits, skus: Iterable[str]) -> list[str]:
    """Every good that must be looked up to speak of these."""
    return list(dict.fromkeys(part for sku in skus for part in (sku, *domain_kits.flat(sku, limits.kits))))
