"""The lines of a cart while rules are taking from them."""

from __future__ import annotations

from omo_pricing.cart import Cart, CartLine
from omo_pricing.catalogue import Catalogue, Item
from omo_pricing.errors import CartError, UnknownSku
from omo_pricing.tax import Basis, tax_of

HIGHEST_AMOUNT = 2**63 - 1


class OpenLine:
    """One line, what it still costs, and what was taken from it by which rule."""

    __slots__ = ("catalogue", "closed", "discounts", "gross", "item", "left", "line")

    def __init__(self, line: CartLine, item: Item, catalogue: Catalogue, gross: int) -> None:
        self.line = line
        self.item = item
        self.catalogue = catalogue
        self.gross = self.left = gross
        self.discounts: dict[str, int] = {}
        self.closed = False
        """A rule that stops others has taken from it in the stage that is running."""

    def take(self, rule_id: str, amount: int) -> None:
        self.left -= amount
        self.discounts[rule_id] = amount

    def amount(self, basis: Basis) -> int:
        """What the line still costs, with or without its tax."""
        included = self.catalogue.tax_included
        if included is (basis is Basis.INCLUDED):
            return self.left
        tax = tax_of(self.left, self.item.tax_rate_ppm, included, self.catalogue.policy.tax)
        return self.left - tax if included else self.left + tax


def open_lines(cart: Cart, catalogue: Catalogue) -> list[OpenLine]:
    """The cart at list prices, by line number; refuses what cannot be priced."""
    if cart.currency != catalogue.currency:
        raise CartError("cart.currency", f"must be the price list's, {catalogue.currency}")
    opened: dict[int, OpenLine] = {}
    total = 0
    for place, line in enumerate(cart.lines):
        path = f"cart.lines[{place}]"
        if line.line_no in opened:
            raise CartError(f"{path}.line_no", "must be unique in the cart")
        opened[line.line_no] = _opened(line, catalogue, path)
        total += opened[line.line_no].gross
    if total > HIGHEST_AMOUNT:
        raise CartError("cart.lines", "must come to an amount of at most 64 bits")
    _check_spends(cart)
    return [opened[line_no] for line_no in sorted(opened)]


def _opened(line: CartLine, catalogue: Catalogue, path: str) -> OpenLine:
    item = catalogue.items.get(line.sku)
    if item is None:
        raise UnknownSku(f"{path}.sku", f"must be in the catalogue: {line.sku}")
    _check_whole(line.line_no, 1, f"{path}.line_no")
    _check_whole(line.quantity, 1, f"{path}.quantity")
    price, owner = (line.list_price, path) if line.list_price else (item.price, f"catalogue.items[{line.sku}]")
    _check_whole(price.amount, 0, f"{owner}.price.amount")
    _check_whole(price.scale, 1, f"{owner}.price.scale")
    _check_whole(item.tax_rate_ppm, 0, f"catalogue.items[{line.sku}].tax_rate_ppm")
    return OpenLine(line, item, catalogue, price.of(line.quantity, catalogue.policy.price))


def _check_spends(cart: Cart) -> None:
    for place, spend in enumerate(cart.spends):
        _check_whole(spend.amount, 0, f"cart.spends[{place}].amount")
    if len({spend.source for spend in cart.spends}) != len(cart.spends):
        raise CartError("cart.spends", "must name each source once")


def _check_whole(value: object, lowest: int, path: str) -> None:
    if type(value) is not int or value < lowest:
        raise CartError(path, f"must be a whole number from {lowest} up")
