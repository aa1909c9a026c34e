"""Catalogue values as messages and events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice

from omo.inventory.v1 import catalogue_events_pb2 as events
from omo.inventory.v1 import catalogue_pb2 as pb
from omo.type.v1 import channel_pb2, event_pb2, quantity_pb2
from services.inventory import wire as fields
from services.inventory.catalogue.domain import (
    Channel,
    Group,
    Location,
    Media,
    PriceList,
    Product,
    TaxClass,
    Variant,
)

PRICES_AN_EVENT = 500
_MILLION = 1_000_000


def product(given: Product, *, costs: bool = True) -> pb.Product:
    """A product as the API shows it; what goods cost us is for headquarters and services only."""
    return pb.Product(
        product_id=given.product_id,
        name=given.name,
        names=given.names,
        brand=given.brand,
        categories=given.categories,
        tags=given.tags,
        variants=[_variant(one, costs) for one in given.variants],
        version=given.version,
        active=given.active,
        placeholder=given.placeholder,
        media=map(_media, given.media),
    )


def _media(given: Media) -> pb.Media:
    kind = pb.MediaKind.Value(f"MEDIA_KIND_{given.kind}")
    return pb.Media(url=given.url, kind=kind, alt=given.alt, position=given.position, sku=given.sku)


def _variant(given: Variant, costs: bool) -> pb.Variant:
    return pb.Variant(
        sku=given.sku,
        title=given.title,
        options=given.options,
        barcodes=given.barcodes,
        base_unit=quantity_pb2.BaseUnit.Value(f"BASE_UNIT_{given.base_unit}"),
        scale=given.scale,
        by_measure=given.by_measure,
        tax_class=given.tax_class,
        unit_cost=given.unit_cost if costs else 0,
        active=given.active,
        components=[pb.Component(sku=one.sku, quantity=one.quantity) for one in given.components],
        tracking=[pb.Tracking.Value(f"TRACKING_{one}") for one in given.tracking],
    )


def location(given: Location) -> pb.Location:
    message = pb.Location(
        location_id=given.location_id,
        kind=pb.LocationKind.Value(f"LOCATION_KIND_{given.kind}"),
        name=given.name,
        names=given.names,
        groups=given.groups,
        time_zone=given.time_zone,
        address=given.address,
        pickup=given.pickup,
        ships=given.ships,
        active=given.active,
        version=given.version,
        placeholder=given.placeholder,
        sellable=given.sellable,
        hours=[pb.OpeningHours(**asdict(one)) for one in given.hours],
        special_days=[pb.SpecialDay(**asdict(one)) for one in given.special_days],
        daily_order_capacity=given.daily_order_capacity,
        franchise=given.franchise,
        web_orders_opt_in=given.web_orders_opt_in,
        listed_only=given.listed_only,
    )
    if given.latitude is not None and given.longitude is not None:
        message.position.latitude_e6 = round(given.latitude * _MILLION)
        message.position.longitude_e6 = round(given.longitude * _MILLION)
        message.position.SetInParent()
    return message


def group(given: Group) -> pb.LocationGroup:
    kind = pb.LocationGroupKind.Value(f"LOCATION_GROUP_KIND_{given.kind}")
    return pb.LocationGroup(
        group_id=given.group_id,
        kind=kind,
        name=given.name,
        names=given.names,
        channel_id=given.channel_id,
        version=given.version,
    )


def channel(given: Channel) -> pb.Channel:
    kind = channel_pb2.ChannelKind.Value(f"CHANNEL_KIND_{given.kind}")
    return pb.Channel(channel_id=given.channel_id, kind=kind, name=given.name, listed_only=given.listed_only)


def tax_class(given: TaxClass) -> pb.TaxClass:
    return pb.TaxClass(tax_class=given.tax_class, rate_bp=given.rate_bp)


def price_list(given: PriceList, prices: Iterable[tuple[str, int]] = ()) -> pb.PriceList:
    message = pb.PriceList(
        price_list_id=given.price_list_id,
        currency_code=given.currency_code,
        tax_included=given.tax_included,
        channel_ids=given.channel_ids,
        location_ids=given.location_ids,
        tiers=given.tiers,
        priority=given.priority,
        version=given.version,
        prices=[pb.Price(sku=sku, amount=amount) for sku, amount in prices],
    )
    if given.start_time:
        message.start_time.CopyFrom(fields.timestamp(given.start_time))
    if given.end_time:
        message.end_time.CopyFrom(fields.timestamp(given.end_time))
    return message


def product_changed(given: Product, at: datetime) -> events.ProductChanged:
    return events.ProductChanged(meta=_meta(given.product_id, given.version, at), product=product(given))


def location_changed(given: Location, at: datetime) -> events.LocationChanged:
    return events.LocationChanged(meta=_meta(given.location_id, given.version, at), location=location(given))


def group_changed(given: Group, at: datetime) -> events.LocationGroupChanged:
    return events.LocationGroupChanged(meta=_meta(given.group_id, given.version, at), group=group(given))


def channel_changed(given: Channel, at: datetime) -> events.ChannelChanged:
    return events.ChannelChanged(meta=_meta(given.channel_id, given.version, at), channel=channel(given))


def tax_class_changed(given: TaxClass, at: datetime) -> events.TaxClassChanged:
    return events.TaxClassChanged(meta=_meta(given.tax_class, given.version, at), tax_class=tax_class(given))


def price_list_changed(
    given: PriceList, version: int, prices: Mapping[str, int], removed: Sequence[str], at: datetime
) -> events.PriceListChanged:
    """One event of a change; `version` is its own, because a large change is told in several."""
    message = price_list(given, prices.items())
    message.version = version
    meta = _meta(given.price_list_id, version, at)
    return events.PriceListChanged(meta=meta, price_list=message, removed_skus=removed)


def parts(prices: Mapping[str, int], removed: Sequence[str]) -> list[tuple[dict[str, int], list[str]]]:
    """A change in parts that fit an event; a change of the head alone is one part."""
    changes: list[tuple[str, int | None]] = [*prices.items(), *((sku, None) for sku in removed)]
    left = iter(changes)
    cut = iter(lambda: list(islice(left, PRICES_AN_EVENT)), [])
    found = [
        ({sku: amount for sku, amount in part if amount is not None}, [sku for sku, amount in part if amount is None])
        for part in cut
    ]
    return found or [({}, [])]


def _meta(aggregate_id: str, sequence: int, at: datetime) -> event_pb2.EventMeta:
    return event_pb2.EventMeta(aggregate_id=aggregate_id, sequence=sequence, business_time=fields.timestamp(at))
