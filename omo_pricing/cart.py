"""What is to be priced, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from omo_pricing.rounding import Rounding, divide


@dataclass(frozen=True, slots=True)
class Price:
    """`amount` minor units for `scale` base units: 120 for 1 piece, 399 for 1000 grams."""

    amount: int
    scale: int = 1

    def of(self, quantity: int, how: Rounding) -> int:
        """The line total, which is the authority; rounded here, once."""
        return divide(self.amount * quantity, self.scale, how)


@dataclass(frozen=True, slots=True)
class CartLine:
    """One good and how much of it, in base units."""

    line_no: int
    sku: str
    quantity: int
    measure: bool = False
    """Sold by measure: one unit whose quantity was measured."""
    list_price: Price | None = None
    """Only for what a till already sold: the price that stood there, in the price list's tax basis.
    Price(total, quantity) states a line total to the unit. Nobody who orders may set it."""
    gift_of: str | None = None
    """The rule whose gift this is, of a basket that was sold: no other rule gives anything on it."""
    settled: Mapping[str, int] | None = field(default=None, hash=False)
    """What each rule gave when the line was priced before, as of an order that is paid at the till: its price stands,
    it takes no part in rules, and a code or coupon that gave something then gives nothing again."""

    @property
    def units(self) -> int:
        """How many units are sold: pieces, or the one measured unit."""
        return 1 if self.measure else self.quantity


@dataclass(frozen=True, slots=True)
class Spend:
    """Value that pays a part, such as points: taken after every discount, it lowers neither net nor tax."""

    source: str
    amount: int


@dataclass(frozen=True, slots=True)
class Fee:
    """What bringing the goods costs before rules, in the price list's tax basis."""

    key: str
    """Names it in the answer: one parcel, one address, whatever the caller charges by."""
    method: str
    amount: int
    tax_class: str = ""
    tax_rate_ppm: int = 0


@dataclass(frozen=True, slots=True)
class Cart:
    """What somebody wants to buy, where."""

    channel_id: str
    currency: str
    lines: tuple[CartLine, ...]
    location_id: str | None = None
    codes: tuple[str, ...] = ()
    """Compared exactly; the border decides about case and blanks."""
    spends: tuple[Spend, ...] = ()
    opened: tuple[str, ...] = ()
    """Ids of issued rules that the shopper holds a coupon or benefit for; whoever keeps those says so."""
    fees: tuple[Fee, ...] = ()
    refused: frozenset[str] = frozenset()
    """Ids of rules whose gift the shopper does not want."""
    remaining: Mapping[str, int] = field(default_factory=dict, hash=False)
    """By rule id, how often a rule with a limit may still be used by this shopper; whoever keeps the uses says so.
    A rule that is not named here is not held back: a till without a network cannot know."""


@dataclass(frozen=True, slots=True)
class Member:
    """What rules may ask about the shopper; a guest is Member()."""

    tier: str | None = None
    segments: frozenset[str] = frozenset()
    known: bool = False
    """Somebody whose uses can be counted."""
    bought: Mapping[str, int] = field(default_factory=dict, hash=False)
    """By id of a purchase limit, what he bought under it before."""
