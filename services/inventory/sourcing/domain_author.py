"""Reads a rule set as its author wrote it; what cannot stand is refused by the name of its field."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from kit.errors import Code, Fault, invalid
from services.inventory.sourcing.domain_rules import (
    ORDER_SORTS,
    Days,
    OrderSort,
    Pick,
    Route,
    Rule,
    Sort,
    Strategy,
    Then,
)

E = TypeVar("E", bound=StrEnum)
Document = Mapping[str, Any]

MOST_ROUTES, MOST_RULES, MOST_CODES = 50, 30, 500


class RuleSetUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "RULE_SET_UNKNOWN"


def read(document: Document, rule_set_id: str, version: int) -> Strategy:
    """The strategy that the document states."""
    routes = _each(document, "routes", "", MOST_ROUTES, _route)
    if not routes:
        raise invalid("routes", "must name at least one route")
    _once("routes", "route_id", [route.route_id for route in routes])
    return Strategy(
        rule_set_id,
        version,
        routes,
        max_splits=_number(document, "", "max_splits", 1, 10) or 3,
        attempts_standard=_number(document, "", "attempts_standard", 1, 20) or 5,
        attempts_expedited=_number(document, "", "attempts_expedited", 1, 20) or 2,
        cooling_hours=_number(document, "", "cooling_hours", 1, 720) or 24,
    )


def _route(at: str, given: Document) -> Route:
    rules = _each(given, "rules", at, MOST_RULES, _rule)
    _once(f"{at}rules", "rule_id", [rule.rule_id for rule in rules])
    park = _text(given, at, "park_queue")
    if not rules and not park:
        raise invalid(f"{at}rules", "must name at least one rule, or park_queue a queue that the orders wait in")
    if rules and park:
        raise invalid(f"{at}park_queue", "is for a route without rules")
    return Route(
        _code(given, at, "route_id"),
        _text(given, at, "name"),
        queues=_pick(given, at, "queues"),
        shipping_methods=_pick(given, at, "shipping_methods"),
        priorities=_pick(given, at, "priorities"),
        channels=_pick(given, at, "channel_ids"),
        origin_groups=_pick(given, at, "origin_groups"),
        promised=_days(given, at, "promised"),
        promised_excluded=_days(given, at, "promised_excluded"),
        sorts=_choices(given, at, "sorts", OrderSort) or ORDER_SORTS,
        rules=rules,
        park_queue=park,
    )


def _rule(at: str, given: Document) -> Rule:
    wanted, excluded = _codes(given, at, "groups"), _codes(given, at, "groups_excluded")
    if both := sorted(wanted & excluded):
        raise invalid(f"{at}groups_excluded", f"{both[0]} is wanted and excluded")
    sorts, sequence = _choices(given, at, "sorts", Sort), tuple(given.get("sequence", ()))
    if (Sort.SEQUENCE in sorts) != bool(sequence):
        raise invalid(f"{at}sequence", "goes with the sort SEQUENCE, and the sort with it")
    then, queue = _choice(given, at, "then", Then) or Then.NEXT_RULE, _text(given, at, "queue")
    if (then is Then.QUEUE) != bool(queue):
        raise invalid(f"{at}queue", "goes with then = QUEUE, and QUEUE with it")
    km = given.get("max_km")
    if km is not None and not 0 < km <= 20_000:
        raise invalid(f"{at}max_km", "must be above 0, at most 20000")
    return Rule(
        _code(given, at, "rule_id"),
        _text(given, at, "name"),
        groups=wanted,
        groups_excluded=excluded,
        max_km=km,
        safety_stock=_number(given, at, "safety_stock", 0, 1_000_000),
        min_confidence=_number(given, at, "min_confidence", 1, 1_000),
        order_limit=not given.get("ignore_order_limit", False),
        shipment_threshold=_number(given, at, "shipment_threshold", 0, 10**12),
        sorts=sorts or (Sort.PROXIMITY,),
        sequence=sequence,
        partial=bool(given.get("allow_partial", False)),
        then=then,
        queue=queue,
        cancel_after_hours=_number(given, at, "auto_cancel_hours", 0, 24 * 365) or None,
    )


R = TypeVar("R")


def _each(given: Document, name: str, at: str, most: int, one: Callable[[str, Document], R]) -> tuple[R, ...]:
    rows: Sequence[Document] = given.get(name, ())
    if len(rows) > most:
        raise invalid(f"{at}{name}", f"must be at most {most}")
    return tuple(one(f"{at}{name}[{number}].", row) for number, row in enumerate(rows))


def _once(field: str, name: str, codes: Sequence[str]) -> None:
    for number, code in enumerate(codes):
        if code in codes[:number]:
            raise invalid(f"{field}[{number}].{name}", f"{code} is named twice")


def _code(given: Document, at: str, name: str) -> str:
    text = _text(given, at, name)
    if not text:
        raise invalid(f"{at}{name}", "must be 1 to 64 characters")
    return text


def _text(given: Document, at: str, name: str) -> str:
    text = str(given.get(name, "")).strip()
    if len(text) > 64 or not text.isprintable():
        raise invalid(f"{at}{name}", "must be at most 64 printable characters")
    return text


def _number(given: Document, at: str, name: str, least: int, most: int) -> int:
    """A number; 0 is one that was not said."""
    number = int(given.get(name, 0))
    if number and not least <= number <= most:
        raise invalid(f"{at}{name}", f"must be {least} to {most}")
    return number


def _codes(given: Document, at: str, name: str) -> frozenset[str]:
    codes = [str(code) for code in given.get(name, ())]
    if len(codes) > MOST_CODES:
        raise invalid(f"{at}{name}", f"must be at most {MOST_CODES}")
    for number, code in enumerate(codes):
        if not 1 <= len(code) <= 64:
            raise invalid(f"{at}{name}[{number}]", "must be 1 to 64 characters")
    return frozenset(codes)


def _pick(given: Document, at: str, name: str) -> Pick:
    wanted, excluded = _codes(given, at, name), _codes(given, at, f"{name}_excluded")
    if both := sorted(wanted & excluded):
        raise invalid(f"{at}{name}_excluded", f"{both[0]} is wanted and excluded")
    return Pick(wanted, excluded)


def _days(given: Document, at: str, name: str) -> Days | None:
    days = given.get(name)
    if days is None:
        return None
    first, last = days.get("first"), days.get("last")
    if first is not None and last is not None and last < first:
        raise invalid(f"{at}{name}.last", "must not be before first")
    return Days(first, last)


def _choice(given: Document, at: str, name: str, kind: type[E]) -> E | None:
    value = given.get(name)
    if not value:
        return None
    if value not in set(kind):
        raise invalid(f"{at}{name}", f"must be one of {', '.join(kind)}")
    return kind(value)


def _choices(given: Document, at: str, name: str, kind: type[E]) -> tuple[E, ...]:
    found = [_choice({name: value}, at, f"{name}", kind) for value in given.get(name, ())]
    chosen = tuple(one for one in found if one is not None)
    if len(set(chosen)) < len(chosen):
        raise invalid(f"{at}{name}", "must name each sort once")
    return chosen
