"""Buy so many, get some of them cheaper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from omo_pricing.allocation import Mode, spread
from omo_pricing.effects import Target
from omo_pricing.gives import Give
from omo_pricing.lines import OpenLine, Share
from omo_pricing.sold import Pick


class Select(StrEnum):
    """Which units become cheaper."""

    CHEAPEST = "cheapest"
    MOST_EXPENSIVE = "most_expensive"


@dataclass(frozen=True, slots=True)
class Pile:
    """Equal units of one line, for choosing among."""

    line: OpenLine
    place: int
    count: int
    worth: int
    """What each of them still costs."""


def piles(lines: Sequence[OpenLine], select: Select) -> list[Pile]:
    """All units of the lines, those that are chosen first in front; equals by line number, then by unit."""
    found = [
        Pile(line, place, piece.count, piece.net)
        for line in lines
        for place, piece in enumerate(line.pieces())
        if piece.net
    ]
    sign = 1 if select is Select.CHEAPEST else -1
    return sorted(found, key=lambda pile: (sign * pile.worth, pile.line.line.line_no, pile.place))


@dataclass(frozen=True, slots=True)
class Multibuy:
    """Of every `trigger_quantity` units `discounted_quantity` become cheaper.

    Goods are put into sets so that the shopper saves most, dearest with dearest: whoever splits his cart gains
    nothing by it. `cheapest` takes the cheapest of each set, `most_expensive` the dearest of all.
    """

    trigger_quantity: int
    discounted_quantity: int
    give: Give
    select: Select = Select.CHEAPEST
    max_occurrence: int | None = None
    whole_set: bool = False
    """The saving falls on all units of the sets by what each is worth, not only on those that became cheaper."""
    kind: ClassVar[str] = "multibuy"
    target: ClassVar[Target] = Target.GOODS

    def offer(self, lines: Sequence[OpenLine], _usual: Mode) -> list[Share]:
        dearest = piles(lines, Select.MOST_EXPENSIVE)
        units = sum(pile.count for pile in dearest)
        times = units // self.trigger_quantity
        if self.max_occurrence is not None:
            times = min(times, self.max_occurrence)
        if not times:
            return []
        how = lines[0].catalogue.policy.price
        chosen = list(self._chosen(dearest, times))
        saved = [(pile, count, self.give.of(pile.worth, 1, how) * count) for pile, count in chosen]
        if self.whole_set:
            saved = over_all(first(dearest, times * self.trigger_quantity), sum(amount for *_, amount in saved))
        return shares(saved)

    def _chosen(self, dearest: Sequence[Pile], times: int) -> Iterator[tuple[Pile, int]]:
        """How many of each pile become cheaper."""
        wanted = self.discounted_quantity
        if self.select is Select.MOST_EXPENSIVE:
            yield from first(dearest, times * wanted)
            return
        trigger = self.trigger_quantity
        below, most = 0, times * trigger
        for pile in dearest:
            begin, end = below, min(below + pile.count, most)
            below += pile.count
            # of each set the last `wanted` are cheaper: count them up to the end, less those up to the beginning
            count = _last_of_sets(end, trigger, wanted) - _last_of_sets(begin, trigger, wanted)
            if count > 0:
                yield pile, count

    def inputs(self, _usual: Mode) -> Mapping[str, int | str]:
        return {
            "trigger_quantity": self.trigger_quantity,
            "discounted_quantity": self.discounted_quantity,
            "select": self.select.value,
            "whole_set": int(self.whole_set),
            **self.give.inputs(),
        }


def _last_of_sets(units: int, trigger: int, wanted: int) -> int:
    """How many of the first `units` are among the last `wanted` of their set."""
    sets, rest = divmod(units, trigger)
    return sets * wanted + max(0, rest - (trigger - wanted))


def first(ordered: Sequence[Pile], units: int) -> list[tuple[Pile, int]]:
    """So many units from the front."""
    taken = []
    for pile in ordered:
        count = min(pile.count, units)
        if count:
            taken.append((pile, count))
        units -= count
    return taken


def over_all(units: Sequence[tuple[Pile, int]], amount: int) -> list[tuple[Pile, int, int]]:
    """An amount over units by what each is worth; remainders to the lowest line first."""
    ordered = sorted(units, key=lambda each: (each[0].line.line.line_no, each[0].place))
    runs = spread(amount, [(count, pile.worth) for pile, count in ordered])
    return [
        (pile, count, sum(each * share for each, share in run))
        for (pile, count), run in zip(ordered, runs, strict=True)
    ]


def shares(saved: Sequence[tuple[Pile, int, int]]) -> list[Share]:
    """By line: what is taken off which of its units."""
    picks: dict[int, list[Pick]] = {}
    lines: dict[int, OpenLine] = {}
    for pile, count, amount in saved:
        if amount:
            lines[pile.line.line.line_no] = pile.line
            picks.setdefault(pile.line.line.line_no, []).append(Pick(pile.place, count, amount))
    return [
        Share(lines[line_no], sum(pick.amount for pick in picks[line_no]), tuple(picks[line_no]))
        for line_no in sorted(picks)
    ]
