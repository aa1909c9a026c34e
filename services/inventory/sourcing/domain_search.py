"""The fewest places that have everything: singles, pairs, triples, within a budget."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.inventory.sourcing.domain_supply import Budget, Reach, Share, Supply, fill, numbers

# whether shares are worth their shipments
Gate = Callable[[Sequence[Share]], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """Places that together have everything; the sum of their ranks is the least of all that are as few."""

    chosen: tuple[int, ...]
    shares: tuple[Share, ...]


def single(given: Supply, budget: Budget) -> Found | None:
    """The best ranked place that has everything."""
    whole = -1
    for number, portion in enumerate(given.portions):
        whole &= given.at_least(number, portion.count)
        if not whole:
            return None
    for candidate in numbers(whole):
        if not budget.combine():
            break
        shares = fill(given, (candidate,), budget)
        if shares is not None:
            return Found((candidate,), tuple(shares))
    return None


def several(given: Supply, most: int, budget: Budget, gate: Gate) -> Found | None:
    """The fewest places, two at least, that have everything and pass the gate."""
    for size in range(2, most + 1):
        found = _Search(given, size, budget, gate).run()
        if found or budget.cap:
            return found
    return None


class _Search:
    """All sets of one size, cut short where nothing better can come."""

    def __init__(self, given: Supply, size: int, budget: Budget, gate: Gate) -> None:
        self._given = given
        self._size = size
        self._budget = budget
        self._gate = gate
        self._best: Found | None = None
        self._sum = float("inf")
        self._all = (1 << given.size) - 1
        self._support = [given.at_least(number, 1) for number in range(len(given.portions))]
        self._rare = sorted(range(len(given.portions)), key=lambda number: self._support[number].bit_count())
        self._reach = Reach(given) if size > 2 else None

    def run(self) -> Found | None:
        self._branch((), [portion.count for portion in self._given.portions], 0, 0)
        return self._best

    def _branch(self, chosen: tuple[int, ...], wanted: list[int], total: int, barred: int) -> None:
        """Adds one place after the other that has something of the rarest portion still wanted.

        Every set that completes it holds such a place; a place whose sets were
        all seen is barred from the sets that its neighbours begin.
        """
        lacking = [number for number in self._rare if wanted[number] > 0]
        if not lacking and not self._given.shared:
            return
        # where portions compete, each for itself may seem served although they are not together
        able = self._support[lacking[0]] if lacking else self._all
        after_next = self._size - len(chosen) - 1
        open_ = able & ~barred
        candidates = self._reach.enough(open_, lacking, after_next) if self._reach else open_
        if after_next == 1:
            self._close_all(chosen, wanted, total, (barred, open_, candidates), lacking)
            return
        rows = self._given.rows
        for candidate in numbers(candidates):
            if total + candidate >= self._sum or not self._budget.step(1):
                return
            # this one and all before it: their sets were seen, or cannot be complete
            over = barred | (open_ & ((2 << candidate) - 1))
            after = [want - have for want, have in zip(wanted, rows[candidate], strict=True)]
            self._branch((*chosen, candidate), after, total + candidate, over)
            if self._budget.cap:
                return

    def _close_all(
        self,
        chosen: tuple[int, ...],
        wanted: Sequence[int],
        total: int,
        sets: tuple[int, int, int],
        lacking: Sequence[int],
    ) -> None:
        """Each candidate with all that have what is lacking of every portion beside it: this is the innermost loop."""
        barred, open_, candidates = sets
        rest = [(number, wanted[number], self._given.completing(number, wanted[number])) for number in lacking]
        rows, budget, everybody = self._given.rows, self._budget, self._all
        for candidate in numbers(candidates):
            if total + candidate >= self._sum or not budget.step(1):
                return
            last = _partners(everybody, rows[candidate], rest)
            if not budget.combine():
                return
            if last:
                over = barred | (open_ & ((2 << candidate) - 1))
                self._close((*chosen, candidate), last & ~over, total + candidate)
                if budget.cap:
                    return

    def _close(self, chosen: tuple[int, ...], last: int, total: int) -> None:
        """All last places at once, the best first."""
        for candidate in numbers(last):
            if total + candidate >= self._sum or not self._budget.step(len(self._rare)):
                return
            self._try(tuple(sorted((*chosen, candidate))), total + candidate)

    def _try(self, chosen: tuple[int, ...], total: int) -> None:
        """Takes the set if it can be filled worth its shipments; else from its other end."""
        for order in (chosen, chosen[::-1]):
            shares = fill(self._given, order, self._budget)
            if shares is not None and self._gate(shares):
                self._best, self._sum = Found(chosen, tuple(shares)), total
                return


def _partners(everybody: int, row: Sequence[int], rest: Sequence[tuple[int, int, Sequence[int]]]) -> int:
    """All that have what this row lacks of every portion."""
    last = everybody
    for number, want, able in rest:
        have = row[number]
        if have < want:
            last &= able[have]
            if not last:
                break
    return last


def part(given: Supply, most: int, gate: Gate) -> list[Share]:
    """As much as a few places have: always the place that is worth most now, if it passes the gate."""
    shares: list[Share] = []
    wanted = [portion.count for portion in given.portions]
    left = {sku: list(units) for sku, units in given.shared.items()}
    barred: set[int] = set()
    chosen: set[int] = set()
    while len(chosen) < most:
        candidate = _worth_most(given, wanted, barred)
        if candidate is None:
            break
        barred.add(candidate)
        taken = _all_of(given, candidate, wanted, left)
        if taken and gate([*shares, *taken]):
            shares += taken
            chosen.add(candidate)
            for number, _, count in taken:
                wanted[number] -= count
        else:
            _give_back(given, taken, left)
    return shares


def _worth_most(given: Supply, wanted: Sequence[int], barred: set[int]) -> int | None:
    worth = [0.0] * given.size
    for number, want in enumerate(wanted):
        if not want:
            continue
        portion = given.portions[number]
        # goods without a value still want to leave
        each = max(portion.value / portion.count, 1e-6)
        for candidate, cap in enumerate(given.caps[number]):
            if cap:
                worth[candidate] += each * min(cap, want)
    for candidate in barred:
        worth[candidate] = 0.0
    best = max(worth, default=0.0)
    return worth.index(best) if best else None


def _all_of(given: Supply, candidate: int, wanted: Sequence[int], left: dict[str, list[int]]) -> list[Share]:
    taken = []
    for number, want in enumerate(wanted):
        needs = [(sku, units) for sku, units in given.portions[number].needs if sku in left]
        count = min([want, given.caps[number][candidate], *(left[sku][candidate] // units for sku, units in needs)])
        if count > 0:
            taken.append((number, candidate, count))
            for sku, units in needs:
                left[sku][candidate] -= units * count
    return taken


def _give_back(given: Supply, taken: Sequence[Share], left: dict[str, list[int]]) -> None:
    for number, candidate, count in taken:
        for sku, units in given.portions[number].needs:
            if sku in left:
                left[sku][candidate] += units * count
