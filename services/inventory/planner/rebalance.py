"""Moves that pay, over all goods: each good solved by itself, petty ones and trips that do not pay left out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.inventory.planner import moves, stand
from services.inventory.planner.forecasting import Floats
from services.inventory.planner.moves import Move
from services.inventory.planner.stand import Stand
from services.inventory.planning.domain import Policy


@dataclass(frozen=True, slots=True)
class Proposal:
    """One suggested move, before it has a number."""

    kind: str
    sku: str
    source: str
    target: str
    quantity: int
    expected_units: float
    expected_margin: int
    move_cost: int
    why: Mapping[str, Any]
    allocation_id: str | None = None

    @property
    def gain(self) -> int:
        """What is left of the margin when the move is paid."""
        return self.expected_margin - self.move_cost


@dataclass(frozen=True, slots=True)
class Ways:
    """What moving one base unit costs between places, and what each trip costs."""

    places: Sequence[str]
    costs: Floats
    trips: Mapping[tuple[str, str], int]


def ways(policy: Policy, places: Sequence[str]) -> Ways:
    """The lanes of a policy as a table."""
    number = {one: index for index, one in enumerate(places)}
    costs = np.full((len(places), len(places)), float(policy.move_cost))
    np.fill_diagonal(costs, np.inf)
    trips = {}
    for lane in policy.lanes:
        source, target = number.get(lane.from_location_id), number.get(lane.to_location_id)
        if source is None or target is None or source == target:
            continue
        costs[source, target] = np.inf if lane.closed else lane.move_cost
        trips[lane.from_location_id, lane.to_location_id] = lane.trip_cost
    return Ways(places, costs, trips)


def propose(stands: Iterable[Stand], policy: Policy, given: Ways) -> list[Proposal]:
    """Every move that pays, the one that gains most first."""
    found = [one for good in stands for one in of_good(good, policy, given)]
    return ranked(paying_trips(found, given.trips))


def ranked(found: Iterable[Proposal]) -> list[Proposal]:
    """By gain; what gains the same, by its codes."""
    return sorted(found, key=lambda one: (-one.gain, one.sku, one.source, one.target))


def of_good(good: Stand, policy: Policy, given: Ways) -> Iterator[Proposal]:
    """The moves of one good that gain enough."""
    if not good.releasable().any() or not good.gets.any():
        return
    solved = moves.solve(stand.problem(good, policy.horizon_weeks, given.costs))
    for move in solved:
        one = _proposal(good, move, policy, given)
        if one.gain >= max(1, policy.least_gain):
            yield one


def paying_trips(found: Sequence[Proposal], trips: Mapping[tuple[str, str], int]) -> list[Proposal]:
    """Without the trips whose goods together do not earn what the trip costs."""
    together: dict[tuple[str, str], int] = {}
    for one in found:
        way = one.source, one.target
        together[way] = together.get(way, 0) + one.gain
    return [one for one in found if together[one.source, one.target] > trips.get((one.source, one.target), 0)]


def _proposal(good: Stand, move: Move, policy: Policy, given: Ways) -> Proposal:
    quantity = move.lots * good.lot
    cost = round(float(given.costs[move.source, move.target]) * quantity)
    margin = int(move.gain - move.loss)
    units = _per_unit(move.gain, good.margins[move.target]) - _per_unit(move.loss, good.margins[move.source])
    source, target = given.places[move.source], given.places[move.target]
    why = {
        "sku": good.sku,
        "to": target,
        "away": source,
        "quantity": quantity,
        "horizon": policy.horizon_weeks,
        "to_weekly": round(float(good.weekly[move.target]), 3),
        "from_weekly": round(float(good.weekly[move.source]), 3),
        "to_cover": cover(good, move.target),
        "from_cover": cover(good, move.source),
        "units": round(units, 3),
        "margin": margin,
        "cost": cost,
        "gain": margin - cost,
    }
    return Proposal("REBALANCE", good.sku, source, target, quantity, units, margin, cost, why)


def cover(good: Stand, place: int) -> float | None:
    """Weeks that what is there and on its way lasts; None: nothing is expected to be sold."""
    weekly = float(good.weekly[place])
    there = max(0, int(good.available[place] + good.incoming[place]))
    return round(there / weekly, 2) if weekly > 0 else None


def _per_unit(money: float, margin: float) -> float:
    return float(money / margin) if margin > 0 else 0.0
