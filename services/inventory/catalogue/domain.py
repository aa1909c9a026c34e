"""What exists: products, places, channels and prices, with the rules that keep their codes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from kit.errors import Code, Fault, invalid
from services.inventory.catalogue.domain_hours import Hours, SpecialDay
from services.inventory.catalogue.domain_kits import Component


class NotFound(Fault):
    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


class UnknownSku(Fault):
    code = Code.NOT_FOUND
    reason = "UNKNOWN_SKU"


class ImmutableCode(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "IMMUTABLE_CODE"


class BarcodeTaken(Fault):
    code = Code.ALREADY_EXISTS
    reason = "BARCODE_TAKEN"


@dataclass(frozen=True, slots=True)
class Variant:
    """A sellable good."""

    sku: str
    title: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    barcodes: tuple[str, ...] = ()
    base_unit: str = "PIECE"
    scale: int = 1
    by_measure: bool = False
    tax_class: str = ""
    unit_cost: int = 0
    active: bool = True
    components: tuple[Component, ...] = ()
    # what has to be known of its units: LOT, EXPIRY, SERIAL
    tracking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Media:
    """A link to a picture or film; of one variant only where a SKU is named."""

    url: str
    kind: str = "IMAGE"
    alt: Mapping[str, str] = field(default_factory=dict)
    position: int = 0
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """What shoppers think of as one thing."""

    product_id: str
    name: str
    names: Mapping[str, str] = field(default_factory=dict)
    brand: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    active: bool = True
    placeholder: bool = False
    version: int = 0
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Location:
    """A place that holds stock."""

    location_id: str
    kind: str
    name: str
    names: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    time_zone: str = ""
    address: str = ""
    pickup: bool = False
    ships: bool = False
    active: bool = True
    placeholder: bool = False
    version: int = 0
    sellable: bool = True
    latitude: float | None = None
    longitude: float | None = None
    hours: tuple[Hours, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    daily_order_capacity: int | None = None
    franchise: bool = False
    web_orders_opt_in: bool = False
    listed_only: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """What a group code that locations name is for."""

    group_id: str
    kind: str
    name: str
    names: Mapping[str, str] = field(default_factory=dict)
    channel_id: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Channel:
    """A sales channel."""

    channel_id: str
    kind: str
    name: str
    listed_only: bool = False
    version: int = 0


@dataclass(frozen=True, slots=True)
class TaxClass:
    """A tax rate in basis points."""

    tax_class: str
    rate_bp: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class PriceList:
    """To whom and when prices apply."""

    price_list_id: str
    currency_code: str
    tax_included: bool
    channel_ids: tuple[str, ...] = ()
    location_ids: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    start_time: datetime | None = None
    end_time: datetime | None = None
    priority: int = 0
    version: int = 0


def placeholder_product(sku: str, product_id: str = "") -> Product:
    """What stands for a SKU that a store sold before anybody described it."""
    return Product(product_id or sku, sku, variants=(Variant(sku),), placeholder=True, version=1)


def placeholder_location(location_id: str, time_zone: str) -> Location:
    """What stands for a place that reported a sale before anybody described it."""
    return Location(location_id, "STORE", location_id, time_zone=time_zone, placeholder=True, version=1)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the catalogue holds of the products, SKUs and barcodes that a write names."""

    products: Mapping[str, Product]
    # sku -> product
    homes: Mapping[str, str]
    # barcode -> sku
    barcodes: Mapping[str, str]


def put(shelf: Shelf, given: Sequence[Product]) -> list[Product]:
    """The products to write, with their new versions; one that says nothing new is left out.

    A variant that is no longer named stays, retired: its stock and its sales
    keep their name. A placeholder gives its SKU to whoever describes it.
    """
    _once("products", [product.product_id for product in given])
    named = [variant.sku for product in given for variant in product.variants]
    _once("skus", named)
    written: dict[str, Product] = {}
    for number, product in enumerate(given):
        held = shelf.products.get(product.product_id)
        robbed = _robbed(shelf, product)
        _keep_units(held, product, number)
        wanted = replace(
            product, variants=_with_retired(held, product, set(named)), version=held.version if held else 0
        )
        if held != wanted:
            # above the placeholders' next versions, so that readers by version end with the real product
            above = max([wanted.version, *(one.version + 1 for one in robbed)])
            written[product.product_id] = replace(wanted, version=above + 1)
        for one in robbed:
            kept = written.get(one.product_id, replace(one, active=False, version=one.version + 1))
            left = tuple(v for v in kept.variants if v.sku not in {variant.sku for variant in product.variants})
            written[one.product_id] = replace(kept, variants=left)
    _free_barcodes(shelf, written.values())
    return list(written.values())


def _once(field_name: str, codes: Iterable[str]) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise invalid(field_name, f"{code} is named twice")
        seen.add(code)


def _robbed(shelf: Shelf, product: Product) -> list[Product]:
    """The placeholders that the product's SKUs come from; a SKU of a real product stays there."""
    homes = {variant.sku: shelf.homes.get(variant.sku, product.product_id) for variant in product.variants}
    for sku, home in homes.items():
        if home != product.product_id and not shelf.products[home].placeholder:
            raise ImmutableCode(f"{sku} belongs to {home}", sku=sku, product_id=home)
    others = dict.fromkeys(home for home in homes.values() if home != product.product_id)
    return [shelf.products[home] for home in others]


def _keep_units(held: Product | None, product: Product, number: int) -> None:
    """What stock is counted in cannot change under it."""
    if held is None or held.placeholder:
        return
    units = {variant.sku: variant.base_unit for variant in held.variants}
    for index, variant in enumerate(product.variants):
        if units.get(variant.sku, variant.base_unit) != variant.base_unit:
            raise invalid(f"products[{number}].variants[{index}].base_unit", f"is {units[variant.sku]} for good")


def _with_retired(held: Product | None, product: Product, named: set[str]) -> tuple[Variant, ...]:
    dropped = [variant for variant in (held.variants if held else ()) if variant.sku not in named]
    # its barcodes may go to another SKU
    return (*product.variants, *(replace(variant, active=False, barcodes=()) for variant in dropped))


def _free_barcodes(shelf: Shelf, written: Iterable[Product]) -> None:
    """Refuses a barcode that names another SKU after the write."""
    after = {variant.sku: set(variant.barcodes) for product in written for variant in product.variants}
    owner = {code: sku for code, sku in shelf.barcodes.items() if sku not in after}
    for sku, codes in after.items():
        for code in sorted(codes):
            if owner.setdefault(code, sku) != sku:
                raise BarcodeTaken(f"{code} is the barcode of {owner[code]}", barcode=code, sku=owner[code])
