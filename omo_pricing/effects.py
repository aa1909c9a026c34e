"""What a rule takes off the lines in its scope.

A new effect is one class here, one row in READERS and one entry in rules.schema.json.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from omo_pricing.allocation import Mode, allocate
from omo_pricing.errors import RuleError
from omo_pricing.fields import Fields
from omo_pricing.lines import HIGHEST_AMOUNT, OpenLine
from omo_pricing.rounding import divide

WHOLE = 10_000


class Effect(Protocol):
    """Says what it would take; who applies it, and whether at all, is the stage's business."""

    kind: ClassVar[str]

    def shares(self, lines: Sequence[OpenLine], usual: Mode) -> list[int]:
        """What it takes from each line, never more than the line still costs; `usual` is the stage's mode."""

    def inputs(self, usual: Mode) -> Mapping[str, int | str]:
        """What it reckons with, for the explanation."""


@dataclass(frozen=True, slots=True)
class PercentOff:
    """A part of what the goods still cost: rounded for each line (individual), else once for all of them."""

    basis_points: int
    mode: Mode | None = None
    """None: individual at the product and line stages, proportionate at the order stage."""
    kind: ClassVar[str] = "percent_off"

    def shares(self, lines: Sequence[OpenLine], usual: Mode) -> list[int]:
        mode, how = self.mode or usual, lines[0].catalogue.policy.price
        left = [line.left for line in lines]
        if mode is Mode.INDIVIDUAL:
            return [divide(amount * self.basis_points, WHOLE, how) for amount in left]
        return allocate(divide(sum(left) * self.basis_points, WHOLE, how), left, mode)

    def inputs(self, usual: Mode) -> Mapping[str, int | str]:
        return {"basis_points": self.basis_points, "mode": (self.mode or usual).value}


@dataclass(frozen=True, slots=True)
class AmountOff:
    """An amount in the price list's tax basis, as far as the goods still cost that much."""

    amount: int
    mode: Mode | None = None
    """None: individual at the product and line stages, proportionate at the order stage."""
    each_unit: bool = False
    """The amount is for each unit of each line; there is then no other mode than individual."""
    kind: ClassVar[str] = "amount_off"

    def shares(self, lines: Sequence[OpenLine], usual: Mode) -> list[int]:
        if self.each_unit:
            return [min(self.amount * line.line.units, line.left) for line in lines]
        mode, left = self.mode or usual, [line.left for line in lines]
        if mode is Mode.INDIVIDUAL:
            return allocate(self.amount, left, mode)
        return allocate(min(self.amount, sum(left)), left, mode)

    def inputs(self, usual: Mode) -> Mapping[str, int | str]:
        mode = Mode.INDIVIDUAL if self.each_unit else self.mode or usual
        return {"amount": self.amount, "mode": mode.value, "each_unit": int(self.each_unit)}


def _percent_off(fields: Fields) -> Effect:
    return PercentOff(fields.whole("basis_points", 1, WHOLE), fields.optional_choice("mode", Mode))


def _amount_off(fields: Fields) -> Effect:
    amount = fields.whole("amount", 1, HIGHEST_AMOUNT)
    mode, each_unit = fields.optional_choice("mode", Mode), fields.flag("each_unit")
    if each_unit and mode not in {None, Mode.INDIVIDUAL}:
        raise RuleError(fields.at("mode"), "must be individual where the amount is for each unit")
    return AmountOff(amount, mode, each_unit)


READERS = {PercentOff.kind: _percent_off, AmountOff.kind: _amount_off}
