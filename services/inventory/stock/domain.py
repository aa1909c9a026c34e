"""Where goods stand and to whom they are promised."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from kit.errors import Code, Fault
from services.inventory.lots.domain import Units

# (sku, location_id): also the order of locks
Place = tuple[str, str]
# where a promise stands that no location can serve: nothing is ever on hand there
NOWHERE = "UNKNOWN"
# sku, location_id, quantity, order_id, line_no, by_measure, business_time, actor's kind, id and terminal
SaleRow = tuple[str, str, int, str, int, bool, datetime, str, str, str]


class OutOfStock(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "OUT_OF_STOCK"


class UnknownSku(Fault):
    code = Code.NOT_FOUND
    reason = "UNKNOWN_SKU"


class UnknownChannel(Fault):
    code = Code.NOT_FOUND
    reason = "UNKNOWN_CHANNEL"


class UnknownLocation(Fault):
    code = Code.NOT_FOUND
    reason = "UNKNOWN_LOCATION"


class LocationClosed(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "LOCATION_CLOSED"


class Meanwhile(Fault):
    """What was read before the locks is no longer so: the same again will do."""

    code = Code.ABORTED
    reason = "CONFLICT"


class State(StrEnum):
    """The life of a hold."""

    ACTIVE = "ACTIVE"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Who:
    """Who did it, as rows keep it."""

    kind: str
    id: str
    terminal_id: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """The states of a SKU's quantity at a location."""

    sku: str
    location_id: str
    on_hand: int = 0
    committed: int = 0
    held: int = 0
    damaged: int = 0
    quality_control: int = 0
    in_transit_in: int = 0
    in_transit_out: int = 0
    version: int = 0
    # the latest count: what happened before it and is told after it was in it
    counted_time: datetime | None = None

    @property
    def place(self) -> Place:
        return (self.sku, self.location_id)

    @property
    def available(self) -> int:
        """What can still be promised; negative where facts broke a promise."""
        return self.on_hand - self.committed - self.held - self.damaged - self.quality_control


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a hold, or the part of it that stands somewhere; inactive when its goods were given back already."""

    line_no: int
    sku: str
    # empty in a request for goods of a pool
    location_id: str
    quantity: int
    active: bool = True
    # the channel whose locations may serve it, so that it is not bound to where it stands; empty if it is
    pool_id: str = ""
    kit_sku: str = ""
    # units that wait for goods, and until when
    backorder: int = 0
    promise_time: datetime | None = None
    # of a kit's part that is asked for: how many kits
    kits: int = field(default=0, compare=False)

    @property
    def place(self) -> Place:
        return (self.sku, self.location_id)

    @property
    def key(self) -> tuple[int, str, str]:
        """What tells the parts of a hold apart."""
        return (self.line_no, self.sku, self.location_id)


@dataclass(frozen=True, slots=True)
class Hold:
    """Stock promised to a cart, which ends by time, or to an order, which does not."""

    hold_id: str
    state: State
    lines: tuple[Line, ...]
    create_time: datetime
    expire_time: datetime | None = None
    order_id: str = ""
    member_id: str = ""
    fingerprint: bytes = b""
    reason: str = ""
    version: int = 1
    cancelled: bool = False
    # what an earlier request was told, told again
    again: bool = field(default=False, compare=False)

    def seen_at(self, now: datetime) -> State:
        """The state that callers are told: a cart's time passes by itself, whether or not anybody swept."""
        over = self.state is State.ACTIVE and self.expire_time is not None and self.expire_time <= now
        return State.EXPIRED if over else self.state


@dataclass(frozen=True, slots=True)
class Change:
    """What is added to a level."""

    on_hand: int = 0
    committed: int = 0
    held: int = 0
    damaged: int = 0
    # goods were booked in: from now on the books are kept here
    opens: bool = False

    def __add__(self, other: "Change") -> "Change":
        return Change(
            self.on_hand + other.on_hand,
            self.committed + other.committed,
            self.held + other.held,
            self.damaged + other.damaged,
            self.opens or other.opens,
        )


def add(changes: dict[Place, Change], place: Place, change: Change) -> None:
    """Adds to what is already to be added at a place."""
    changes[place] = changes[place] + change if place in changes else change


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of the stock journal."""

    sku: str
    location_id: str
    kind: str
    quantity: int
    business_time: datetime
    source_id: str
    who: Who
    line_no: int = 0
    first: int = 0
    last: int = 0
    measure: int = 0
    damaged: int = 0
    reason: str = ""
    movement_id: str = ""
    record_time: datetime | None = None
    quality_control: int = 0
    # which units they were, as far as it was said
    lots: tuple[Units, ...] = ()

    @property
    def place(self) -> Place:
        return (self.sku, self.location_id)


@dataclass(frozen=True, slots=True)
class Demand:
    """Who took goods: where the books did not have them, the shortfall carries his name."""

    sku: str
    location_id: str
    quantity: int
    source_id: str
    line_no: int
    business_time: datetime


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Goods that left although the books did not have them; `quantity` is what is still missing."""

    shortfall_id: str
    sku: str
    location_id: str
    quantity: int
    source_id: str
    business_time: datetime


Levels = Mapping[Place, Level]


def late(movements: Iterable[Movement], levels: Levels) -> list[Movement]:
    """What undoes movements that a count has seen already, so that a count holds whatever is told after it."""
    found = []
    for one in movements:
        level = levels.get(one.place)
        counted = level.counted_time if level else None
        if counted and one.quantity and one.business_time <= counted:
            undone = replace(
                one, kind="COUNT", quantity=-one.quantity, damaged=0, quality_control=0, reason="IN_THE_COUNT", lots=()
            )
            found.append(undone)
    return found
