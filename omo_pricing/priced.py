"""What a cart comes to, with everything needed to explain it, tax it and take it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from omo_pricing import record
from omo_pricing.cart import Price
from omo_pricing.catalogue import Policy
from omo_pricing.limits import Problem
from omo_pricing.reasons import Reason, Skipped
from omo_pricing.ruleset import Stage
from omo_pricing.units import UnitRun

ENGINE = 2
"""Raised when the same inputs would come to another result."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A rule that gave something: how much, on which lines, and what it reckoned with."""

    rule_id: str
    rule_version: str
    stage: Stage
    kind: str
    amount: int
    lines: tuple[tuple[int, int], ...]
    """(line_no, amount), by line number."""
    inputs: Mapping[str, int | str] = field(hash=False)
    fees: tuple[tuple[str, int], ...] = ()
    """(key, amount), of what it took off the fees."""
    points: tuple[tuple[int, int], ...] = ()
    """(line_no, basis points) more of what the line earns."""
    gift: int | None = None
    """The line that it added."""


@dataclass(frozen=True, slots=True)
class Use:
    """A rule with a limit gave something: to be counted once when the order is taken."""

    rule_id: str
    rule_version: str
    total: int | None
    per_member: int | None
    give_back: bool
    """Whether a cancelled order gives the use back."""


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """What became of a code: applied by these rules, or the reason why not."""

    code: str
    rule_ids: tuple[str, ...]
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Spent:
    """What of a spend was needed."""

    source: str
    asked: int
    amount: int


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line, from list price to what is left to pay; amounts are the whole line's."""

    line_no: int
    sku: str
    quantity: int
    measure: bool
    list_price: Price
    gross: int
    discounts: Mapping[str, int] = field(hash=False)
    """By rule id, in the order in which they were taken."""
    net: int
    tax_class: str
    tax_rate_ppm: int
    tax: int
    total: int
    """What the line costs: net, with the tax where prices do not hold it."""
    spent: Mapping[str, int] = field(hash=False)
    units: tuple[UnitRun, ...]
    gift_of: str | None = None
    """The rule that added the line."""
    points: Mapping[str, int] = field(default_factory=dict, hash=False)
    """By rule id: how much more the line earns, in basis points."""

    @property
    def payable(self) -> int:
        """What is left to pay in money."""
        return self.total - sum(self.spent.values())


@dataclass(frozen=True, slots=True)
class PricedFee:
    """What bringing the goods costs, from before rules to what is left to pay."""

    key: str
    method: str
    gross: int
    discounts: Mapping[str, int] = field(hash=False)
    net: int
    tax_class: str
    tax_rate_ppm: int
    tax: int
    total: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the lines and fees."""

    gross: int
    discount: int
    net: int
    tax: int
    total: int
    spent: int
    payable: int


@dataclass(frozen=True, slots=True)
class TaxSum:
    """What one tax class comes to."""

    tax_class: str
    tax_rate_ppm: int
    net: int
    tax: int


@dataclass(frozen=True, slots=True)
class Priced:
    """The answer, which names every version that it came from: the same inputs come to the same answer anywhere."""

    engine: int
    at: datetime
    channel_id: str
    location_id: str | None
    currency: str
    tax_included: bool
    policy: Policy
    catalogue_version: int
    price_list_version: int
    rules_version: str
    lines: tuple[PricedLine, ...]
    """By line number."""
    applied: tuple[Applied, ...]
    """In the order of application."""
    skipped: tuple[Skipped, ...]
    """Every other rule."""
    codes: tuple[CodeAnswer, ...]
    spent: tuple[Spent, ...]
    fees: tuple[PricedFee, ...] = ()
    uses: tuple[Use, ...] = ()
    """What is to be counted by whoever keeps the uses."""
    problems: tuple[Problem, ...] = ()
    """Purchase limits that the cart does not keep."""

    def to_dict(self, explain: bool = True) -> dict[str, object]:
        """A plain document, the same for the same price; without `explain` the skipped rules are left out."""
        document = record.plain(self if explain else replace(self, skipped=()))
        return cast(dict[str, object], document)

    @classmethod
    def from_dict(cls, document: Mapping[str, object]) -> Priced:
        """The price that `to_dict` wrote."""
        return record.read(cls, document, "priced")

    @property
    def totals(self) -> Totals:
        """What the whole cart comes to."""
        both: list[PricedLine | PricedFee] = [*self.lines, *self.fees]
        gross, net = sum(each.gross for each in both), sum(each.net for each in both)
        tax, total = sum(each.tax for each in both), sum(each.total for each in both)
        spent = sum(sum(line.spent.values()) for line in self.lines)
        return Totals(gross, gross - net, net, tax, total, spent, total - spent)

    @property
    def taxes(self) -> tuple[TaxSum, ...]:
        """By tax class and rate, as an invoice wants them."""
        sums: dict[tuple[str, int], tuple[int, int]] = {}
        charged: list[PricedLine | PricedFee] = [*self.lines, *self.fees]
        for line in charged:
            net, tax = sums.get((line.tax_class, line.tax_rate_ppm), (0, 0))
            sums[line.tax_class, line.tax_rate_ppm] = (net + line.net, tax + line.tax)
        return tuple(TaxSum(*key, *sums[key]) for key in sorted(sums))
