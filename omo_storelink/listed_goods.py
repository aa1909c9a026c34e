"""Goods and price lists of the till's copies as the pricing engine wants them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from omo.inventory.v1 import catalogue_pb2
from omo_pricing import Item, Price


@dataclass(frozen=True, slots=True)
class Listed:
    """A price list's head, by the names of the shared rule."""

    price_list_id: str
    channels: Sequence[str]
    locations: Sequence[str]
    tiers: Sequence[str]
    starts: datetime | None
    ends: datetime | None
    priority: int
    tax_included: bool
    version: int


def item(product: catalogue_pb2.Product, variant: catalogue_pb2.Variant, amount: int, rates: Mapping[str, int]) -> Item:
    """A good at a price."""
    return Item(
        sku=variant.sku,
        price=Price(amount, max(variant.scale, 1)),
        tax_class=variant.tax_class,
        tax_rate_ppm=rates.get(variant.tax_class, 0) * 100,
        product_id=product.product_id,
        brand=product.brand,
        categories=tuple(product.categories),
        tags=tuple(product.tags),
    )


def listed(said: catalogue_pb2.PriceList) -> Listed:
    """A price list's head."""
    return Listed(
        said.price_list_id,
        said.channel_ids,
        said.location_ids,
        said.tiers,
        said.start_time.ToDatetime(UTC) if said.HasField("start_time") else None,
        said.end_time.ToDatetime(UTC) if said.HasField("end_time") else None,
        said.priority,
        said.tax_included,
        said.version,
    )
