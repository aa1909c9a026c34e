"""The two layers of rules: routes pick orders, their rules pick stock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.inventory.sourcing.domain import Order


class OrderSort(StrEnum):
    """In which order a batch is decided."""

    SHIP_BY = "SHIP_BY"
    SHIP_AFTER = "SHIP_AFTER"
    ORDER_DATE = "ORDER_DATE"
    METHOD = "METHOD"
    PRIORITY = "PRIORITY"


class Sort(StrEnum):
    """By what places are ranked."""

    PROXIMITY = "PROXIMITY"
    BALANCE = "BALANCE"
    SEQUENCE = "SEQUENCE"
    CAPACITY = "CAPACITY"
    EARLIEST = "EARLIEST"
    CONFIDENCE = "CONFIDENCE"


class Then(StrEnum):
    """What becomes of what a rule finds no place for."""

    NEXT_RULE = "NEXT_RULE"
    QUEUE = "QUEUE"


ORDER_SORTS = (OrderSort.PRIORITY, OrderSort.SHIP_BY, OrderSort.ORDER_DATE)


@dataclass(frozen=True, slots=True)
class Rule:
    """Picks stock: filters exclude, sorts rank, and what is left over goes where `then` says."""

    rule_id: str
    name: str = ""
    groups: frozenset[str] = frozenset()
    groups_excluded: frozenset[str] = frozenset()
    max_km: float | None = None
    # kept back at each place from what may be promised
    safety_stock: int = 0
    # goods of which the books are less sure are not asked for there; per mille
    min_confidence: int = 0
    order_limit: bool = True
    # what a shipment, and what is left over, must at least be worth where an order is split; minor units
    shipment_threshold: int = 0
    sorts: tuple[Sort, ...] = (Sort.PROXIMITY,)
    # places or groups, the first wanted most
    sequence: tuple[str, ...] = ()
    partial: bool = False
    then: Then = Then.NEXT_RULE
    queue: str = ""
    cancel_after_hours: int | None = None

    @property
    def weighs_confidence(self) -> bool:
        """Whether how sure the books are decides anything."""
        return bool(self.min_confidence) or Sort.CONFIDENCE in self.sorts


@dataclass(frozen=True, slots=True)
class Pick:
    """A filter with its excluded twin; empty lets everything pass."""

    wanted: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()

    def takes(self, values: frozenset[str]) -> bool:
        return not (values & self.excluded) and (not self.wanted or bool(values & self.wanted))


@dataclass(frozen=True, slots=True)
class Days:
    """Promise dates from so many days ahead until so many, both inclusive; None is open."""

    first: int | None = None
    last: int | None = None

    def hold(self, moment: datetime, now: datetime) -> bool:
        ahead = (moment - now) / timedelta(days=1)
        return (self.first is None or ahead >= self.first) and (self.last is None or ahead < self.last + 1)


@dataclass(frozen=True, slots=True)
class Route:
    """Picks orders, and the rules that pick their stock. Without rules it parks them in its queue."""

    route_id: str
    name: str = ""
    queues: Pick = Pick()
    shipping_methods: Pick = Pick()
    priorities: Pick = Pick()
    channels: Pick = Pick()
    origin_groups: Pick = Pick()
    promised: Days | None = None
    promised_excluded: Days | None = None
    sorts: tuple[OrderSort, ...] = ORDER_SORTS
    rules: tuple[Rule, ...] = ()
    park_queue: str = ""

    def takes(self, order: Order, origin_groups: frozenset[str], now: datetime) -> bool:
        """Whether this route is the order's."""
        return (
            self.queues.takes(frozenset({order.queue} if order.queue else ()))
            and self.shipping_methods.takes(frozenset({order.shipping_method}))
            and self.priorities.takes(frozenset({str(order.priority)}))
            and self.channels.takes(frozenset({order.channel_id} if order.channel_id else ()))
            and self.origin_groups.takes(origin_groups)
            and self._in_time(order.promise_time, now)
        )

    def _in_time(self, promise: datetime | None, now: datetime) -> bool:
        if promise is None:
            return self.promised is None
        within = self.promised is None or self.promised.hold(promise, now)
        return within and not (self.promised_excluded and self.promised_excluded.hold(promise, now))


@dataclass(frozen=True, slots=True)
class Strategy:
    """A rule set: of the whole brand, or of the channels that it names."""

    rule_set_id: str
    version: int
    routes: tuple[Route, ...]
    # shipments that an order may come in
    max_splits: int = 3
    # how often an order is sent round
    attempts_standard: int = 5
    attempts_expedited: int = 2
    # how long a place that rejected a SKU is not asked for it
    cooling_hours: int = 24

    def attempts(self, expedited: bool) -> int:
        """How often an order may have been rejected before nobody is asked any more."""
        return self.attempts_expedited if expedited else self.attempts_standard


DEFAULT_QUEUE = "unfillable"
# What decides where nobody said anything better: every place that may, the nearest first, then the fullest.
DEFAULT = Strategy(
    "default",
    0,
    (
        Route(
            "default",
            rules=(
                Rule(
                    "everywhere",
                    sorts=(Sort.PROXIMITY, Sort.BALANCE),
                    partial=True,
                    then=Then.QUEUE,
                    queue=DEFAULT_QUEUE,
                ),
            ),
        ),
    ),
)

Key = tuple[float | str, ...]


def sort_key(order: Order, sorts: tuple[OrderSort, ...]) -> Key:
    """Where the order stands in a batch; what it does not have comes last, and its id settles the rest."""
    return (*(_part(order, sort) for sort in sorts), order.order_id)


def _part(order: Order, sort: OrderSort) -> float | str:
    match sort:
        case OrderSort.PRIORITY:
            return -order.priority
        case OrderSort.METHOD:
            return order.shipping_method
        case OrderSort.SHIP_BY:
            return order.ship_by.timestamp() if order.ship_by else float("inf")
        case OrderSort.SHIP_AFTER:
            return order.ship_after.timestamp() if order.ship_after else float("inf")
        case OrderSort.ORDER_DATE:
            return order.order_time.timestamp()
