"""Kits among an order's lines: sourced in their parts, in whole multiples, and spoken of as what was ordered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from services.inventory.sourcing.domain import Assignment, Decision, Leftover, Line, Order

# units of each good in the whole line, by line
Parts = Mapping[int, Mapping[str, int]]
# a part goes under a number of its own while it is decided: the line's, and its place among the parts
_MOST = 1_000


def line_of(number: int) -> int:
    """The order's line that a number means."""
    return number // _MOST if number >= _MOST else number


def exploded(order: Order, wanted: Mapping[int, int], parts: Parts) -> Order:
    """The order with each kit in its parts; `wanted` is what each line asked for in all."""
    lines: list[Line] = []
    for line in order.lines:
        of = {sku: units // wanted[line.line_no] for sku, units in sorted(parts.get(line.line_no, {}).items())}
        if not of or not all(of.values()):
            lines.append(line)
        for number, (sku, per) in enumerate(of.items() if all(of.values()) else ()):
            part = Line(
                line.line_no * _MOST + number,
                sku,
                line.quantity * per,
                0 if number else line.value,
                group=str(line.line_no),
                per_group=per,
            )
            lines.append(part)
    return replace(order, lines=tuple(lines))


def in_parts(assigned: Iterable[Assignment], wanted: Mapping[int, int], parts: Parts) -> list[Assignment]:
    """What of which good a place gives: kits in their parts, each good of a line once."""
    found: dict[tuple[int, str, str], int] = {}
    for one in assigned:
        of = parts.get(one.line_no) or {one.sku: wanted[one.line_no]}
        for sku, units in of.items():
            key = (one.line_no, sku, one.location_id)
            found[key] = found.get(key, 0) + one.quantity * units // wanted[one.line_no]
    return [Assignment(*key, units) for key, units in found.items() if units]


def bare(decision: Decision) -> list[Assignment]:
    """What the decision takes of each good, by the order's own lines."""
    return [replace(one, line_no=line_of(one.line_no)) for one in decision.assignments]


def folded(decision: Decision, asked: Sequence[Line], skus: Mapping[int, str], decision_id: str) -> Decision:
    """The decision in the order's own words: so many of a line from a place, so many of a line from nowhere."""
    per = {line.line_no: line.per_group if line.group else 1 for line in asked}
    first = {no for no in per if no < _MOST or no % _MOST == 0}
    assigned = [
        Assignment(no := line_of(one.line_no), skus[no], one.location_id, one.quantity // per[one.line_no], decision_id)
        for one in decision.assignments
        if one.line_no in first
    ]
    left = [
        Leftover(no := line_of(one.line_no), skus[no], one.quantity // per[one.line_no], one.reason)
        for one in decision.leftovers
        if one.line_no in first
    ]
    return replace(decision, assignments=tuple(assigned), leftovers=tuple(left))
