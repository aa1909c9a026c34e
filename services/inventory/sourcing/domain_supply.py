"""What the candidates can give of each portion, and who gives what when some of them are chosen."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.inventory.sourcing.domain_demand import Demand, Portion

# flags as the digits of a binary number
_DIGITS = bytes.maketrans(b"\x00\x01", b"01")
_BYTE = 255
# portion, candidate (its number in the ranking), handfuls
Share = tuple[int, int, int]


@dataclass(slots=True)
class Budget:
    """What a search may cost; `cap` says which bound ended it."""

    combinations: int
    steps: int
    cap: str = ""
    used_combinations: int = 0
    used_steps: int = 0

    def combine(self) -> bool:
        """Counts one more combination; False when that was the last."""
        self.used_combinations += 1
        if self.used_combinations >= self.combinations:
            self.cap = "COMBINATIONS"
        return not self.cap

    def step(self, count: int) -> bool:
        """Counts steps; False when those were the last."""
        self.used_steps += count
        if self.used_steps >= self.steps:
            self.cap = "STEPS"
        return not self.cap


@dataclass(slots=True)
class Supply:
    """Candidates by their number in the ranking; sets of them are the bits of an integer."""

    portions: tuple[Portion, ...]
    # of each portion, what each candidate can give at most
    caps: list[list[int]]
    # units of each SKU that several portions want
    shared: Mapping[str, Sequence[int]]
    _at_least: dict[tuple[int, int], int] = field(default_factory=dict)
    _bytes: dict[int, bytes] = field(default_factory=dict)
    _short: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    _rows: list[tuple[int, ...]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.caps[0]) if self.caps else 0

    def at_least(self, portion: int, count: int) -> int:
        """The candidates that can give so many handfuls of the portion."""
        key = (portion, count)
        found = self._at_least.get(key)
        if found is None:
            found = self._at_least[key] = self._flags(portion, count)
        return found

    def _flags(self, portion: int, count: int) -> int:
        if not self.size:
            return 0
        if self.portions[portion].count > _BYTE or not 0 <= count <= _BYTE:
            return int(bytes(map(count.__le__, reversed(self.caps[portion]))).translate(_DIGITS), 2)
        # nobody's cap is more than what is wanted: so a byte holds each
        caps = self._bytes.get(portion)
        if caps is None:
            caps = self._bytes[portion] = bytes(reversed(self.caps[portion]))
        return int(caps.translate(b"0" * count + b"1" * (_BYTE + 1 - count)), 2)

    def completing(self, portion: int, count: int) -> list[int]:
        """By how many handfuls somebody gives (fewer than are wanted): the candidates that can give the rest."""
        found = self._short.get((portion, count))
        if found is None:
            found = self._short[portion, count] = [self.at_least(portion, count - have) for have in range(count)]
        return found

    @property
    def rows(self) -> Sequence[Sequence[int]]:
        """What each candidate can give of each portion."""
        if not self._rows:
            self._rows += zip(*self.caps, strict=True)
        return self._rows

    def reordered(self, order: Sequence[int]) -> "Supply":
        """The same with the candidates in another order, or fewer of them."""
        caps = [[caps[number] for number in order] for caps in self.caps]
        shared = {sku: [units[number] for number in order] for sku, units in self.shared.items()}
        return Supply(self.portions, caps, shared)


def supply(demand: Demand, stock: Mapping[str, Sequence[int]]) -> Supply:
    """What each candidate can give, from what each SKU has there."""
    caps = []
    for portion in demand.portions:
        columns = [stock[sku] if units == 1 else [have // units for have in stock[sku]] for sku, units in portion.needs]
        most = portion.count
        joint = columns[0] if len(columns) == 1 else [min(row) for row in zip(*columns, strict=True)]
        # a call of min for each would cost more than all the rest of this
        caps.append([cap if cap < most else most for cap in joint])  # noqa: FURB136
    return Supply(demand.portions, caps, {sku: stock[sku] for sku in demand.shared})


class Reach:
    """A bound: the places yet to come must together have something of each portion that is lacking."""

    def __init__(self, given: Supply) -> None:
        self._support = [given.at_least(number, 1) for number in range(len(given.portions))]
        signs = ["".join(["1" if cap else "0" for cap in row]) for row in zip(*reversed(given.caps), strict=True)]
        self._widest = sorted(((mask.bit_count(), mask) for mask in (int(sign, 2) for sign in signs)), reverse=True)

    def enough(self, candidates: int, lacking: Sequence[int], others: int) -> int:
        """Those that have something of so many lacking portions that `others` after them may have the rest."""
        wanted = sum([1 << number for number in lacking])
        most = 0
        for width, mask in self._widest:
            if width <= most:
                break
            most = max(most, (mask & wanted).bit_count())
        return _at_least(candidates, [self._support[number] for number in lacking], len(lacking) - others * most)


def _at_least(candidates: int, sets: Sequence[int], least: int) -> int:
    """The candidates that are in so many of the sets: all are counted at once, each digit of the counts is a set."""
    if least <= 0:
        return candidates
    digits: list[int] = []
    for one in sets:
        carry = one
        for place, digit in enumerate(digits):
            digits[place], carry = digit ^ carry, digit & carry
            if not carry:
                break
        else:
            digits.append(carry)
    if least >> len(digits):
        return 0
    # compared from the highest digit down
    more, level = 0, candidates
    for place in range(len(digits) - 1, -1, -1):
        if least >> place & 1:
            level &= digits[place]
        else:
            more |= level & digits[place]
            level &= ~digits[place]
    return candidates & (more | level)


def numbers(bits: int) -> Iterator[int]:
    """The members of a set of candidates, best first."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


