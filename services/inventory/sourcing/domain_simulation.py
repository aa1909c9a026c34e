"""Compares what two strategies do to the same orders over the same stock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.inventory.sourcing.domain import Decision, Order, Place
from services.inventory.sourcing.domain_filters import distance


@dataclass(frozen=True, slots=True)
class Prices:
    """What shipments are reckoned at, in minor units."""

    shipment: int = 0
    km: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over the orders."""

    orders: int = 0
    shipments: int = 0
    split_orders: int = 0
    unplaced_orders: int = 0
    unplaced_units: int = 0
    km: float = 0.0
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sums, and the orders whose places change."""

    before: Figures
    after: Figures
    changed: tuple[str, ...]

    @property
    def changed_percent(self) -> float:
        return round(100 * len(self.changed) / self.before.orders, 1) if self.before.orders else 0.0


def compare(
    orders: Sequence[Order],
    places: Sequence[Place],
    before: Mapping[str, Decision],
    after: Mapping[str, Decision],
    prices: Prices,
) -> Comparison:
    """What the second strategy does otherwise."""
    known = {place.location_id: place for place in places}
    changed = tuple(
        order.order_id
        for order in orders
        if set(before[order.order_id].assignments) != set(after[order.order_id].assignments)
    )
    return Comparison(
        figures(orders, known, before, prices),
        figures(orders, known, after, prices),
        changed,
    )


def figures(
    orders: Sequence[Order], places: Mapping[str, Place], found: Mapping[str, Decision], prices: Prices
) -> Figures:
    """The sums of one strategy's decisions."""
    decided = [(order, found[order.order_id]) for order in orders]
    lengths = [distance(order, places[code]) or 0.0 for order, one in decided for code in one.locations]
    shipments = sum(len(one.locations) for _, one in decided)
    return Figures(
        orders=len(decided),
        shipments=shipments,
        split_orders=sum(len(one.locations) > 1 for _, one in decided),
        unplaced_orders=sum(bool(one.leftovers) for _, one in decided),
        unplaced_units=sum(left.quantity for _, one in decided for left in one.leftovers),
        km=round(sum(lengths), 1),
        cost=shipments * prices.shipment + round(sum(lengths) * prices.km),
    )
