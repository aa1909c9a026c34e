"""Entries of the journal of lots."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from services.inventory.lots import domain
from services.inventory.lots.domain import Key, Units
from services.inventory.stock.domain import Movement, Place, Who

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Entry:
    """So many units of a lot that came, left, or were put aside."""

    sku: str
    location_id: str
    lot: str
    serial: str
    quantity: int
    kind: str
    source_id: str
    business_time: datetime
    who: Who
    line_no: int = 0
    first: int = 0
    put_aside: int = 0
    reason: str = ""

    @property
    def place(self) -> Place:
        return (self.sku, self.location_id)

    @property
    def key(self) -> Key:
        return (self.lot, self.serial)


@dataclass(frozen=True, slots=True)
class Written:
    """A lot at a location after new entries, and how many units those added."""

    sku: str
    location_id: str
    lot: str
    serial: str
    on_hand: int
    put_aside: int
    quantity: int

    @property
    def key(self) -> Key:
        return (self.lot, self.serial)


def deal(moved: Sequence[Movement], said: Mapping[K, Sequence[Units]], of: Callable[[Movement], K]) -> list[Movement]:
    """Gives each movement that says nothing itself what was said of its kind and no other had, in their order."""
    left = {key: list(units) for key, units in said.items()}
    found = []
    for one in moved:
        taken = [] if one.lots else domain.within(left.get(of(one), ()), abs(one.quantity))
        gone = {units.key: units.quantity for units in taken}
        left[of(one)] = [
            replace(units, quantity=units.quantity - gone.get(units.key, 0)) for units in left.get(of(one), ())
        ]
        found.append(replace(one, lots=tuple(taken)) if taken else one)
    return found
