"""The snapshot of goods, prices and taxes that a cart is priced from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from omo_pricing.cart import Price
from omo_pricing.rounding import Rounding
from omo_pricing.tax import TaxLevel


@dataclass(frozen=True, slots=True)
class Item:
    """One SKU: what it costs, how it is taxed, and by which names rules may mean it."""

    sku: str
    price: Price
    tax_class: str = ""
    tax_rate_ppm: int = 0
    """Millionths, so that 8.875 % has a number: 5 % is 50_000."""
    product_id: str = ""
    brand: str = ""
    categories: tuple[str, ...] = ()
    """The good's own and every wider one."""
    tags: tuple[str, ...] = ()

    def facets(self) -> Iterator[tuple[str, str]]:
        """Every name that a rule's scope may give for this good."""
        yield "skus", self.sku
        yield "products", self.product_id
        yield "brands", self.brand
        for category in self.categories:
            yield "categories", category
        for tag in self.tags:
            yield "tags", tag


@dataclass(frozen=True, slots=True)
class Policy:
    """How a brand rounds."""

    price: Rounding = Rounding.HALF_EVEN
    tax: Rounding = Rounding.HALF_EVEN
    tax_level: TaxLevel = TaxLevel.LINE


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Prices of one currency and one tax basis; it need hold no more than the cart's own SKUs.

    One basis for the whole snapshot is what keeps a stack of discounts from mixing amounts with and without tax.
    """

    catalogue_version: int
    price_list_version: int
    currency: str
    tax_included: bool
    items: Mapping[str, Item] = field(hash=False)
    policy: Policy = field(default_factory=Policy)