def fill(given: Supply, chosen: Sequence[int], budget: Budget) -> list[Share] | None:
    """Who gives what so that every portion is complete, the better ranked first; None if it cannot be."""
    if given.shared:
        return Packing(given, chosen, budget).run()
    shares: list[Share] = []
    for number, portion in enumerate(given.portions):
        caps = given.caps[number]
        part = spread(portion.count, chosen, caps)
        if sum(count for _, count in part) < portion.count:
            return None
        shares += [(number, candidate, count) for candidate, count in part]
    budget.step(len(given.portions))
    return shares


def spread(count: int, chosen: Iterable[int], caps: Sequence[int]) -> list[tuple[int, int]]:
    """So many handfuls over the chosen: all at the best that has them all, else from each what it has."""
    part = []
    left = count
    for candidate in chosen:
        if caps[candidate] >= count:
            return [(candidate, count)]
        take = min(left, caps[candidate])
        if take > 0:
            part.append((candidate, take))
            left -= take
    return part


class Packing:
    """Portions that want the same SKU compete: kits and sets choose first, then whole lines, then single units."""

    def __init__(self, given: Supply, chosen: Sequence[int], budget: Budget) -> None:
        self._given = given
        self._chosen = chosen
        self._budget = budget
        self._order = sorted(range(len(given.portions)), key=lambda number: _turn(given.portions[number]))
        self._left = {sku: list(units) for sku, units in given.shared.items()}
        self._shares: list[Share] = []

    def run(self) -> list[Share] | None:
        """A way to complete every portion, if there is one."""
        return list(self._shares) if self._place(0) else None

    def _place(self, at: int) -> bool:
        if at == len(self._order):
            return True
        number = self._order[at]
        portion = self._given.portions[number]
        caps = [self._room(number, candidate) for candidate in self._chosen]
        for counts in _distributions(portion.count, caps):
            taken = [(number, candidate, n) for candidate, n in zip(self._chosen, counts, strict=True) if n]
            self._move(taken, -1)
            if self._place(at + 1):
                self._shares += taken
                return True
            self._move(taken, 1)
            # nobody wants single units' SKU after them, so any one way is as good as the others
            if portion.single or not self._budget.step(1):
                break
        return False

    def _move(self, taken: Iterable[Share], sign: int) -> None:
        for number, candidate, count in taken:
            for sku, units in self._given.portions[number].needs:
                if sku in self._left:
                    self._left[sku][candidate] += sign * units * count

    def _room(self, number: int, candidate: int) -> int:
        cap = self._given.caps[number][candidate]
        needs = self._given.portions[number].needs
        return min([cap, *(self._left[sku][candidate] // units for sku, units in needs if sku in self._left)])


def _turn(portion: Portion) -> tuple[bool, int, bool]:
    return (portion.single, -len(portion.needs), portion.count > 1)


def _distributions(count: int, caps: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every way to share `count` out under the caps, the first getting most first."""
    if not caps:
        if not count:
            yield ()
        return
    rest = sum(caps[1:])
    for first in range(min(count, caps[0]), max(0, count - rest) - 1, -1):
        for others in _distributions(count - first, caps[1:]):
            yield (first, *others)
