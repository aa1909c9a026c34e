"""Lines of sales that are packs: what each unit of them costs, and what its return leaves owing."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from services.member.prepaid import domain
from services.member.prepaid.domain import Pack

# a line of more is a slip of the finger: nobody gets a million lots
MOST = 1_000
UNITS_CANCELLED = "UNITS_CANCELLED"
_PACKS = uuid.UUID("0199a5c3-7d10-7000-8000-5061636b7321")

# order, line, unit
Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class SoldPack:
    """One unit of a line that sells packs."""

    order_id: str
    line_no: int
    unit: int
    sku: str
    # what was paid for it in money, minor units
    paid: int
    member_id: str
    # the store that sold it, or the channel
    location_id: str
    moment: datetime

    @property
    def place(self) -> Place:
        """Its natural key."""
        return self.order_id, self.line_no, self.unit

    @property
    def pack_id(self) -> str:
        """The same unit is the same pack, however often it is told of."""
        return str(uuid.uuid5(_PACKS, f"{self.order_id}:{self.line_no}:{self.unit}"))


@dataclass(frozen=True, slots=True)
class BackPack:
    """One unit of a line that its buyer keeps no longer; without a refund nobody waits for an answer."""

    order_id: str
    line_no: int
    unit: int
    sku: str
    refund_id: str
    member_id: str
    moment: datetime

    @property
    def place(self) -> Place:
        """Its natural key."""
        return self.order_id, self.line_no, self.unit

    @property
    def key(self) -> str:
        """By what it was taken back."""
        return self.refund_id or UNITS_CANCELLED


@dataclass(frozen=True, slots=True)
class Ended:
    """How the return of a pack ended: so many units are gone, so much of what was given back is owed."""

    order_id: str
    refund_id: str
    pack_id: str
    member_id: str
    units: int
    owed: int
    moment: datetime


def owed(pack: Pack, redeemed: int) -> int:
    """What a pack's order gives back beyond what the pack is worth still: taken units count at their list price.

    What its end had given back already is not worth anything twice.
    """
    worth = domain.refund(pack.paid, pack.list_price, redeemed) - pack.refund
    return pack.paid - max(worth, 0)
