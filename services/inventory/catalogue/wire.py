"""Catalogue requests as domain values, checked."""

import re
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from kit.errors import invalid
from omo.inventory.v1 import catalogue_pb2 as pb
from omo.inventory.v1 import catalogue_service_pb2 as rpc
from omo.type.v1 import channel_pb2, quantity_pb2
from services.inventory import wire as fields
from services.inventory.catalogue import domain_barcodes
from services.inventory.catalogue.domain import Channel, Location, PriceList, Product, TaxClass, Variant

_CURRENCY = re.compile(r"[A-Z]{3}")
_LARGEST_AMOUNT = 10**12


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
        names=_texts(f"{path}.names", given.names),
        brand=fields.text(f"{path}.brand", given.brand, 100),
        categories=_codes(f"{path}.categories", given.categories),
        tags=_codes(f"{path}.tags", given.tags),
        variants=tuple(_variant(f"{path}.variants[{index}]", one) for index, one in enumerate(given.variants)),
        active=given.active,
    )


def _variant(path: str, given: pb.Variant) -> Variant:
    unit = fields.choice(f"{path}.base_unit", quantity_pb2.BaseUnit, given.base_unit, "BASE_UNIT_")
    return Variant(
        sku=fields.code(f"{path}.sku", given.sku),
        title=fields.text(f"{path}.title", given.title, 200),
        options=_texts(f"{path}.options", given.options),
        barcodes=_barcodes(path, given.barcodes),
        base_unit="PIECE" if unit == "UNSPECIFIED" else unit,
        scale=fields.between(f"{path}.scale", given.scale or 1, 1, 1_000_000),
        by_measure=given.by_measure,
        tax_class=fields.code(f"{path}.tax_class", given.tax_class) if given.tax_class else "",
        unit_cost=fields.between(f"{path}.unit_cost", given.unit_cost, 0, _LARGEST_AMOUNT),
        active=given.active,
    )


def _barcodes(path: str, given: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(fields.code(f"{path}.barcodes", one) for one in given))
    for one in found:
        if not domain_barcodes.is_sound(one):
            raise invalid(f"{path}.barcodes", f"{one} has a wrong check digit")
    return found


def _texts(path: str, given: Mapping[str, str]) -> dict[str, str]:
    if len(given) > 50:
        raise invalid(path, "must be at most 50")
    return {fields.code(path, name): fields.text(path, value, 400) for name, value in given.items()}


def _codes(path: str, given: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(fields.code(path, one) for one in given))
    if len(found) > 100:
        raise invalid(path, "must be at most 100")
    return found


def locations(request: rpc.PutLocationsRequest, time_zone: str) -> list[Location]:
    if not 1 <= len(request.locations) <= 200:
        raise invalid("locations", "must be 1 to 200")
    found = [_location(f"locations[{n}]", given, time_zone) for n, given in enumerate(request.locations)]
    if len({one.location_id for one in found}) < len(found):
        raise invalid("locations", "each may be named once")
    return found


def _location(path: str, given: pb.Location, time_zone: str) -> Location:
    kind = fields.choice(f"{path}.kind", pb.LocationKind, given.kind, "LOCATION_KIND_")
    if kind == "UNSPECIFIED":
        raise invalid(f"{path}.kind", "must be given")
    zone = given.time_zone or time_zone
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise invalid(f"{path}.time_zone", "must be an IANA time zone") from None
    return Location(
        location_id=fields.code(f"{path}.location_id", given.location_id),
        kind=kind,
        name=fields.text(f"{path}.name", given.name, 200, empty=False),
        names=_texts(f"{path}.names", given.names),
        groups=_codes(f"{path}.groups", given.groups),
        time_zone=zone,
        address=fields.text(f"{path}.address", given.address, 400),
        pickup=given.pickup,
        ships=given.ships,
        active=given.active,
    )


def channels(request: rpc.PutChannelsRequest) -> tuple[list[Channel], list[TaxClass]]:
    if len(request.channels) > 100 or len(request.tax_classes) > 100:
        raise invalid("channels", "must be at most 100, as tax_classes")
    found = [_channel(f"channels[{number}]", given) for number, given in enumerate(request.channels)]
    rates = [
        TaxClass(
            fields.code(f"tax_classes[{n}].tax_class", given.tax_class),
            fields.between(f"tax_classes[{n}].rate_bp", given.rate_bp, 0, 10_000),
        )
        for n, given in enumerate(request.tax_classes)
    ]
    if len({one.channel_id for one in found}) < len(found) or len({one.tax_class for one in rates}) < len(rates):
        raise invalid("channels", "each may be named once, as tax_classes")
    return found, rates


def _channel(path: str, given: pb.Channel) -> Channel:
    kind = fields.choice(f"{path}.kind", channel_pb2.ChannelKind, given.kind, "CHANNEL_KIND_")
    if kind == "UNSPECIFIED":
        raise invalid(f"{path}.kind", "must be ONLINE or STORE")
    name = fields.text(f"{path}.name", given.name, 200)
    return Channel(fields.code(f"{path}.channel_id", given.channel_id), kind, name or given.channel_id)


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
        channel_ids=_codes(f"{path}.channel_ids", given.channel_ids),
        location_ids=_codes(f"{path}.location_ids", given.location_ids),
        tiers=_codes(f"{path}.tiers", given.tiers),
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
            f"price_list.prices[{n}].amount", one.amount, 0, _LARGEST_AMOUNT
        )
        for n, one in enumerate(given)
    }
    removed = sorted({fields.code("removed_skus", sku) for sku in request.removed_skus})
    if len(named) < len(given) or not named.keys().isdisjoint(removed):
        raise invalid("price_list.prices", "each SKU may be named once")
    return named, removed
