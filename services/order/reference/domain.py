"""What order knows of other services' truths: enough to price a basket without asking anybody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from omo_pricing import Gate, Item, Price, Window, price_lists
from services.order.freight.domain import Terms as Freight
from services.order.preorders.domain import Offer


@dataclass(frozen=True, slots=True)
class Variant:
    """A sellable good."""

    sku: str
    product_id: str
    product_version: int
    name: str
    scale: int
    by_measure: bool
    tax_class: str
    brand: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    active: bool = True
    placeholder: bool = False
    serials: bool = False
    """Whether each unit of it has one; only those need it who let units go and take them back."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """Where, when and for whom a list of prices holds; what is empty means any."""

    price_list_id: str
    currency: str
    tax_included: bool
    channels: frozenset[str]
    locations: frozenset[str]
    tiers: frozenset[str]
    starts: datetime | None
    ends: datetime | None
    priority: int
    version: int

    @property
    def rank(self) -> tuple[int, int, str]:
        """The highest wins."""
        return price_lists.rank(self)

    def applies(self, channel_id: str, location_id: str, tier: str, at: datetime) -> bool:
        """Whether it holds there, then, for such a shopper."""
        return price_lists.holds(self, channel_id, location_id, tier, at)


@dataclass(frozen=True, slots=True)
class Location:
    """A place that holds stock; a store is one."""

    location_id: str
    kind: str
    name: str
    pickup: bool
    ships: bool
    active: bool
    listed_only: bool = False


@dataclass(slots=True)
class Good:
    """A variant with its price in each list, and what the pricing engine makes of each, made once."""

    variant: Variant
    prices: Mapping[str, int]
    channels: Mapping[str, Window] = field(default_factory=dict)
    """What its assortment says of channels."""
    locations: Mapping[str, Window] = field(default_factory=dict)
    """What its assortment says of places."""
    _items: dict[tuple[str, int], Item] = field(default_factory=dict)

    def item(self, price_list_id: str, tax_rate_bp: int) -> Item:
        """The good as the engine wants it."""
        key = (price_list_id, tax_rate_bp)
        found = self._items.get(key)
        if found is None:
            variant = self.variant
            found = self._items[key] = Item(
                sku=variant.sku,
                price=Price(self.prices[price_list_id], variant.scale),
                tax_class=variant.tax_class,
                tax_rate_ppm=tax_rate_bp * 100,
                product_id=variant.product_id,
                brand=variant.brand,
                categories=variant.categories,
                tags=variant.tags,
            )
        return found


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything small that a price depends on; read whole whenever any of it changes."""

    version: int
    channels: Mapping[str, str]
    """Kind by channel: ONLINE or STORE."""
    locations: Mapping[str, Location]
    tax_rates: Mapping[str, int]
    """Basis points by tax class."""
    price_lists: tuple[PriceList, ...]
    """The one that wins first."""
    point_value: int
    rules_version: str
    invoices: bool = False
    """Whether orders get electronic invoices."""
    listed_only: frozenset[str] = frozenset()
    """Channels that sell only what an assortment lists."""
    preorders: Mapping[str, Offer] = field(default_factory=dict)
    """By SKU: what is sold before it is there."""
    freight: Freight = field(default_factory=Freight)
    """What bringing goods costs."""

    def gates(self, good: Good, channel_id: str, location_id: str) -> tuple[Gate, Gate | None]:
        """What a channel, and a store where there is one, say of a good."""
        channel = Gate(channel_id in self.listed_only, good.channels.get(channel_id))
        if not location_id:
            return channel, None
        place = self.locations.get(location_id)
        return channel, Gate(place is not None and place.listed_only, good.locations.get(location_id))
