"""Walks a route's rules: everything from one place, else from few, else a part, and the rest goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

from services.inventory.sourcing import domain_trace
from services.inventory.sourcing.domain import CHOSEN, Assignment, Left, Line, Out, Place
from services.inventory.sourcing.domain_demand import Demand, demand, taken, without
from services.inventory.sourcing.domain_filters import Gone, Scene, by_rule
from services.inventory.sourcing.domain_ranking import ranked
from services.inventory.sourcing.domain_rules import DEFAULT_QUEUE, Rule, Then
from services.inventory.sourcing.domain_search import part, several, single
from services.inventory.sourcing.domain_supply import Budget, Share, Supply, supply


@dataclass(slots=True)
class Walk:
    """What the rules found so far."""

    around: Scene
    most: int
    remaining: list[Line]
    assignments: list[Assignment] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    reason: Left = Left.NO_PLACE
    queue: str = DEFAULT_QUEUE
    cancel_time: datetime | None = None
    # no rule had anybody left after what its author chose
    excluded_all: bool = True

    @property
    def used(self) -> set[str]:
        return {one.location_id for one in self.assignments} | self.around.order.used


@dataclass(slots=True)
class _Field:
    """The candidates of one rule, best first, and what they can give."""

    places: Sequence[Place]
    wanted: Demand
    supply: Supply
    rule: Rule
    budget: Budget
    refused: int = 0

    def worth(self, shares: Sequence[Share]) -> bool:
        """Whether each shipment, and what is left over, is worth going out."""
        least = self.rule.shipment_threshold
        if not least:
            return True
        worth: dict[int, int] = {}
        for number, candidate, count in shares:
            worth[candidate] = worth.get(candidate, 0) + self.wanted.portions[number].worth(count)
        rest = self.wanted.value - sum(worth.values())
        passed = all(one >= least for one in worth.values()) and (_complete(self.wanted, shares) or rest >= least)
        self.refused += not passed
        return passed


def walk(around: Scene, rules: Sequence[Rule], places: Sequence[Place], most: int) -> Walk:
    """Rule by rule until everything has a place, a rule queues the rest, or no rule is left."""
    found = Walk(around, most, list(around.order.lines))
    for rule in rules:
        if not found.remaining:
            break
        _apply(found, rule, places)
        if found.remaining:
            _lead_on(found, rule)
            if rule.then is Then.QUEUE:
                break
    return found


def _lead_on(found: Walk, rule: Rule) -> None:
    """A later rule's word on the queue and the cancel date stands in place of an earlier one's."""
    if rule.then is Then.QUEUE:
        found.queue = rule.queue or DEFAULT_QUEUE
    if rule.cancel_after_hours is not None:
        found.cancel_time = found.around.now + timedelta(hours=rule.cancel_after_hours)


def _apply(found: Walk, rule: Rule, places: Sequence[Place]) -> None:
    kept, gone = by_rule(found.around, rule, places)
    found.excluded_all &= not kept and set(gone) <= CHOSEN
    stage, scores = _stage(found, rule, kept, gone)
    shares: Sequence[Share] = ()
    if stage.places:
        shares = _shares(found, stage)
    else:
        found.reason = Left.NO_STOCK if kept else Left.NO_PLACE
    took = _assign(found, stage, shares)
    found.steps.append(domain_trace.step(rule, gone, scores, stage.budget, stage.refused, took))


def _stage(
    found: Walk, rule: Rule, kept: Sequence[Place], gone: Gone
) -> tuple[_Field, list[tuple[Place, list[float]]]]:
    """The rule's candidates with stock, ranked."""
    around = found.around
    wanted = demand(found.remaining, around.limits.split_lines)
    given = supply(wanted, _stock(found, rule, kept, wanted.skus))
    having = [number for number, row in enumerate(zip(*given.caps, strict=True)) if any(row)]
    if len(having) < len(kept):
        _note_empty(around, rule, wanted, kept, set(having), gone)
    order = ranked(around, rule, [kept[number] for number in having], wanted.skus)
    numbers = {kept[number].location_id: number for number in having}
    places = [place for place, _ in order]
    ordered = given.reordered([numbers[place.location_id] for place in places])
    budget = Budget(around.limits.combinations, around.limits.steps)
    return _Field(places, wanted, ordered, rule, budget), order


