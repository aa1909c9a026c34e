"""The lines of a cart while rules are taking from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omo_pricing.cart import CartLine
from omo_pricing.catalogue import Catalogue, Item
from omo_pricing.sold import Pick, Piece, Sold
from omo_pricing.tax import Basis, tax_of

HIGHEST_AMOUNT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Share:
    """What an effect would take from one line."""

    line: OpenLine
    amount: int
    picks: tuple[Pick, ...] = ()
    """Of which units; empty: of all, by what each is worth."""
    points: int = 0
    """What it adds to the points that the line earns, in basis points of them."""


@dataclass(frozen=True, slots=True)
class Take:
    """What a rule took from a line."""

    rule_id: str
    amount: int
    picks: tuple[Pick, ...] = ()
    points: int = 0
    closes: str = ""
    """The stage for whose later rules the line is closed."""
    categorised: bool = False

    @property
    def marks(self) -> bool:
        """Whether it may close the line to others."""
        return bool(self.closes) or self.categorised


class OpenLine:
    """One line, what it still costs, and what was taken from it by which rule."""

    __slots__ = ("_marks", "_sold", "apart", "catalogue", "gross", "item", "left", "line", "method", "takes")

    def __init__(self, line: CartLine, item: Item, catalogue: Catalogue, gross: int, method: str = "") -> None:
        self.line = line
        self.item = item
        self.catalogue = catalogue
        self.gross = self.left = gross
        self.method = method
        """How the goods are brought, where this is the fee for it."""
        self.apart = line.gift_of is not None or line.settled is not None
        """It is no part of what rules look at."""
        self.takes: list[Take] = []
        self._marks = 0
        self._sold: Sold | None = None
        for rule_id, amount in (line.settled or {}).items():
            self.take(Take(rule_id, amount))

    def take(self, taken: Take) -> None:
        self.left -= taken.amount
        self.takes.append(taken)
        self._marks += taken.marks
        if self._sold is not None and taken.amount:
            self._sold.less(taken.rule_id, taken.amount, taken.picks)

    def untake(self) -> None:
        """As if the last rule had not come."""
        taken = self.takes.pop()
        self.left += taken.amount
        self._marks -= taken.marks
        self._sold = None

    @property
    def discounts(self) -> dict[str, int]:
        """By rule id, in the order in which they were taken."""
        return {taken.rule_id: taken.amount for taken in self.takes if taken.amount}

    @property
    def points(self) -> dict[str, int]:
        """By rule id, in basis points of what the line earns."""
        return {taken.rule_id: taken.points for taken in self.takes if taken.points}

    def closed(self, stage: str, categorised: bool) -> bool:
        """A rule that stops others has taken from it in this stage, or one with a category where one is the most."""
        if not self._marks:
            return False
        return any(taken.closes == stage or (categorised and taken.categorised) for taken in self.takes)

    def sold(self) -> Sold:
        """Its units with everything that was taken; made when somebody asks."""
        sold = Sold(self.line.units, self.gross)
        for taken in self.takes:
            if taken.amount:
                sold.less(taken.rule_id, taken.amount, taken.picks)
        return sold

    def pieces(self) -> Sequence[Piece]:
        """Its units as they stand now, in runs of equal ones."""
        if self._sold is None:
            self._sold = self.sold()
        return self._sold.pieces

    def amount(self, basis: Basis) -> int:
        """What the line still costs, with or without its tax."""
        return self.in_basis(self.left, basis)

    def in_basis(self, amount: int, basis: Basis) -> int:
        """An amount of the price list, with or without its tax."""
        included = self.catalogue.tax_included
        if included is (basis is Basis.INCLUDED):
            return amount
        tax = tax_of(amount, self.item.tax_rate_ppm, included, self.catalogue.policy.tax)
        return amount - tax if included else amount + tax

    def from_basis(self, amount: int, basis: Basis) -> int:
        """An amount with or without tax as one of the price list; what it may take is no more than there is."""
        included = self.catalogue.tax_included
        if included is (basis is Basis.INCLUDED):
            return min(amount, self.left)
        tax = tax_of(amount, self.item.tax_rate_ppm, not included, self.catalogue.policy.tax)
        return min(amount + tax if included else amount - tax, self.left)
