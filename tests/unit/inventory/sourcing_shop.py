"""A small chain as unit tests of sourcing write it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from services.inventory.sourcing.domain import Decision, Limits, Line, Order, Place
from services.inventory.sourcing.domain_rules import Route, Rule, Sort, Strategy
from services.inventory.sourcing.domain_sourcing import source

LIMITS = Limits()
# a Monday, 11:00 in Taipei
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def wants(*lines: tuple[str, int] | Line, **more: Any) -> Order:
    made = [
        one if isinstance(one, Line) else Line(number, one[0], one[1], value=100 * one[1])
        for number, one in enumerate(lines, 1)
    ]
    return Order("o1", tuple(made), NOW, **more)


def by(*rules: Rule, **more: Any) -> Strategy:
    return Strategy("s", 3, (Route("r", rules=rules),), **more)


def in_turn(*codes: str, **more: Any) -> Rule:
    """A rule that asks places in this order."""
    given: dict[str, Any] = {"sorts": (Sort.SEQUENCE,), "sequence": codes, "partial": True} | more
    return Rule(given.pop("rule_id", "rule"), **given)


def decide(
    order: Order,
    stock: Mapping[str, Mapping[str, int]],
    strategy: Strategy,
    *places: Place,
    limits: Limits = LIMITS,
    now: datetime = NOW,
) -> Decision:
    """Decides; places that are not described are plain stores."""
    named = {place.location_id for place in places}
    plain = sorted({code for rows in stock.values() for code in rows} - named)
    return source(order, stock, [*places, *map(Place, plain)], strategy, lambda: now, limits)


def places(decision: Decision) -> list[tuple[int, str, int]]:
    return [(one.line_no, one.location_id, one.quantity) for one in decision.assignments]


def outs(decision: Decision) -> Mapping[str, Sequence[str]]:
    """Why places were out, of all stages together."""
    found: dict[str, Sequence[str]] = dict(decision.trace["out"])
    for step in decision.trace["rules"]:
        found |= step["out"]
    return found
