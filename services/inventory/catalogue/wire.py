"""Requests about products and prices as domain values, checked."""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from kit import fields as kit_fields
from kit import pan
from kit.errors import invalid
from omo.inventory.v1 import catalogue_pb2 as pb
from omo.inventory.v1 import catalogue_service_pb2 as rpc
from omo.type.v1 import quantity_pb2
from services.inventory import wire as fields
from services.inventory.catalogue import domain_barcodes, domain_kits
from services.inventory.catalogue.domain import Media, PriceList, Product, Variant
from services.inventory.catalogue.domain_kits import Component

_CURRENCY = re.compile(r"[A-Z]{3}")
_LINK = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?(/[^\s\\\x00-\x1f\x7f\"<>]*)?")
LARGEST_AMOUNT = 10**12
_LONGEST_REASON = 200


def products(request: rpc.PutProductsRequest) -> list[Product]:
    if not 1 <= len(request.products) <= 200:
        raise invalid("products", "must be 1 to 200")
    return [_product(f"products[{number}]", given) for number, given in enumerate(request.products)]


def _product(path: str, given: pb.Product) -> Product:
    if len(given.variants) > 200:
        raise invalid(f"{path}.variants", "must be at most 200")
    return Product(
        product_id=fields.code(f"{path}.product_id", given.product_id),
        name=fields.text(f"{path}.name", given.name, 200, empty=False),
        names=texts(f"{path}.names", given.names),
        brand=fields.text(f"{path}.brand", given.brand, 100),
        categories=codes(f"{path}.categories", given.categories),
        tags=codes(f"{path}.tags", given.tags),
        variants=tuple(_variant(f"{path}.variants[{index}]", one) for index, one in enumerate(given.variants)),
        active=given.active,
        media=_media(path, given.media, {one.sku for one in given.variants}),
    )


def _variant(path: str, given: pb.Variant) -> Variant:
    if given.components and given.by_measure:
        raise invalid(f"{path}.components", "must be none where goods are sold by measure")
    unit = fields.choice(f"{path}.base_unit", quantity_pb2.BaseUnit, given.base_unit, "BASE_UNIT_")
    return Variant(
        sku=fields.code(f"{path}.sku", given.sku),
        title=fields.text(f"{path}.title", given.title, 200),
        options=texts(f"{path}.options", given.options),
        barcodes=_barcodes(path, given.barcodes),
        base_unit="PIECE" if unit == "UNSPECIFIED" else unit,
        scale=fields.between(f"{path}.scale", given.scale or 1, 1, 1_000_000),
        by_measure=given.by_measure,
        tax_class=fields.code(f"{path}.tax_class", given.tax_class) if given.tax_class else "",
        unit_cost=fields.between(f"{path}.unit_cost", given.unit_cost, 0, LARGEST_AMOUNT),
        active=given.active,
        components=_components(path, given.components),
        tracking=_tracking(path, given),
    )


def _tracking(path: str, given: pb.Variant) -> tuple[str, ...]:
    """What has to be known of its units; those of a kit are its parts', and no measure has a number."""
    found = {
        fields.choice(f"{path}.tracking[{number}]", pb.Tracking, one, "TRACKING_")
        for number, one in enumerate(given.tracking)
    }
    if "UNSPECIFIED" in found:
        raise invalid(f"{path}.tracking", "must name what is tracked")
    if found and given.components:
        raise invalid(f"{path}.tracking", "must be empty for a kit")
    if "SERIAL" in found and given.by_measure:
        raise invalid(f"{path}.tracking", "must not be SERIAL where goods are sold by measure")
    return tuple(sorted(found))


def _barcodes(path: str, given: Iterable[str]) -> tuple[str, ...]:
    found = {}
    for number, one in enumerate(given):
        field = f"{path}.barcodes[{number}]"
        found[barcode(field, one)] = field
    if len(found) > 50:
        raise invalid(f"{path}.barcodes", "must be at most 50")
    return tuple(found)


def barcode(field: str, given: str) -> str:
    """A barcode; what can only be meant as an EAN, UPC or ITF-14 must be one."""
    code = fields.code(field, given)
    if not domain_barcodes.is_sound(code):
        right = domain_barcodes.check_digit(code[:-1])
        raise invalid(field, f"{code} is no {domain_barcodes.kind_of(code)}: its check digit must be {right}")
    return code


def _components(path: str, given: Sequence[pb.Component]) -> tuple[Component, ...]:
    if len(given) > 50:
        raise invalid(f"{path}.components", "must be at most 50")
    found = tuple(
        Component(
            fields.code(f"{path}.components[{n}].sku", one.sku),
            fields.between(f"{path}.components[{n}].quantity", one.quantity, 1, domain_kits.LARGEST),
        )
        for n, one in enumerate(given)
    )
    if len({one.sku for one in found}) < len(found):
        raise invalid(f"{path}.components", "each may be named once")
    return found


def _media(path: str, given: Sequence[pb.Media], skus: AbstractSet[str]) -> tuple[Media, ...]:
    if len(given) > 50:
        raise invalid(f"{path}.media", "must be at most 50")
    found = [_link(f"{path}.media[{number}]", one, skus) for number, one in enumerate(given)]
    return tuple(sorted(found, key=lambda one: one.position))


def _link(path: str, given: pb.Media, skus: AbstractSet[str]) -> Media:
    kind = fields.choice(f"{path}.kind", pb.MediaKind, given.kind, "MEDIA_KIND_")
    if given.sku and given.sku not in skus:
        raise invalid(f"{path}.sku", "must be a variant of the product")
    return Media(
        url=link(f"{path}.url", given.url),
        kind="IMAGE" if kind == "UNSPECIFIED" else kind,
        alt=texts(f"{path}.alt", given.alt),
        position=fields.between(f"{path}.position", given.position, 0, 1_000),
        sku=given.sku,
    )


def link(field: str, given: str) -> str:
    """An address that a browser may load: https, with a host and without a user."""
    if len(given) > 1_000 or not _LINK.fullmatch(given):
        raise invalid(field, "must be an https address of at most 1000 characters")
    return given


def texts(path: str, given: Mapping[str, str]) -> dict[str, str]:
    if len(given) > 50:
        raise invalid(path, "must be at most 50")
    return {fields.code(path, name): fields.text(path, value, 400) for name, value in given.items()}


def codes(path: str, given: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(fields.code(path, one) for one in given))
    if len(found) > 100:
        raise invalid(path, "must be at most 100")
    return found


def price_list(given: pb.PriceList) -> PriceList:
    path = "price_list"
    if not _CURRENCY.fullmatch(given.currency_code):
        raise invalid(f"{path}.currency_code", "must be three capital letters")
    starts = fields.moment(given.start_time, f"{path}.start_time") if given.HasField("start_time") else None
    ends = fields.moment(given.end_time, f"{path}.end_time") if given.HasField("end_time") else None
    if starts and ends and ends <= starts:
        raise invalid(f"{path}.end_time", "must be after start_time")
    return PriceList(
        price_list_id=fields.code(f"{path}.price_list_id", given.price_list_id),
        currency_code=given.currency_code,
        tax_included=given.tax_included,
        channel_ids=codes(f"{path}.channel_ids", given.channel_ids),
        location_ids=codes(f"{path}.location_ids", given.location_ids),
        tiers=codes(f"{path}.tiers", given.tiers),
        start_time=starts,
        end_time=ends,
        priority=given.priority,
    )


def prices(request: rpc.PutPriceListRequest) -> tuple[dict[str, int], list[str]]:
    """The prices that are named (SKU -> amount), and those that go."""
    given = request.price_list.prices
    if len(given) > 1_000 or len(request.removed_skus) > 1_000:
        raise invalid("price_list.prices", "must be at most 1000, as removed_skus")
    named = {
        fields.code(f"price_list.prices[{n}].sku", one.sku): fields.between(
            f"price_list.prices[{n}].amount", one.amount, 0, LARGEST_AMOUNT
        )
        for n, one in enumerate(given)
    }
    removed = sorted({fields.code("removed_skus", sku) for sku in request.removed_skus})
    if len(named) < len(given) or not named.keys().isdisjoint(removed):
        raise invalid("price_list.prices", "each SKU may be named once")
    return named, removed


def reason(request: rpc.PutPriceListRequest) -> str:
    """Why prices change: a few words, and never a card's number."""
    pan.refuse("reason", request.reason)
    return kit_fields.text("reason", request.reason, _LONGEST_REASON, empty=True)
