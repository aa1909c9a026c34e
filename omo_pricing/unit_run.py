"""A run of equal sold units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class UnitRun:
    """The units `first` to `last` of a line (from 0, both inclusive); the amounts are those of EACH of them."""

    first: int
    last: int
    gross: int
    discounts: Mapping[str, int] = field(hash=False)
    """By rule id, in the order in which they were taken; what is zero is left out."""
    net: int
    tax: int
    total: int
    """What the unit costs: net, with the tax where prices do not hold it."""
    spent: Mapping[str, int] = field(hash=False)
    """By source: the part of `total` that was paid by points and the like."""

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    @property
    def payable(self) -> int:
        """What is left to pay in money: the earn base."""
        return self.total - sum(self.spent.values())
