"""What is wanted, in portions that leave a place whole: units, lines, kits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.inventory.sourcing.domain import Line


@dataclass(frozen=True, slots=True)
class Portion:
    """`count` times the same handful of goods; each of them leaves one place."""

    lines: tuple[Line, ...]
    # SKU and units of one handful
    needs: tuple[tuple[str, int], ...]
    count: int
    value: int

    @property
    def skus(self) -> Iterable[str]:
        return (sku for sku, _ in self.needs)

    @property
    def single(self) -> bool:
        """Units that may go anywhere one by one."""
        return self.count > 1 and len(self.needs) == 1 and self.needs[0][1] == 1

    def worth(self, count: int) -> int:
        """What so many handfuls are worth, in minor units."""
        return self.value * count // self.count


@dataclass(frozen=True, slots=True)
class Demand:
    """The portions of what is still wanted."""

    portions: tuple[Portion, ...]
    # SKUs of which several portions want some
    shared: frozenset[str]

    @property
    def skus(self) -> list[str]:
        return sorted({sku for portion in self.portions for sku in portion.skus})

    @property
    def value(self) -> int:
        return sum(portion.value for portion in self.portions)


def demand(lines: Sequence[Line], split_lines: bool) -> Demand:
    """Lines of one SKU together unit by unit, groups in whole multiples, what must stay whole whole."""
    grouped: dict[str, list[Line]] = {}
    for line in sorted(lines, key=lambda line: line.line_no):
        grouped.setdefault(_handful(line, split_lines), []).append(line)
    portions = tuple(_portion(members, split_lines) for members in grouped.values())
    seen: set[str] = set()
    shared: set[str] = set()
    for portion in portions:
        for sku in portion.skus:
            (shared if sku in seen else seen).add(sku)
    return Demand(portions, frozenset(shared))


def _handful(line: Line, split_lines: bool) -> str:
    if line.group:
        return f"group {line.group}"
    return f"line {line.line_no}" if line.whole or not split_lines else f"sku {line.sku}"


def _portion(lines: list[Line], split_lines: bool) -> Portion:
    value = sum(line.value for line in lines)
    first = lines[0]
    if not first.group:
        quantity = sum(line.quantity for line in lines)
        if first.whole or not split_lines:
            return Portion(tuple(lines), ((first.sku, quantity),), 1, value)
        return Portion(tuple(lines), ((first.sku, 1),), quantity, value)
    multiples = _multiples(lines) if split_lines else 1
    needs: dict[str, int] = {}
    for line in lines:
        needs[line.sku] = needs.get(line.sku, 0) + line.quantity // multiples
    return Portion(tuple(lines), tuple(sorted(needs.items())), multiples, value)


def _multiples(lines: Sequence[Line]) -> int:
    """How many whole kits the lines are; one, if they must stay together or make up no number of kits."""
    if any(line.together or line.whole or line.quantity % line.per_group for line in lines):
        return 1
    counts = {line.quantity // line.per_group for line in lines}
    return counts.pop() if len(counts) == 1 else 1


def taken(portion: Portion, counts: Sequence[tuple[str, int]]) -> list[tuple[Line, str, int]]:
    """Which units of which line leave which place, as places take so many handfuls each."""
    if len(portion.lines) == 1 or portion.lines[0].group:
        return [
            (line, location_id, line.quantity * count // portion.count)
            for location_id, count in counts
            for line in portion.lines
        ]
    return _in_turn(portion, counts)


def _in_turn(portion: Portion, counts: Sequence[tuple[str, int]]) -> list[tuple[Line, str, int]]:
    """Lines of one SKU are served one after the other."""
    found: list[tuple[Line, str, int]] = []
    lines = iter(portion.lines)
    line = next(lines)
    wanted = line.quantity
    for location_id, left in counts:
        while left:
            if not wanted:
                line = next(lines)
                wanted = line.quantity
            part = min(left, wanted)
            found.append((line, location_id, part))
            left, wanted = left - part, wanted - part  # noqa: PLW2901
    return found


def without(lines: Sequence[Line], gone: dict[int, int]) -> list[Line]:
    """The lines less the units that have a place."""
    left = []
    for line in lines:
        quantity = line.quantity - gone.get(line.line_no, 0)
        if quantity:
            left.append(replace(line, quantity=quantity, value=line.value * quantity // line.quantity))
    return left
