"""A set of different goods that is cheaper together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from omo_pricing.allocation import Mode
from omo_pricing.effects import Target
from omo_pricing.gives import Give, Off
from omo_pricing.goods import Facet, Goods
from omo_pricing.lines import OpenLine, Share
from omo_pricing.matching import fill
from omo_pricing.multibuy import Pile, Select, over_all, piles, shares


@dataclass(frozen=True, slots=True)
class Part:
    """So many of some goods; each unit counts for one part only."""

    goods: Goods
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Bundle:
    """So many of each part make a set; what a set saves falls on all its units by what each is worth.

    As many sets are made as the goods allow and as save something, whatever the parts have in common.
    """

    parts: tuple[Part, ...]
    give: Give
    select: Select = Select.MOST_EXPENSIVE
    max_occurrence: int | None = None
    kind: ClassVar[str] = "bundle"
    target: ClassVar[Target] = Target.GOODS

    def facets(self) -> Iterator[Facet]:
        """What leads to a rule that names no goods itself."""
        for part in self.parts:
            yield from part.goods.facets()

    def offer(self, lines: Sequence[OpenLine], _usual: Mode) -> list[Share]:
        ordered = piles(lines, self.select)
        fits = [
            [number for number, part in enumerate(self.parts) if part.goods.holds(pile.line.item)] for pile in ordered
        ]
        each = sum(part.quantity for part in self.parts)
        most = sum(pile.count for pile, parts in zip(ordered, fits, strict=True) if parts) // each
        most = most if self.max_occurrence is None else min(most, self.max_occurrence)

        def made(times: int) -> list[tuple[Pile, int]]:
            """The units of so many sets; nothing where there are not enough."""
            counts = fill([pile.count for pile in ordered], fits, [part.quantity * times for part in self.parts])
            return [(pile, count) for pile, count in zip(ordered, counts, strict=True) if count] if counts else []

        how = lines[0].catalogue.policy.price

        def saved(times: int) -> int:
            return self.give.of(sum(pile.worth * count for pile, count in made(times)), times, how)

        times = _last(most, lambda times: bool(made(times)))
        if self.give.off is Off.PRICE:
            # each further set saves no more than the one before it
            times = _last(times, lambda times: saved(times) > saved(times - 1))
        return shares(over_all(made(times), saved(times))) if times and saved(times) else []

    def inputs(self, _usual: Mode) -> Mapping[str, int | str]:
        return {"parts": len(self.parts), "select": self.select.value, **self.give.inputs()}


def _last(most: int, holds: Callable[[int], bool]) -> int:
    """The last number from 1 to `most` for which it holds, of those that hold up to some number; 0 where none does."""
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        low, most = (middle, most) if holds(middle) else (low, middle - 1)
    return low
