"""Past orders as baskets that the engine can price again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from omo_pricing import Cart, CartLine, Catalogue, Item, Member, PastBasket, Price, price_lists
from services.order.promotions.domain import RuleBook
from services.order.reference.domain import Good, Surroundings


@dataclass(frozen=True, slots=True)
class PastLine:
    """A line as it was sold; discounts by rule id."""

    line_no: int
    sku: str
    quantity: int
    by_measure: bool
    list_total: int
    discounts: dict[str, int]


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order as it was sold."""

    order_id: str
    channel_id: str
    location_id: str
    member_id: str | None
    business_time: datetime
    currency: str
    tax_included: bool
    rules_version: str
    tier: str
    lines: tuple[PastLine, ...]


class Replay:
    """What a past order is priced from: its own prices and time, and everything else as we know it now."""

    def __init__(self, around: Surroundings, goods: Mapping[str, Good], draft: RuleBook) -> None:
        self._around = around
        self._goods = goods
        self._draft = draft

    def basket(self, order: PastOrder, book: RuleBook) -> PastBasket:
        """The basket; `book` held when the order was made.

        What opened a rule is not kept with an order, so whatever gave something is opened again; gifts are left out of
        the basket, for the draft gives its own.
        """
        given = {line.line_no: line.discounts for line in order.lines}
        used = {rule_id for discounts in given.values() for rule_id in discounts}
        gifts = {rule.id for rule in book.rules.rules if rule.effect.kind == "gift"}
        lines = tuple(_line(line) for line in order.lines if line.quantity > 0 and not gifts & line.discounts.keys())
        cart = Cart(
            channel_id=order.channel_id,
            currency=order.currency,
            lines=lines,
            location_id=order.location_id or None,
            codes=tuple(sorted(self._codes(used, book))),
            opened=tuple(sorted(used)),
        )
        member = Member(order.tier or None, known=order.member_id is not None)
        return PastBasket(order.order_id, cart, member, self._catalogue(order), order.business_time, given)

    def _codes(self, used: set[str], book: RuleBook) -> set[str]:
        """One code of each rule that gave something, as the order's rules spell it and as the draft does."""
        coded = [rule for held in (book, self._draft) for rule in held.rules.rules if rule.codes and rule.id in used]
        return {min(rule.codes) for rule in coded}

    def _catalogue(self, order: PastOrder) -> Catalogue:
        skus = {line.sku for line in order.lines} | self._draft.gifts
        items = {sku: self._item(sku, self._goods[sku], order) for sku in sorted(skus) if sku in self._goods}
        return Catalogue(0, 0, order.currency, order.tax_included, items)

    def _item(self, sku: str, good: Good, order: PastOrder) -> Item:
        """The good with today's names; its price counts only where it is a gift."""
        variant = good.variant
        return Item(
            sku=sku,
            price=Price(self._price(good, order.business_time, order), variant.scale),
            tax_class=variant.tax_class,
            tax_rate_ppm=self._around.tax_rates.get(variant.tax_class, 0) * 100,
            product_id=variant.product_id,
            brand=variant.brand,
            categories=variant.categories,
            tags=variant.tags,
        )

    def _price(self, good: Good, at: datetime, order: PastOrder) -> int:
        place = (order.channel_id, order.location_id, order.tier, at)
        listed = [each for each in self._around.price_lists if each.applies(*place)]
        deciding = price_lists.deciding(listed, good.prices, order.tax_included)
        return good.prices[deciding.price_list_id] if deciding else 0


def _line(sold: PastLine) -> CartLine:
    stated = Price(sold.list_total, sold.quantity)
    return CartLine(sold.line_no, sold.sku, sold.quantity, sold.by_measure, list_price=stated)
