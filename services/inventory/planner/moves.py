"""Which lots of a good go where: a transportation problem, solved by a library to its optimum, in whole lots."""

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Self

import numpy as np
from scipy.optimize import linear_sum_assignment, linprog
from scipy.sparse import csr_array

from services.inventory.planner.forecasting import Flags, Floats
from services.inventory.planner.values import Ints

# lots given x lots taken up to which the assignment is the faster way; both find the optimum
_SMALL = 60_000
_CENT = 1e-6
# places that would both give and get are asked so often before the plain rule decides
_TRIES = 64


@dataclass(frozen=True, slots=True)
class Tiers:
    """Lots with the place where each is, and what it is worth there."""

    at: Ints
    worth: Floats

    def only(self, kept: Flags) -> Self:
        """Some of them."""
        return type(self)(self.at[kept], self.worth[kept])

    def without(self, places: frozenset[int]) -> Self:
        """Those of other places."""
        return self.only(~np.isin(self.at, list(places))) if places else self


@dataclass(frozen=True, slots=True)
class Problem:
    """Of one good: what its lots are worth where.

    `losses` holds, place by place, what giving its first, second … lot away
    costs, never falling; `gains` what the first, second … lot more brings,
    never rising; `costs[s, d]` is moving one lot, infinite where there is no way.
    """

    losses: Tiers
    gains: Tiers
    costs: Floats


@dataclass(frozen=True, slots=True)
class Move:
    """So many lots on one way, with what they gain and lose."""

    source: int
    target: int
    lots: int
    gain: float
    loss: float


def solve(problem: Problem) -> list[Move]:
    """The moves that together gain most; none that does not pay, and no place both gives and gets.

    A detour may be cheaper than the way itself, and then the library's
    optimum has places that do both. Each of them is asked twice, once as one
    that gives no more and once as one that gets no more, the best bound first
    (branch and bound): what comes out first without such a place is the best.
    """
    nodes = [_node(problem, frozenset(), frozenset())]
    for _ in range(_TRIES):
        node = heappop(nodes)
        if not node.relays:
            return _moves(node.pairs)
        place = max(node.relays, key=node.lots_at)
        heappush(nodes, _node(problem, node.give_no_more | {place}, node.get_no_more))
        heappush(nodes, _node(problem, node.give_no_more, node.get_no_more | {place}))
    node = heappop(nodes)
    while node.relays:  # too many to ask them all twice: who gets goods gives none
        node = _node(problem, node.give_no_more | node.relays, node.get_no_more)
    return _moves(node.pairs)


_Pair = tuple[int, int, float, float]


@dataclass(frozen=True, slots=True)
class _Node:
    """The best moves while some places give no more and some get no more; the most valuable comes first."""

    value: float
    give_no_more: frozenset[int]
    get_no_more: frozenset[int]
    pairs: list[_Pair]
    relays: frozenset[int]

    def __lt__(self, other: "_Node") -> bool:
        return self.value > other.value

    def lots_at(self, place: int) -> int:
        return sum(place in pair[:2] for pair in self.pairs)


def _node(problem: Problem, give_no_more: frozenset[int], get_no_more: frozenset[int]) -> _Node:
    given = problem.losses.without(give_no_more)
    taken = problem.gains.without(get_no_more)
    pairs = _pairs(given, taken, problem.costs)
    value = sum(gain - loss - float(problem.costs[s, d]) for s, d, gain, loss in pairs)
    relays = frozenset(pair[0] for pair in pairs) & frozenset(pair[1] for pair in pairs)
    return _Node(value, give_no_more, get_no_more, pairs, relays)


def _pairs(given: Tiers, taken: Tiers, costs: Floats) -> list[_Pair]:
    """Lot by lot: from, to, gain, loss."""
    if not len(given.at) or not len(taken.at):
        return []
    # what cannot pay with the best partner cannot pay at all
    least, most = given.worth.min(), taken.worth.max()
    given = given.only(most - given.worth - costs.min(axis=1)[given.at] > _CENT)
    taken = taken.only(taken.worth - least - costs.min(axis=0)[taken.at] > _CENT)
    if not len(given.at) or not len(taken.at):
        return []
    return (_assigned if len(given.at) * len(taken.at) <= _SMALL else _flowing)(given, taken, costs)


def _assigned(given: Tiers, taken: Tiers, costs: Floats) -> list[_Pair]:
    """Each tier is one lot, so the problem is an assignment of lots to lots."""
    profit = taken.worth[None, :] - given.worth[:, None] - costs[given.at[:, None], taken.at[None, :]]
    profit = np.where(profit > _CENT, profit, 0.0)
    rows, columns = linear_sum_assignment(profit, maximize=True)
    chosen = profit[rows, columns] > 0
    rows, columns = rows[chosen], columns[chosen]
    found = (given.at[rows], taken.at[columns], taken.worth[columns], given.worth[rows])
    return list(zip(*(each.tolist() for each in found), strict=True))


def _flowing(given: Tiers, taken: Tiers, costs: Floats) -> list[_Pair]:
    """The same as a flow of lots by HiGHS: its constraints are a network's, so the optimum is in whole lots."""
    sources, out = np.unique(given.at, return_inverse=True)
    targets, into = np.unique(taken.at, return_inverse=True)
    rows, columns = np.nonzero(np.isfinite(costs[np.ix_(sources, targets)]))
    ways, lots = np.arange(len(rows)), np.arange(len(given.at) + len(taken.at)) + len(rows)
    at = np.concatenate([rows, columns + len(sources), out, into + len(sources)])
    variables, signs = np.concatenate([ways, ways, lots]), np.concatenate([np.ones(2 * len(ways)), -np.ones(len(lots))])
    prices = np.concatenate([costs[sources[rows], targets[columns]], given.worth, -taken.worth])
    size = len(sources) + len(targets), len(prices)
    most = np.concatenate([np.full(len(ways), np.inf), np.ones(len(lots))])
    bounds = np.column_stack([np.zeros(len(most)), most])
    matrix = csr_array((signs, (at, variables)), shape=size)
    solved = linprog(prices, A_eq=matrix, b_eq=np.zeros(size[0]), bounds=bounds, method="highs-ds")
    if not solved.success:
        raise ArithmeticError(f"the solver found no optimum: {solved.message}")
    flow = np.rint(solved.x[: len(ways)]).astype(int)
    ways_of = zip(sources[rows].tolist(), targets[columns].tolist(), flow.tolist(), strict=True)
    return _shared(ways_of, given, taken)


def _shared(flow: Iterable[tuple[int, int, int]], given: Tiers, taken: Tiers) -> list[_Pair]:
    """Says of each lot that flows which loss and gain is its own, the best first."""
    losses = {s: iter(np.sort(given.worth[given.at == s]).tolist()) for s in np.unique(given.at).tolist()}
    gains = {d: iter(np.sort(taken.worth[taken.at == d])[::-1].tolist()) for d in np.unique(taken.at).tolist()}
    return [(s, d, next(gains[d]), next(losses[s])) for s, d, lots in flow for _ in range(lots)]


def _moves(pairs: list[_Pair]) -> list[Move]:
    found: dict[tuple[int, int], list[_Pair]] = {}
    for pair in pairs:
        found.setdefault(pair[:2], []).append(pair)
    return [
        Move(s, d, len(lots), sum(one[2] for one in lots), sum(one[3] for one in lots))
        for (s, d), lots in sorted(found.items())
    ]
