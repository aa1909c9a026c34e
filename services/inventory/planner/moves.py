"""Which lots of a good go where: a transportation problem, solved by a library to its optimum, in whole lots."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment, linprog
from scipy.sparse import csr_array

from services.inventory.planner.forecasting import Floats
from services.inventory.planner.values import Ints

# lots given x lots taken up to which the assignment is the faster way; both find the optimum
_SMALL = 60_000
_CENT = 1e-6


@dataclass(frozen=True, slots=True)
class Problem:
    """Of one good, by place: what its lots are worth there.

    `losses[s]` is what giving its first, second … lot away costs place s, never
    falling; `gains[d]` what the first, second … lot more brings place d, never
    rising; `costs[s, d]` moving one lot, infinite where there is no way.
    """

    losses: list[Floats]
    gains: list[Floats]
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
    """The moves that together gain most; none that does not pay, and no place both gives and gets."""
    banned: set[int] = set()
    while True:
        pairs = _pairs(problem, banned)
        relays = {source for source, _, _, _ in pairs} & {target for _, target, _, _ in pairs}
        if not relays:
            return _moves(pairs)
        # only where a detour is cheaper than the way itself: who gets goods gives none
        banned |= relays


_Pair = tuple[int, int, float, float]


def _pairs(problem: Problem, banned: set[int]) -> list[_Pair]:
    """Lot by lot: from, to, gain, loss."""
    given = [(s, loss) for s, losses in enumerate(problem.losses) if s not in banned for loss in losses]
    taken = [(d, gain) for d, gains in enumerate(problem.gains) for gain in gains]
    if not given or not taken:
        return []
    least, most = min(loss for _, loss in given), max(gain for _, gain in taken)
    out, into = problem.costs.min(axis=1), problem.costs.min(axis=0)
    # what cannot pay with the best partner cannot pay at all
    given = [(s, loss) for s, loss in given if most - loss - out[s] > _CENT]
    taken = [(d, gain) for d, gain in taken if gain - least - into[d] > _CENT]
    if not given or not taken:
        return []
    if len(given) * len(taken) <= _SMALL:
        return _assigned(given, taken, problem.costs)
    return _flowing(given, taken, problem.costs)


def _assigned(given: list[tuple[int, float]], taken: list[tuple[int, float]], costs: Floats) -> list[_Pair]:
    """Each tier is one lot, so the problem is an assignment of lots to lots."""
    sources, losses = np.array([s for s, _ in given]), np.array([loss for _, loss in given])
    targets, gains = np.array([d for d, _ in taken]), np.array([gain for _, gain in taken])
    profit = gains[None, :] - losses[:, None] - costs[np.ix_(sources, targets)]
    profit = np.where(profit > _CENT, profit, 0.0)
    rows, columns = linear_sum_assignment(profit, maximize=True)
    return [
        (given[row][0], taken[column][0], taken[column][1], given[row][1])
        for row, column in zip(rows, columns, strict=True)
        if profit[row, column] > 0
    ]


def _flowing(given: list[tuple[int, float]], taken: list[tuple[int, float]], costs: Floats) -> list[_Pair]:
    """The same as a flow of lots by HiGHS: its constraints are a network's, so the optimum is in whole lots."""
    sources, targets = sorted({s for s, _ in given}), sorted({d for d, _ in taken})
    ways = [(s, d) for s in sources for d in targets if s != d and np.isfinite(costs[s, d])]
    row_of = {("s", s): n for n, s in enumerate(sources)} | {("d", d): len(sources) + n for n, d in enumerate(targets)}
    entries = [(row_of["s", s], n, 1.0) for n, (s, _) in enumerate(ways)]
    entries += [(row_of["d", d], n, 1.0) for n, (_, d) in enumerate(ways)]
    tiers = [row_of["s", s] for s, _ in given] + [row_of["d", d] for d, _ in taken]
    entries += [(row, len(ways) + n, -1.0) for n, row in enumerate(tiers)]
    rows, columns, signs = zip(*entries, strict=True)
    prices = [costs[way] for way in ways] + [loss for _, loss in given] + [-gain for _, gain in taken]
    size = len(row_of), len(prices)
    bounds = [(0, None)] * len(ways) + [(0, 1)] * len(tiers)
    matrix = csr_array((signs, (rows, columns)), shape=size)
    solved = linprog(prices, A_eq=matrix, b_eq=np.zeros(size[0]), bounds=bounds, method="highs-ds")
    if not solved.success:
        raise ArithmeticError(f"the solver found no optimum: {solved.message}")
    return _shared(ways, np.rint(solved.x).astype(int), given, taken)


def _shared(
    ways: list[tuple[int, int]], flow: Ints, given: list[tuple[int, float]], taken: list[tuple[int, float]]
) -> list[_Pair]:
    """Says of each lot that flows which loss and gain is its own, the best first."""
    losses = {s: iter(sorted(loss for one, loss in given if one == s)) for s, _ in given}
    gains = {d: iter(sorted((gain for one, gain in taken if one == d), reverse=True)) for d, _ in taken}
    found = []
    for (s, d), lots in zip(ways, flow[: len(ways)], strict=True):
        found += [(s, d, next(gains[d]), next(losses[s])) for _ in range(lots)]
    return found


def _moves(pairs: list[_Pair]) -> list[Move]:
    found: dict[tuple[int, int], list[_Pair]] = {}
    for pair in pairs:
        found.setdefault(pair[:2], []).append(pair)
    return [
        Move(s, d, len(lots), sum(one[2] for one in lots), sum(one[3] for one in lots))
        for (s, d), lots in sorted(found.items())
    ]
