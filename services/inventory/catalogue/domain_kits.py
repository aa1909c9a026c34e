"""Kits: goods made of other goods, as deep as a few kits in kits, and what of them can be had."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.errors import Code, Fault, invalid

DEEPEST = 5
LARGEST = 1_000_000


class KitCycle(Fault):
    """A kit that would hold itself, however many kits lie between."""

    code = Code.FAILED_PRECONDITION
    reason = "KIT_CYCLE"


@dataclass(frozen=True, slots=True)
class Component:
    """So many base units of a good in a kit."""

    sku: str
    quantity: int


# the components of each kit, one level deep; what is no kit is not in it
Kits = Mapping[str, Sequence[Component]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line that asks for a good, which may be a kit."""

    line_no: int
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Part:
    """What a line takes of a good that is no kit; `kit_sku` is what the line asked for, where that is one."""

    line_no: int
    sku: str
    quantity: int
    kit_sku: str = ""


def check(skus: Iterable[str], kits: Kits) -> None:
    """Refuses kits that hold themselves, lie too deep in each other or hold absurdly much."""
    heights: dict[str, int] = {}
    for sku in skus:
        if _height(sku, kits, (), heights) > DEEPEST:
            raise invalid("components", f"{sku} has more than {DEEPEST} kits in each other")
        if any(quantity > LARGEST for quantity in flat(sku, kits).values()):
            raise invalid("components", f"{sku} would hold more than {LARGEST} of a good")


def _height(sku: str, kits: Kits, path: tuple[str, ...], known: dict[str, int]) -> int:
    """How many kits lie in each other; a good that is no kit has none."""
    if sku in path:
        circle = " > ".join((*path[path.index(sku) :], sku))
        raise KitCycle(f"{sku} would hold itself: {circle}", sku=sku, path=circle)
    if sku not in known:
        inner = [_height(one.sku, kits, (*path, sku), known) for one in kits.get(sku, ())]
        known[sku] = 1 + max(inner) if inner else 0
    return known[sku]


@dataclass(frozen=True, slots=True)
class Definition:
    """What a SKU was made of from a moment on; nothing: it was no kit."""

    sku: str
    since: datetime
    components: tuple[Component, ...]


class History:
    """What kits were made of, and when: what happened before a change is taken apart as on its day."""

    def __init__(self, definitions: Iterable[Definition] = ()) -> None:
        self._of: dict[str, list[Definition]] = {}
        for one in sorted(definitions, key=lambda one: (one.sku, one.since)):
            self._of.setdefault(one.sku, []).append(one)
        self._times = sorted({one.since for each in self._of.values() for one in each})
        self._known: dict[tuple[str, int], dict[str, int]] = {}

    def __contains__(self, sku: str) -> bool:
        """Whether it was ever a kit."""
        return sku in self._of

    def changed(self, sku: str) -> bool:
        """Whether it was ever made of anything else, or a kit in some kit was."""
        return sku in self._of and len(self._times) > 1

    def parts(self, sku: str, at: datetime) -> dict[str, int]:
        """What one unit was made of in the end, by SKU; a good that was no kit is made of itself."""
        if sku not in self._of:
            return {sku: 1}
        key = (sku, bisect_right(self._times, at))
        if key not in self._known:
            self._known[key] = flat(sku, {one: self._components(one, at) for one in self._of})
        return self._known[key]

    def _components(self, sku: str, at: datetime) -> tuple[Component, ...]:
        """The last definition of the time; before the first one, the first: a till may have known it earlier."""
        held = [one for one in self._of[sku] if one.since <= at]
        return (held[-1] if held else self._of[sku][0]).components


def flat(sku: str, kits: Kits) -> dict[str, int]:
    """What one unit is made of in the end, by SKU; a good that is no kit is made of itself."""
    return _flat(sku, kits, {})


def _flat(sku: str, kits: Kits, known: dict[str, dict[str, int]]) -> dict[str, int]:
    if not kits.get(sku):
        return {sku: 1}
    if sku not in known:
        found: Counter[str] = Counter()
        for component in kits[sku]:
            for inner, quantity in _flat(component.sku, kits, known).items():
                found[inner] += quantity * component.quantity
        known[sku] = dict(found)
    return known[sku]


def explode(lines: Iterable[Wanted], kits: Kits) -> list[Part]:
    """The lines with each kit in its parts, in the order of the lines; within a line, each good once."""
    return [
        Part(line.line_no, sku, quantity * line.quantity, line.sku if kits.get(line.sku) else "")
        for line in lines
        for sku, quantity in flat(line.sku, kits).items()
    ]


def available(sku: str, kits: Kits, levels: Mapping[str, int]) -> int:
    """How many units one place can hand out: as many as its scarcest part allows, never fewer than none."""
    parts = flat(sku, kits)
    return max(0, min(levels.get(part, 0) // quantity for part, quantity in parts.items()))
