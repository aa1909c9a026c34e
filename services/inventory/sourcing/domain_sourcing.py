"""Decides where an order's goods come from: one pure call."""

from collections.abc import Callable, Iterable
from datetime import datetime

from services.inventory.sourcing import domain_trace
from services.inventory.sourcing.domain import Decision, Fallback, Left, Leftover, Limits, Order, Place, StockView
from services.inventory.sourcing.domain_filters import Scene, by_facts, scene
from services.inventory.sourcing.domain_rules import DEFAULT, DEFAULT_QUEUE, Route, Strategy
from services.inventory.sourcing.domain_walk import Walk, walk

Clock = Callable[[], datetime]


def source(
    order: Order, view: StockView, places: Iterable[Place], strategy: Strategy | Fallback, clock: Clock, limits: Limits
) -> Decision:
    """The places that the order's goods leave from, what has none, and why.

    Never more than the view has, never from a place that a filter excludes.
    The same question has the same answer, in whatever order its parts come.
    A strategy that does not decide (there is none or it cannot be read, no
    route takes the order, its filters exclude every place) gives way to the
    default one, and the decision says so.
    """
    around = scene(order, view, places, clock(), limits)
    chosen, fallback = (strategy, Fallback.NONE) if isinstance(strategy, Strategy) else (DEFAULT, strategy)
    if order.attempts >= chosen.attempts(order.expedited):
        return _unplaced(around, chosen, fallback, "", Left.ATTEMPTS, DEFAULT_QUEUE)
    route = route_of(around, chosen)
    if route is None:
        chosen, fallback, route = DEFAULT, Fallback.NO_ROUTE, DEFAULT.routes[0]
    if not route.rules:
        return _unplaced(around, chosen, fallback, route.route_id, Left.PARKED, route.park_queue)
    able, gone = by_facts(around)
    most = chosen.max_splits
    found = walk(around, route.rules, able, most)
    if able and found.excluded_all:
        by_default = walk(around, DEFAULT.routes[0].rules, able, most)
        chosen, fallback, route = DEFAULT, Fallback.EXCLUDES_ALL, DEFAULT.routes[0]
        by_default.steps = found.steps + by_default.steps
        found = by_default
    return _decided(around, chosen, fallback, route, gone, found)


def route_of(around: Scene, strategy: Strategy) -> Route | None:
    """The first route that takes the order."""
    order = around.order
    nowhere = frozenset[str]()
    origin = next((one.groups for one in around.places if one.location_id == order.origin_location_id), nowhere)
    return next((route for route in strategy.routes if route.takes(order, origin, around.now)), None)


def _decided(
    around: Scene, strategy: Strategy, fallback: Fallback, route: Route, gone: dict[str, list[str]], found: Walk
) -> Decision:
    left = tuple(Leftover(line.line_no, line.sku, line.quantity, found.reason) for line in found.remaining)
    return Decision(
        order_id=around.order.order_id,
        assignments=tuple(found.assignments),
        leftovers=left,
        queue=found.queue if left else "",
        auto_cancel_time=found.cancel_time if left else None,
        rule_set_id=strategy.rule_set_id,
        rule_version=strategy.version,
        fallback=fallback,
        trace=domain_trace.whole(around, route.route_id, gone, found.steps, left),
    )


def _unplaced(
    around: Scene, strategy: Strategy, fallback: Fallback, route_id: str, reason: Left, queue: str
) -> Decision:
    left = tuple(Leftover(line.line_no, line.sku, line.quantity, reason) for line in around.order.lines)
    return Decision(
        order_id=around.order.order_id,
        assignments=(),
        leftovers=left,
        queue=queue,
        rule_set_id=strategy.rule_set_id,
        rule_version=strategy.version,
        fallback=fallback,
        trace=domain_trace.whole(around, route_id, {}, (), left),
    )
