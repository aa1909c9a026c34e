"""Lots and serials: which units stand where, which of them may be sold, and which to take first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from kit.errors import Code, Fault

# (lot, serial): which units of a SKU
Key = tuple[str, str]
GOOD, EXPIRED, RECALLED = "GOOD", "EXPIRED", "RECALLED"
_NEVER = date.max


class LotUnknown(Fault):
    """Nobody ever named it."""

    code = Code.NOT_FOUND
    reason = "LOT_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Units:
    """So many units of a lot, or one by its serial."""

    lot: str
    serial: str
    quantity: int
    expire_date: date | None = None
    # of a kit's line: which of its parts
    sku: str = ""

    @property
    def key(self) -> Key:
        return (self.lot, self.serial)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.serial or self.lot


@dataclass(frozen=True, slots=True)
class Lot:
    """Goods that were made together; with a serial, one of them."""

    sku: str
    lot: str
    serial: str
    create_time: datetime
    expire_date: date | None = None
    state: str = GOOD
    note: str = ""
    version: int = 1

    @property
    def key(self) -> Key:
        return (self.lot, self.serial)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.serial or self.lot


@dataclass(frozen=True, slots=True)
class Balance:
    """How much of a lot is at a location; a serial may be sold only while its lot may be."""

    sku: str
    location_id: str
    lot: str
    serial: str
    on_hand: int
    put_aside: int
    since_time: datetime
    expire_date: date | None = None
    state: str = GOOD

    @property
    def key(self) -> Key:
        return (self.lot, self.serial)

    @property
    def blocked(self) -> bool:
        return self.state != GOOD


def named(lot: str, serial: str, quantity: int, expire_date: date | None) -> Units | None:
    """Units as they are named; goods that have a date and no lot have the date for their lot."""
    if not lot and not serial and expire_date:
        lot = expire_date.isoformat()
    return Units(lot, serial, 1 if serial else quantity, expire_date) if lot or serial else None


def within(given: Iterable[Units], most: int) -> list[Units]:
    """Each lot and serial once, and no more than `most` units together: of a fact that says more, what fits."""
    found: dict[Key, Units] = {}
    for one in given:
        taken = min(one.quantity, most)
        if taken <= 0 or (one.serial and one.key in found):
            continue
        most -= taken
        before = found.get(one.key)
        found[one.key] = replace(one, quantity=taken + (before.quantity if before else 0))
    return list(found.values())


def today(now: datetime, zone: str) -> date:
    """The brand's day."""
    return now.astimezone(ZoneInfo(zone)).date()


def yesterday(now: datetime, zone: str) -> date:
    """The last of the brand's days that is over."""
    return today(now, zone) - timedelta(days=1)


def over_at(expire_date: date, zone: str) -> datetime:
    """When the last day is over where the brand is at home."""
    return datetime.combine(expire_date + timedelta(days=1), time(), ZoneInfo(zone))


def first(balances: Iterable[Balance]) -> list[Balance]:
    """What expires first first; without a date what came first."""
    return sorted(balances, key=lambda one: (one.expire_date or _NEVER, one.since_time, one.key))


def unnamed(on_hand: int, balances: Iterable[Balance]) -> int:
    """What of a level belongs to no lot that anybody named; below zero: units of named lots left without a name."""
    return on_hand - sum(one.on_hand for one in balances)


def expected(balances: Sequence[Balance], nameless: int) -> dict[Key, int]:
    """What is left of each lot if whoever named none took what expires first.

    Nobody takes what is put aside while there is anything else: of lots that may
    not be sold only what was missing already when they were put aside.
    """
    left = {one.key: max(0, one.on_hand) for one in balances}
    missing = -(nameless + sum(min(0, one.on_hand) for one in balances))
    for one, most in _taken(first(balances)):
        units = max(0, min(missing, most, left[one.key]))
        left[one.key] -= units
        missing -= units
    return left


def _taken(balances: Sequence[Balance]) -> Iterable[tuple[Balance, int]]:
    """In which order units are believed to have left without a name, and at most how many of each."""
    blocked = [one for one in balances if one.blocked]
    return chain(
        ((one, one.on_hand - one.put_aside) for one in blocked),
        ((one, one.on_hand) for one in balances if not one.blocked),
        ((one, one.on_hand) for one in blocked),
    )


def suggest(
    balances: Sequence[Balance], nameless: int, picked: Mapping[Key, int], quantity: int
) -> tuple[list[Units], int]:
    """What to take for so many units, and how many of them of what nobody named."""
    left = expected(balances, nameless)
    found = []
    for one in first(balances):
        units = 0 if one.blocked else min(quantity, left[one.key] - picked.get(one.key, 0))
        if units > 0:
            found.append(Units(one.lot, one.serial, units, one.expire_date))
            quantity -= units
    return found, min(quantity, max(0, nameless + sum(min(0, one.on_hand) for one in balances)))


def aside(balances: Sequence[Balance], nameless: int) -> dict[Key, int]:
    """How many of each lot should be put aside: of those that may not be sold what is believed to be there."""
    left = expected(balances, nameless)
    return {one.key: left[one.key] if one.blocked else 0 for one in balances}
