"""What a changed order comes to: each unit that stays at the price that it was sold for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.order.checkout.domain import Line, Totals
from services.order.edits.domain import Plan
from services.order.edits.domain_standing import Standing, movable
from services.order.fulfilment import domain_cancelled, domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_units import Run


def totals(given: Standing, removed: Sequence[tuple[Line, Run]] = ()) -> Totals:
    """What is kept comes to, each unit at the price that it was sold for."""
    listed = net = tax = points = 0
    for line in given.order.lines:
        runs = given.kept(line, removed)
        if runs == [(0, domain_units.count(line) - 1)]:  # the line's total is the authority
            listed, net = listed + line.list_total, net + line.net_total
            tax, points = tax + line.tax_total, points + line.points_value
            continue
        for units in line.units:
            many = sum(max(min(units.last, last) - max(units.first, first) + 1, 0) for first, last in runs)
            listed, net = listed + many * units.list_amount, net + many * units.net_amount
            tax, points = tax + many * units.tax_amount, points + many * units.points_value
    shipping = _shipping(given, removed)
    grand = net + (0 if given.order.tax_included else tax) - points + shipping
    return Totals(listed, listed - net, tax, points, grand, shipping)


def _shipping(given: Standing, removed: Sequence[tuple[Line, Run]]) -> int:
    """What bringing the goods costs, while any of them is to be brought or was."""
    fee = given.order.freight
    return fee.total if fee and given.pays(removed) else 0


def together(kept: Totals, added: Totals | None) -> Totals:
    """What the shopper has in the end."""
    if added is None:
        return kept
    return Totals(
        kept.list_total + added.list_total,
        kept.discount_total + added.discount_total,
        kept.tax_total + added.tax_total,
        kept.points_value + added.points_value,
        kept.grand_total + added.grand_total,
        kept.shipping_total + added.shipping_total,
    )


@dataclass(frozen=True, slots=True)
class Back:
    """What goes back: money that was secured, value that the order used, points."""

    money: int = 0
    points: int = 0


def back(given: Standing, removed: Sequence[tuple[Line, Run]], now: datetime) -> Back:
    """What giving up these units gives back."""
    fresh = domain_cancelled.cancelled(given.order, removed, "", now)
    value = sum(use.pays for use in domain_cancelled.given_back(given.order, fresh, given.gone))
    paid = sum(domain_units.payable(line, run, given.order.tax_included) for line, run in removed)
    paid += domain_cancelled.way(given.order, [*given.gone, *fresh]) - domain_cancelled.way(given.order, given.gone)
    return Back(max(paid - value, 0), sum(one.points_returned for one in fresh))


def changed(given: Standing, plan_: Plan) -> list[tuple[Fulfilment, list[tuple[Line, Run]]]]:
    """The tasks that lose units, each with what it keeps."""
    lines = {line.line_no: line for line in given.order.lines}
    found = []
    for part in given.parts:
        if not (part.stands and movable(part)):
            continue
        kept: list[tuple[Line, Run]] = []
        for one in part.lines:
            cut = [run for line, run in plan_.removed if line.line_no == one.line_no]
            kept += [(lines[one.line_no], run) for run in _without((one.first_unit, one.last_unit), cut)]
        if [(line.line_no, *run) for line, run in kept] != [
            (one.line_no, one.first_unit, one.last_unit) for one in part.lines
        ]:
            found.append((part, kept))
    return found


def _without(whole: Run, cut: Sequence[Run]) -> list[Run]:
    found, begin = [], whole[0]
    for first, last in sorted(cut):
        if last < whole[0] or first > whole[1]:
            continue
        if first > begin:
            found.append((begin, first - 1))
        begin = max(begin, last + 1)
    return [*found, (begin, whole[1])] if begin <= whole[1] else found
