"""What must hold of the goods in a rule's scope, all together, when the rule's turn comes.

A new condition is one class here, one row in READERS and one entry in rules.schema.json.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from omo_pricing.fields import Fields
from omo_pricing.lines import HIGHEST_AMOUNT, OpenLine
from omo_pricing.reasons import Reason
from omo_pricing.tax import Basis


class Condition(Protocol):
    """Asked of the lines in scope, as they stand after the rules before."""

    reason: ClassVar[Reason]

    def short(self, lines: Sequence[OpenLine]) -> int:
        """How much is missing; zero or less where the condition holds."""


@dataclass(frozen=True, slots=True)
class MinQuantity:
    """At least so many units; a good sold by measure counts as one."""

    quantity: int
    kind: ClassVar[str] = "min_quantity"
    reason: ClassVar[Reason] = Reason.BELOW_MIN_QUANTITY

    def short(self, lines: Sequence[OpenLine]) -> int:
        return self.quantity - sum(line.line.units for line in lines)


@dataclass(frozen=True, slots=True)
class MinAmount:
    """At least such an amount, with or without tax."""

    amount: int
    basis: Basis = Basis.INCLUDED
    kind: ClassVar[str] = "min_amount"
    reason: ClassVar[Reason] = Reason.BELOW_MIN_AMOUNT

    def short(self, lines: Sequence[OpenLine]) -> int:
        return self.amount - sum(line.amount(self.basis) for line in lines)


def _min_quantity(fields: Fields) -> Condition:
    return MinQuantity(fields.whole("quantity", 1, HIGHEST_AMOUNT))


def _min_amount(fields: Fields) -> Condition:
    return MinAmount(fields.whole("amount", 1, HIGHEST_AMOUNT), fields.choice("basis", Basis, Basis.INCLUDED))


READERS = {MinQuantity.kind: _min_quantity, MinAmount.kind: _min_amount}
