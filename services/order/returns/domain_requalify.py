"""What the goods that stay would have cost alone, where a gift, a multibuy or a bundle had joined them to others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import omo_pricing
from omo_pricing import Cart, CartLine, Paid, Price
from services.order.checkout.domain import Line, Order
from services.order.fulfilment import domain_units as fulfilled
from services.order.fulfilment.domain_units import Run
from services.order.promotions.domain import RuleBook
from services.order.promotions.domain_past import PastLine, PastOrder, Replay
from services.order.reference.domain import Good, Surroundings

_JOINING = frozenset({"gift", "multibuy", "bundle"})

# by line, the runs of units that are the shopper's no more
Out = Mapping[int, Sequence[Run]]


@dataclass(frozen=True, slots=True)
class Known:
    """What the order was priced with, as far as it is known still."""

    book: RuleBook
    around: Surroundings
    goods: Mapping[str, Good]
    tier: str


def joined(order: Order, book: RuleBook) -> bool:
    """Whether any of the order's discounts hangs on other goods."""
    kinds = {rule.id: rule.effect.kind for rule in book.rules.rules}
    return any(kinds.get(one.rule_id) in _JOINING for line in order.lines for one in line.discounts)


def dearer(order: Order, known: Known, before: Out, now: Out, requalified: int) -> int:
    """How much less than their own part the units of `now` give, so that what stays costs what it would alone.

    Below 0 where more comes back: at most the `requalified` that was kept of what came `before`.
    """
    own = sum(_cost(line, run, order.tax_included) for line in order.lines for run in now.get(line.line_no, ()))
    gone = sum(_cost(line, run, order.tax_included) for line in order.lines for run in before.get(line.line_no, ()))
    paid = order.totals.grand_total - order.totals.shipping_total + order.totals.points_value
    basket = Replay(known.around, known.goods, known.book).basket(_past(order, known.tier), known.book)
    out = {number: [*before.get(number, ()), *now.get(number, ())] for number in (*before, *now)}
    kept = _kept(order, basket.cart, out, known.book)
    back = gone - requalified
    if not kept.lines:
        return own - max(paid - back, 0)
    told = omo_pricing.requalify(
        kept, basket.member, basket.catalogue, known.book.rules, order.business_time, paid=Paid(paid),
        refunded=Paid(min(max(back, 0), paid)),
    )  # fmt: skip
    return max(own - told.refund.total, -requalified)


def _kept(order: Order, cart: Cart, out: Out, book: RuleBook) -> Cart:
    """The cart less what came back; a gift stays the gift of its rule, and one that came back is not given again."""
    gifts = {rule.id for rule in book.rules.rules if rule.effect.kind == "gift"}
    lines, refused = [], set(cart.refused)
    for line in order.lines:
        gift_of = next((one.rule_id for one in line.discounts if one.rule_id in gifts), None)
        many = fulfilled.count(line) - sum(last - first + 1 for first, last in out.get(line.line_no, ()))
        if many > 0 and line.quantity > 0:
            quantity = line.quantity if line.by_measure else many
            price = Price(line.list_total, line.quantity)
            lines.append(CartLine(line.line_no, line.sku, quantity, line.by_measure, list_price=price, gift_of=gift_of))
        elif gift_of:
            refused.add(gift_of)
    return replace(cart, lines=tuple(lines), refused=frozenset(refused))


def _past(order: Order, tier: str) -> PastOrder:
    lines = tuple(
        PastLine(
            line.line_no, line.sku, line.quantity, line.by_measure, line.list_total,
            {one.rule_id: one.amount for one in line.discounts},
        )
        for line in order.lines
    )  # fmt: skip
    return PastOrder(
        order.order_id, order.channel_id, order.location_id, order.member_id, order.business_time, order.currency,
        order.tax_included, order.rules_version, tier, lines,
    )  # fmt: skip


def _cost(line: Line, run: Run, tax_included: bool) -> int:
    """What these units cost before anything paid for them."""
    by_points = sum(
        max(min(units.last, run[1]) - max(units.first, run[0]) + 1, 0) * units.points_value for units in line.units
    )
    if run == (0, fulfilled.count(line) - 1):
        by_points = line.points_value
    return fulfilled.payable(line, run, tax_included) + by_points
