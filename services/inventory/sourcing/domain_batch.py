"""Decides many orders together: in their routes' order first, and better if a turned order serves them better."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from services.inventory.sourcing.domain import Decision, Fallback, Limits, Order, Place, StockView
from services.inventory.sourcing.domain_demand import demand
from services.inventory.sourcing.domain_filters import scene
from services.inventory.sourcing.domain_rules import Key, Strategy, sort_key
from services.inventory.sourcing.domain_sourcing import Clock, route_of, source

# the strategy of a channel, or why there is none
Choose = Callable[[str], Strategy | Fallback]


def source_all(
    orders: Iterable[Order], view: StockView, places: Sequence[Place], choose: Choose, clock: Clock, limits: Limits
) -> dict[str, Decision]:
    """A decision for each order; together they take no more than there is.

    One after the other, the order that has the choice of many places may take
    the only goods of one that has not. So where that left something without a
    place or split it, the orders are decided once more, the least free first
    among those of one priority, and the better of both outcomes stands.
    """
    moment = clock()

    def decide(turn: Sequence[Order]) -> dict[str, Decision]:
        return _in_turn(turn, view, places, choose, lambda: moment, limits)

    turn = sorted(orders, key=lambda order: _key(order, view, places, choose, lambda: moment, limits))
    first = decide(turn)
    if len(turn) < 2 or not any(one.leftovers or len(one.locations) > 1 for one in first.values()):
        return first
    freedom = {order.order_id: _freedom(order, view) for order in turn}
    second = decide(sorted(turn, key=lambda order: (-order.priority, freedom[order.order_id])))
    return second if _loss(turn, second) < _loss(turn, first) else first


def _key(
    order: Order, view: StockView, places: Sequence[Place], choose: Choose, clock: Clock, limits: Limits
) -> tuple[int, Key]:
    strategy = choose(order.channel_id)
    if isinstance(strategy, Strategy):
        route = route_of(scene(order, view, places, clock(), limits), strategy)
        if route:
            return (strategy.routes.index(route), sort_key(order, route.sorts))
    return (99, (order.order_time.timestamp(), order.order_id))


def _in_turn(
    turn: Sequence[Order], view: StockView, places: Sequence[Place], choose: Choose, clock: Clock, limits: Limits
) -> dict[str, Decision]:
    left = {sku: dict(rows) for sku, rows in view.items()}
    standing = {place.location_id: place for place in places}
    found: dict[str, Decision] = {}
    for order in turn:
        decision = source(order, left, standing.values(), choose(order.channel_id), clock, limits)
        for one in decision.assignments:
            left[one.sku][one.location_id] -= one.quantity
        for location_id in set(decision.locations) - order.used:
            standing[location_id] = replace(standing[location_id], taken=standing[location_id].taken + 1)
        found[order.order_id] = decision
    return found


def _freedom(order: Order, view: StockView) -> int:
    """How many places have everything."""
    having: set[str] | None = None
    wanted: dict[str, int] = {}
    for portion in demand(order.lines, split_lines=False).portions:
        for sku, units in portion.needs:
            wanted[sku] = wanted.get(sku, 0) + units
    for sku, units in wanted.items():
        here = {location_id for location_id, have in view.get(sku, {}).items() if have >= units}
        having = here if having is None else having & here
    return len(having or ())


def _loss(turn: Sequence[Order], found: Mapping[str, Decision]) -> tuple[tuple[int, ...], int]:
    """Units without a place, the most urgent orders' first; then shipments."""
    urgency = sorted({order.priority for order in turn}, reverse=True)
    lacking = dict.fromkeys(urgency, 0)
    for order in turn:
        lacking[order.priority] += sum(left.quantity for left in found[order.order_id].leftovers)
    return tuple(lacking.values()), sum(len(one.locations) for one in found.values())
