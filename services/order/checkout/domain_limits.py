"""Purchase limits of the rules: which a basket touches, what counts towards them, and which it does not keep."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from omo_pricing import Cart, Item, Member, Price, Priced, PurchaseLimit, RuleSet
from omo_pricing.goods import Goods
from services.order.checkout.domain_basket import Basket, Limited, OverLimit, Want
from services.order.checkout.domain_basket import PurchaseLimit as LimitRefused
from services.order.reference.domain import Good

# without a beginning of its own, a limit counts what was bought so long ago at most
_COUNTED = timedelta(days=365)
# who is about to order counts so long before his order is there
CLAIMED = timedelta(minutes=1)


def over(priced: Priced) -> tuple[OverLimit, ...]:
    """What the engine found."""
    return tuple(
        OverLimit(each.limit_id, each.over.value, each.allowed, each.units, each.lines) for each in priced.problems
    )


def touched(rules: RuleSet, wants: Sequence[Want], goods: Mapping[str, Good]) -> list[PurchaseLimit]:
    """The limits on what one member may buy in all under which any of these goods falls."""
    return [
        limit
        for limit in rules.purchase_limits
        if limit.max_per_member is not None
        and any(want.sku in goods and counts(limit, goods[want.sku]) for want in wants)
    ]


def limited(
    rules: RuleSet, basket: Basket, member: Member, at: datetime, goods: Mapping[str, Good]
) -> tuple[Limited, ...]:
    """Those that hold here, now and for this shopper, with how many units of the basket fall under each."""
    cart = Cart(basket.channel_id, "", (), basket.location_id or None)
    return tuple(
        Limited(limit.id, _units(limit, basket.wants, goods), limit.max_per_member)
        for limit in touched(rules, basket.wants, goods)
        if limit.max_per_member is not None and limit.scope.refusal(cart, member, at, rules.utc_offset) is None
    )


def since(limit: PurchaseLimit, now: datetime) -> datetime:
    """From when on what was bought counts."""
    return limit.scope.starts or now - _COUNTED


def counts(limit: PurchaseLimit, good: Good) -> bool:
    """Whether the good falls under the limit."""
    variant = good.variant
    item = Item(
        sku=variant.sku,
        price=Price(0, variant.scale),
        tax_class=variant.tax_class,
        tax_rate_ppm=0,
        product_id=variant.product_id,
        brand=variant.brand,
        categories=variant.categories,
        tags=variant.tags,
    )
    inside = limit.scope.include == Goods() or limit.scope.include.holds(item)
    return inside and not limit.scope.exclude.holds(item)


def bought(limit: PurchaseLimit, units: Mapping[str, int], goods: Mapping[str, Good]) -> int:
    """How many of the units that somebody bought, by SKU, fall under the limit."""
    return sum(count for sku, count in units.items() if sku in goods and counts(limit, goods[sku]))


def refusal(one: OverLimit) -> LimitRefused:
    """What an order is told that does not keep a limit."""
    return LimitRefused(
        f"{one.units} units, and {one.allowed} are allowed",
        limit_id=one.limit_id,
        over=one.over,
        allowed=one.allowed,
        units=one.units,
    )


def _units(limit: PurchaseLimit, wants: Sequence[Want], goods: Mapping[str, Good]) -> int:
    return sum(
        1 if goods[want.sku].variant.by_measure else want.quantity
        for want in wants
        if want.sku in goods and counts(limit, goods[want.sku])
    )
