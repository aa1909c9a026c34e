"""Prices that stand still for a shopper: kept as they are now, and put in the place of what the lists say later."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from omo_pricing import price_lists
from services.order.checkout.domain_basket import Basket, KeptPrice
from services.order.reference.domain import Good, PriceList, Surroundings

_WITH, _WITHOUT = "kept:tax-included", "kept:tax-on-top"


def now(
    basket: Basket, tier: str, at: datetime, around: Surroundings, goods: Mapping[str, Good], currency: str
) -> tuple[KeptPrice, ...]:
    """The price that holds for each good; what has none is left out, and will have none."""
    lists = [
        each
        for each in around.price_lists
        if each.currency == currency and each.applies(basket.channel_id, basket.location_id, tier, at)
    ]
    found: dict[str, KeptPrice] = {}
    included: bool | None = None
    for want in basket.wants:
        good = goods.get(want.sku)
        listed = price_lists.deciding(lists, good.prices, included) if good is not None else None
        if good is None or listed is None:
            continue
        included = listed.tax_included
        found[want.sku] = KeptPrice(want.sku, good.prices[listed.price_list_id], listed.tax_included)
    return tuple(found.values())


def still(
    kept: Sequence[KeptPrice], around: Surroundings, goods: Mapping[str, Good], currency: str
) -> tuple[Surroundings, dict[str, Good]]:
    """The copies with these prices in them, before every list of the brand."""
    version = max((each.version for each in around.price_lists), default=0)
    lists = [_list(name, name == _WITH, currency, version) for name in (_WITH, _WITHOUT)]
    prices = {each.sku: each for each in kept}
    changed = {
        sku: Good(
            good.variant,
            {**good.prices, _WITH if prices[sku].tax_included else _WITHOUT: prices[sku].amount},
            good.channels,
            good.locations,
        )
        if sku in prices
        else good
        for sku, good in goods.items()
    }
    return replace(around, price_lists=(*lists, *around.price_lists)), changed


def _list(name: str, included: bool, currency: str, version: int) -> PriceList:
    anywhere: frozenset[str] = frozenset()
    return PriceList(name, currency, included, anywhere, anywhere, anywhere, None, None, 0, version)
