"""What a partial return gives back where promotions must hold for what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from omo_pricing.cart import Cart, CartLine, Member, Price
from omo_pricing.catalogue import Catalogue
from omo_pricing.engine import evaluate
from omo_pricing.errors import CartError
from omo_pricing.priced import Priced
from omo_pricing.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Paid:
    """An amount and the tax in it."""

    total: int
    tax: int = 0


@dataclass(frozen=True, slots=True)
class Requalified:
    """What is given back so that what is kept costs what it would have cost alone."""

    refund: Paid
    short: int
    """What is kept would have cost so much more than was paid: nothing is asked for, nothing is given back."""
    kept: Priced
    """What is kept, as if bought alone: its units' shares are those that hold from now on."""


def requalify(
    kept: Cart,
    member: Member,
    catalogue: Catalogue,
    rules: RuleSet,
    at: datetime,
    *,
    paid: Paid,
    refunded: Paid | None = None,
) -> Requalified:
    """Paid less what `kept` would cost alone, never below zero and never above what is still paid.

    Everything else is what the sale was priced with: the same member, catalogue, rules and moment; `paid` is what
    the whole sale cost before spends and tenders, `refunded` what was given back of it before. `kept` is the cart of
    the sale less everything that came back (see `less`), with the list prices of the sale on its lines.
    """
    before = refunded or Paid(0)
    if not 0 <= before.total <= paid.total or not 0 <= before.tax <= paid.tax:
        raise CartError("refunded", "must be no more than was paid")
    priced = evaluate(replace(kept, spends=()), member, catalogue, rules, at)
    still, left = Paid(paid.total - before.total, paid.tax - before.tax), priced.totals
    refund = max(0, still.total - left.total)
    tax = min(refund, max(0, still.tax - left.tax))
    return Requalified(Paid(refund, tax), max(0, left.total - still.total), priced)


def less(sold: Priced, cart: Cart, returned: Mapping[int, int]) -> Cart:
    """The cart of a sale less what came back: units by line, at the list prices of the sale.

    A gift that is kept stays as the gift of its rule, and costs its list price where the rule holds no longer; one
    that came back is not given again.
    """
    lines = {line.line_no: line for line in cart.lines}
    numbers = {line.line_no for line in sold.lines}
    for line_no in returned:
        if line_no not in numbers:
            raise CartError(f"returned.{line_no}", "must be a line of the sale")
    kept: list[CartLine] = []
    refused = set(cart.refused)
    for line in sold.lines:
        was = lines.get(line.line_no) or CartLine(line.line_no, line.sku, line.quantity, gift_of=line.gift_of)
        back = returned.get(line.line_no, 0)
        if not 0 <= back <= was.units:
            raise CartError(f"returned.{line.line_no}", f"must be 0 to {was.units} units")
        if back < was.units:
            quantity = was.quantity if was.measure else was.quantity - back
            kept.append(replace(was, quantity=quantity, list_price=_listed(line.list_price, was)))
        elif line.gift_of:
            refused.add(line.gift_of)
    return replace(cart, lines=tuple(kept), refused=frozenset(refused))


def _listed(sold: Price, line: CartLine) -> Price:
    return line.list_price or sold
