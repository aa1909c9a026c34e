"""The compact trace of a decision: codes and figures, as they are kept for good."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from services.inventory.sourcing.domain import Assignment, Leftover, Order, Place
from services.inventory.sourcing.domain_filters import Gone, Scene
from services.inventory.sourcing.domain_kits import line_of
from services.inventory.sourcing.domain_rules import Rule
from services.inventory.sourcing.domain_supply import Budget

# how many of the ranking are kept with their scores, beside those that were taken
_RANKED = 10


def step(
    rule: Rule,
    gone: Gone,
    scores: Sequence[tuple[Place, list[float]]],
    budget: Budget,
    refused: int,
    took: Sequence[Assignment],
) -> dict[str, Any]:
    """What one rule did: who was out and why, who stood where, what the search cost, what was taken."""
    chosen = {one.location_id for one in took}
    return {
        "rule": rule.rule_id,
        "candidates": len(scores),
        "out": {why: sorted(gone[why]) for why in sorted(gone)},
        "sorts": [sort.value for sort in rule.sorts],
        "ranked": [
            [rank, place.location_id, *map(_figure, score)]
            for rank, (place, score) in enumerate(scores, 1)
            if rank <= _RANKED or place.location_id in chosen
        ],
        "search": [budget.used_combinations, budget.used_steps, budget.cap],
        "gate": [rule.shipment_threshold, refused],
        "took": [[line_of(one.line_no), one.sku, one.location_id, one.quantity] for one in took],
        "then": rule.then.value,
    }


def whole(
    around: Scene, route_id: str, gone: Gone, steps: Sequence[Mapping[str, Any]], left: Sequence[Leftover]
) -> dict[str, Any]:
    """The trace of a decision."""
    order = around.order
    taken = {took[2] for one in steps for took in one["took"]}
    return {
        "v": 1,
        "now": around.now.isoformat(),
        "order": head(order),
        "route": route_id,
        "places": len(around.places),
        "out": {why: sorted(gone[why]) for why in sorted(gone)},
        "rules": list(steps),
        "left": [[line_of(one.line_no), one.sku, one.quantity, one.reason.value] for one in left],
        "km": {
            place.location_id: round(km, 1)
            for place in around.places
            if place.location_id in taken and (km := around.km(place)) is not None
        },
    }


def head(order: Order) -> dict[str, Any]:
    """What of the order decided."""
    return {
        "method": order.method.value,
        "channel": order.channel_id,
        "shipping": order.shipping_method,
        "expedited": order.expedited,
        "priority": order.priority,
        "attempts": order.attempts,
        "lines": [[line_of(line.line_no), line.sku, line.quantity] for line in order.lines],
    }


def _figure(score: float) -> float | None:
    return None if math.isinf(score) else round(score, 2)
