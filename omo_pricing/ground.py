"""Everything that rules may take from: the cart's lines at list prices, its fees, and the gifts that rules add."""

from __future__ import annotations

from omo_pricing.cart import Cart, CartLine, Fee, Price
from omo_pricing.catalogue import Catalogue, Item
from omo_pricing.errors import CartError, UnknownSku
from omo_pricing.lines import HIGHEST_AMOUNT, OpenLine


class Ground:
    """A cart laid open; made anew for each way in which its rules are tried."""

    __slots__ = ("_catalogue", "_gifts", "_next", "cart", "fees", "lines", "open")

    def __init__(self, cart: Cart, catalogue: Catalogue) -> None:
        self.cart = cart
        self.lines = open_lines(cart, catalogue)
        self.open = [line for line in self.lines if not line.apart]
        self.fees = [_opened_fee(fee, catalogue, f"cart.fees[{place}]") for place, fee in enumerate(cart.fees)]
        if len({fee.key for fee in cart.fees}) != len(cart.fees):
            raise CartError("cart.fees", "must name each key once")
        self._catalogue = catalogue
        self._gifts = {line.line.gift_of: line for line in self.lines if line.line.gift_of}
        self._next = max((line.line.line_no for line in self.lines), default=0) + 1

    def gift(self, rule_id: str, sku: str, quantity: int) -> OpenLine | None:
        """The line that a rule gives away: the cart's, or a new one after all others; None: nobody sells it."""
        if rule_id not in self._gifts:
            item = self._catalogue.items.get(sku)
            if item is None:
                return None
            line = CartLine(self._next, sku, quantity, gift_of=rule_id)
            self._gifts[rule_id] = _opened(line, self._catalogue, f"gifts[{rule_id}]")
            self._next += 1
        return self._gifts[rule_id]

    def priced(self) -> list[OpenLine]:
        """The lines of the answer: the cart's, and the gifts that were given."""
        given = [line for line in self._gifts.values() if line.takes]
        return sorted({line.line.line_no: line for line in [*self.lines, *given]}.values(), key=_number)

    def settled(self, rule_id: str) -> bool:
        """Whether a line that was priced before has something of the rule."""
        return any(rule_id in (line.line.settled or {}) for line in self.lines)

    @property
    def left(self) -> int:
        """What goods and fees come to now."""
        return sum(line.left for line in self.lines) + sum(fee.left for fee in self.fees)


def _number(line: OpenLine) -> int:
    return line.line.line_no


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
    gross = price.of(line.quantity, catalogue.policy.price)
    for rule_id, amount in (line.settled or {}).items():
        _check_whole(amount, 0, f"{path}.settled.{rule_id}")
    if line.settled and sum(line.settled.values()) > gross:
        raise CartError(f"{path}.settled", "must be no more than the line is worth")
    return OpenLine(line, item, catalogue, gross)


def _opened_fee(fee: Fee, catalogue: Catalogue, path: str) -> OpenLine:
    """A fee is a line of one unit that no scope of goods leads to."""
    _check_whole(fee.amount, 0, f"{path}.amount")
    _check_whole(fee.tax_rate_ppm, 0, f"{path}.tax_rate_ppm")
    item = Item(fee.key, Price(fee.amount), fee.tax_class, fee.tax_rate_ppm)
    return OpenLine(CartLine(0, fee.key, 1), item, catalogue, fee.amount, fee.method)


def _check_spends(cart: Cart) -> None:
    for place, spend in enumerate(cart.spends):
        _check_whole(spend.amount, 0, f"cart.spends[{place}].amount")
    if len({spend.source for spend in cart.spends}) != len(cart.spends):
        raise CartError("cart.spends", "must name each source once")


def _check_whole(value: object, lowest: int, path: str) -> None:
    if type(value) is not int or value < lowest:
        raise CartError(path, f"must be a whole number from {lowest} up")
