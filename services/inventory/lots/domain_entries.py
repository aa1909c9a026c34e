"""Entries of the journal of lots."""

from dataclasses import dataclass
from datetime import datetime

from services.inventory.lots.domain import Key
from services.inventory.stock.domain import Place, Who


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
