"""What sourcing decides on and what it decides: orders, places, limits, assignments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.inventory.sourcing.domain_hours import Hours

# sku -> location -> what may still be promised there
StockView = Mapping[str, Mapping[str, int]]


class Method(StrEnum):
    """How a line reaches the shopper."""

    SHIP = "SHIP"
    COLLECT = "COLLECT"


class Out(StrEnum):
    """Why a place is no candidate. What is a fact comes first; what a rule's author chose comes behind."""

    INACTIVE = "INACTIVE"
    VIRTUAL = "VIRTUAL"
    METHOD = "METHOD"
    FRANCHISE = "FRANCHISE"
    PAUSED = "PAUSED"
    CLOSED = "CLOSED"
    CUT_OFF = "CUT_OFF"
    TOO_LATE = "TOO_LATE"
    COOLING = "COOLING"
    UNSURE = "UNSURE"
    NO_STOCK = "NO_STOCK"
    CAPACITY = "CAPACITY"
    GROUP = "GROUP"
    GROUP_EXCLUDED = "GROUP_EXCLUDED"
    DISTANCE = "DISTANCE"
    DISTANCE_UNKNOWN = "DISTANCE_UNKNOWN"


SURE = 1_000
# what a rule's author chose: if this alone leaves nobody, the rules exclude everything
CHOSEN = frozenset({Out.GROUP, Out.GROUP_EXCLUDED, Out.DISTANCE, Out.DISTANCE_UNKNOWN})


class Left(StrEnum):
    """Why a line, or a part of it, has no place."""

    NO_STOCK = "NO_STOCK"
    SPLITS = "SPLITS"
    THRESHOLD = "THRESHOLD"
    ATTEMPTS = "ATTEMPTS"
    PARKED = "PARKED"
    NO_PLACE = "NO_PLACE"


class Fallback(StrEnum):
    """Why the default strategy decided in place of the brand's own."""

    NONE = ""
    NO_STRATEGY = "NO_STRATEGY"
    BROKEN = "BROKEN"
    NO_ROUTE = "NO_ROUTE"
    EXCLUDES_ALL = "EXCLUDES_ALL"


@dataclass(frozen=True, slots=True)
class Line:
    """What is wanted. Lines of one group are a kit or a set: they leave in whole multiples, or all together."""

    line_no: int
    sku: str
    quantity: int
    # what the shopper pays for it, in minor units
    value: int = 0
    # sold by measure: one unit, however much it weighs
    whole: bool = False
    group: str = ""
    # units of this SKU in one multiple of the group
    per_group: int = 1
    # the group must not be split over places
    together: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """An order, as far as it matters where its goods come from."""

    order_id: str
    lines: tuple[Line, ...]
    order_time: datetime
    method: Method = Method.SHIP
    channel_id: str = ""
    queue: str = ""
    shipping_method: str = "standard"
    # higher is more urgent
    priority: int = 0
    expedited: bool = False
    promise_time: datetime | None = None
    ship_by: datetime | None = None
    ship_after: datetime | None = None
    origin_location_id: str = ""
    # the store where it is collected, whoever sends it there
    collect_location_id: str = ""
    latitude: float | None = None
    longitude: float | None = None
    # how often a place rejected a part of it
    attempts: int = 0
    # places that hold a part of it already: another part there is no further shipment
    used: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """A location as a source of goods."""

    location_id: str
    kind: str = "STORE"
    groups: frozenset[str] = frozenset()
    time_zone: str = "Asia/Taipei"
    latitude: float | None = None
    longitude: float | None = None
    active: bool = True
    ships: bool = True
    pickup: bool = False
    # its stock belongs to somebody else and is taken only if he agreed
    franchise: bool = False
    franchise_opt_in: bool = False
    # orders a day; None: any number
    daily_limit: int | None = None
    taken: int = 0
    paused: bool = False
    hours: Hours | None = None

    @property
    def room(self) -> int | None:
        """How many more orders it takes today."""
        return None if self.daily_limit is None else max(0, self.daily_limit - self.taken)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on the search, and on how often an order is sent round."""

    combinations: int = 10_000
    steps: int = 1_000_000
    # whether units of one line may come from several places
    split_lines: bool = True
    default_location_id: str = ""
    # (sku, location) -> until when it is not asked again
    cooling: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    # (sku, location) -> per mille; what is not named is sure
    confidence: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assignment:
    """So many units of a line leave from this place."""

    line_no: int
    sku: str
    location_id: str
    quantity: int
    # empty where the order named the place
    decision_id: str = ""


@dataclass(frozen=True, slots=True)
class Leftover:
    """So many units of a line have no place."""

    line_no: int
    sku: str
    quantity: int
    reason: Left


@dataclass(frozen=True, slots=True)
class Decision:
    """Where an order's goods come from, and why."""

    order_id: str
    assignments: tuple[Assignment, ...]
    leftovers: tuple[Leftover, ...]
    queue: str = ""
    auto_cancel_time: datetime | None = None
    rule_set_id: str = ""
    rule_version: int = 0
    fallback: Fallback = Fallback.NONE
    # codes and figures only; domain_words turns it into sentences
    trace: Mapping[str, Any] = field(default_factory=dict)

    @property
    def locations(self) -> tuple[str, ...]:
        """One shipment each."""
        return tuple(dict.fromkeys(one.location_id for one in self.assignments))
