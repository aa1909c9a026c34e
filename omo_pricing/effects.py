"""What a rule takes off the lines that it falls on, line by line.

A new effect is one class, one row in effect_kinds.READERS and one entry in rules.schema.json.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

from omo_pricing.allocation import Mode, allocate
from omo_pricing.cart import Price
from omo_pricing.gives import WHOLE, Give
from omo_pricing.lines import OpenLine, Share
from omo_pricing.rounding import divide
from omo_pricing.tax import Basis

Inputs = Mapping[str, int | str]


class Target(StrEnum):
    """What an effect falls on."""

    GOODS = "goods"
    GIFT = "gift"
    FEES = "fees"


class Effect(Protocol):
    """Says what it would take; who applies it, and whether at all, is the stage's business."""

    kind: ClassVar[str]
    target: ClassVar[Target]

    def offer(self, lines: Sequence[OpenLine], usual: Mode, /) -> list[Share]:
        """What it takes from each line, never more than the line still costs; `usual` is the stage's mode."""

    def inputs(self, usual: Mode, /) -> Inputs:
        """What it reckons with, for the explanation."""


@dataclass(frozen=True, slots=True)
class PercentOff:
    """A part of what the goods still cost: rounded for each line (individual), else once for all of them."""

    basis_points: int
    mode: Mode | None = None
    """None: individual at the product and line stages, proportionate at the order stage."""
    kind: ClassVar[str] = "percent_off"
    target: ClassVar[Target] = Target.GOODS

    def offer(self, lines: Sequence[OpenLine], usual: Mode) -> list[Share]:
        mode, how = self.mode or usual, lines[0].catalogue.policy.price
        left = [line.left for line in lines]
        if mode is Mode.INDIVIDUAL:
            parts = [divide(amount * self.basis_points, WHOLE, how) for amount in left]
        else:
            parts = allocate(divide(sum(left) * self.basis_points, WHOLE, how), left, mode)
        return _shares(lines, parts)

    def inputs(self, usual: Mode) -> Inputs:
        return {"basis_points": self.basis_points, "mode": (self.mode or usual).value}


@dataclass(frozen=True, slots=True)
class AmountOff:
    """An amount, as far as the goods still cost that much."""

    amount: int
    mode: Mode | None = None
    """None: individual at the product and line stages, proportionate at the order stage."""
    each_unit: bool = False
    """The amount is for each unit of each line; there is then no other mode than individual."""
    basis: Basis | None = None
    """Whether the amount holds tax; None: as the price list does. It is turned into the list's before it is taken."""
    kind: ClassVar[str] = "amount_off"
    target: ClassVar[Target] = Target.GOODS

    def offer(self, lines: Sequence[OpenLine], usual: Mode) -> list[Share]:
        if self.basis is None:
            return _shares(lines, self._parts(lines, [line.left for line in lines], usual))
        parts = self._parts(lines, [line.amount(self.basis) for line in lines], usual)
        pairs = zip(lines, parts, strict=True)
        return _shares(lines, [line.from_basis(part, self.basis) for line, part in pairs])

    def _parts(self, lines: Sequence[OpenLine], left: list[int], usual: Mode) -> list[int]:
        if self.each_unit:
            return [min(self.amount * line.line.units, most) for line, most in zip(lines, left, strict=True)]
        mode = self.mode or usual
        return allocate(self.amount if mode is Mode.INDIVIDUAL else min(self.amount, sum(left)), left, mode)

    def inputs(self, usual: Mode) -> Inputs:
        mode = Mode.INDIVIDUAL if self.each_unit else self.mode or usual
        stated = {"basis": self.basis.value} if self.basis else {}
        return {"amount": self.amount, "mode": mode.value, "each_unit": int(self.each_unit), **stated}


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """Another price instead of the list's, for as many base units; never a dearer one."""

    amount: int
    kind: ClassVar[str] = "fixed_price"
    target: ClassVar[Target] = Target.GOODS

    def offer(self, lines: Sequence[OpenLine], _usual: Mode) -> list[Share]:
        return _shares(lines, [max(0, line.left - self._price(line)) for line in lines])

    def _price(self, line: OpenLine) -> int:
        # the catalogue's scale: a stated price of a sold line is one for all that was sold
        return Price(self.amount, line.item.price.scale).of(line.line.quantity, line.catalogue.policy.price)

    def inputs(self, _usual: Mode) -> Inputs:
        return {"amount": self.amount, "mode": Mode.INDIVIDUAL.value}


@dataclass(frozen=True, slots=True)
class Gift:
    """A good that comes free as a line of its own, unless the shopper does not want it."""

    sku: str
    quantity: int = 1
    kind: ClassVar[str] = "gift"
    target: ClassVar[Target] = Target.GIFT

    def offer(self, lines: Sequence[OpenLine], _usual: Mode) -> list[Share]:
        return _shares(lines, [line.left for line in lines])

    def inputs(self, _usual: Mode) -> Inputs:
        return {"sku": self.sku, "quantity": self.quantity}


@dataclass(frozen=True, slots=True)
class ShippingOff:
    """Something off what bringing the goods costs, for some methods or for all."""

    give: Give
    methods: frozenset[str] = frozenset()
    kind: ClassVar[str] = "shipping_off"
    target: ClassVar[Target] = Target.FEES

    def offer(self, lines: Sequence[OpenLine], _usual: Mode) -> list[Share]:
        how = lines[0].catalogue.policy.price
        return _shares(lines, [self.give.of(line.left, 1, how) for line in lines])

    def inputs(self, _usual: Mode) -> Inputs:
        return self.give.inputs()


@dataclass(frozen=True, slots=True)
class PointsMore:
    """More points than the goods earn anyway: 10,000 basis points more are twice as many."""

    basis_points: int
    kind: ClassVar[str] = "points_more"
    target: ClassVar[Target] = Target.GOODS

    def offer(self, lines: Sequence[OpenLine], _usual: Mode) -> list[Share]:
        return [Share(line, 0, points=self.basis_points) for line in lines]

    def inputs(self, _usual: Mode) -> Inputs:
        return {"basis_points": self.basis_points}


def _shares(lines: Sequence[OpenLine], parts: Sequence[int]) -> list[Share]:
    return [Share(line, part) for line, part in zip(lines, parts, strict=True) if part]