def _stock(found: Walk, rule: Rule, kept: Sequence[Place], skus: Sequence[str]) -> Mapping[str, list[int]]:
    """What each SKU has at each place, less what is kept back, cooling, unsure, or given to this order already."""
    around, safety = found.around, rule.safety_stock
    numbers = {place.location_id: number for number, place in enumerate(kept)}
    stock: dict[str, list[int]] = {}
    for sku in skus:
        column = list(map(around.view.get(sku, {}).get, numbers, repeat(0)))
        if safety or min(column, default=0) < 0:
            # a call of max for each would cost more than all the rest of this
            column = [units - safety if units > safety else 0 for units in column]
        stock[sku] = column
    for sku, location_id in (*cooling(around, skus), *unsure(around, rule, skus)):
        if location_id in numbers:
            stock[sku][numbers[location_id]] = 0
    for one in found.assignments:
        if one.sku in stock and one.location_id in numbers:
            at = numbers[one.location_id]
            stock[one.sku][at] = max(0, stock[one.sku][at] - one.quantity)
    return stock


def cooling(around: Scene, skus: Sequence[str]) -> list[tuple[str, str]]:
    """Where these SKUs were rejected a short while ago."""
    asked = set(skus)
    return sorted(key for key, until in around.limits.cooling.items() if key[0] in asked and until > around.now)


def unsure(around: Scene, rule: Rule, skus: Sequence[str]) -> list[tuple[str, str]]:
    """Where the books have these SKUs and the rule does not believe them."""
    least, asked = rule.min_confidence, set(skus)
    if not least:
        return []
    return [key for key, sure in around.limits.confidence.items() if sure < least and key[0] in asked]


def _note_empty(around: Scene, rule: Rule, wanted: Demand, kept: Sequence[Place], having: set[int], gone: Gone) -> None:
    cold = {location_id for _, location_id in cooling(around, wanted.skus)}
    doubted = {place for sku, place in unsure(around, rule, wanted.skus) if around.view.get(sku, {}).get(place, 0) > 0}
    for number, place in enumerate(kept):
        if number not in having:
            code = place.location_id
            why = Out.COOLING if code in cold else Out.UNSURE if code in doubted else Out.NO_STOCK
            gone.setdefault(why.value, []).append(place.location_id)


def _shares(found: Walk, stage: _Field) -> Sequence[Share]:
    """All from one place; if the rule lets it be split, all from the fewest, else as much as is worth it."""
    whole = single(stage.supply, stage.budget)
    if whole:
        return whole.shares
    if not stage.rule.partial:
        found.reason = Left.NO_STOCK
        return ()
    most = max(1, found.most - len(found.used))
    few = several(stage.supply, most, stage.budget, stage.worth) if most > 1 else None
    if few:
        return few.shares
    shares = part(stage.supply, most, stage.worth)
    reached = len({candidate for _, candidate, _ in shares}) == most
    found.reason = Left.SPLITS if reached else Left.THRESHOLD if stage.refused else Left.NO_STOCK
    return shares


def _complete(wanted: Demand, shares: Sequence[Share]) -> bool:
    given = [0] * len(wanted.portions)
    for number, _, count in shares:
        given[number] += count
    return all(count == portion.count for count, portion in zip(given, wanted.portions, strict=True))


def _assign(found: Walk, stage: _Field, shares: Sequence[Share]) -> list[Assignment]:
    """Shares as units of lines."""
    by_portion: dict[int, list[tuple[str, int]]] = {}
    for number, candidate, count in shares:
        by_portion.setdefault(number, []).append((stage.places[candidate].location_id, count))
    took: list[Assignment] = []
    gone: dict[int, int] = {}
    for number, counts in sorted(by_portion.items()):
        for line, location_id, quantity in taken(stage.wanted.portions[number], counts):
            took.append(Assignment(line.line_no, line.sku, location_id, quantity))
            gone[line.line_no] = gone.get(line.line_no, 0) + quantity
    found.assignments += took
    found.remaining = without(found.remaining, gone)
    return took
