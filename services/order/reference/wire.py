"""Other services' events as order's own reference values."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from omo.inventory.v1 import catalogue_events_pb2, catalogue_pb2
from omo.type.v1 import channel_pb2
from services.order.reference.domain import Location, PriceList, Variant


def newest(events: Iterable[catalogue_events_pb2.ProductChanged]) -> list[catalogue_events_pb2.ProductChanged]:
    """The newest state of each product in a batch."""
    found: dict[str, catalogue_events_pb2.ProductChanged] = {}
    for event in events:
        held = found.get(event.product.product_id)
        if held is None or held.meta.sequence < event.meta.sequence:
            found[event.product.product_id] = event
    return list(found.values())


def variants(event: catalogue_events_pb2.ProductChanged) -> Iterator[Variant]:
    """A product's variants, each with all that a line and a price need of it."""
    product = event.product
    for variant in product.variants:
        yield Variant(
            sku=variant.sku,
            product_id=product.product_id,
            product_version=event.meta.sequence,
            name=f"{product.name} {variant.title}".strip() or variant.sku,
            scale=max(variant.scale, 1),
            by_measure=variant.by_measure,
            tax_class=variant.tax_class,
            brand=product.brand,
            categories=tuple(product.categories),
            tags=tuple(product.tags),
            active=product.active and variant.active,
            placeholder=product.placeholder,
            serials=catalogue_pb2.TRACKING_SERIAL in variant.tracking,
        )


def price_list(event: catalogue_events_pb2.PriceListChanged) -> PriceList:
    """The head of a price list, without its prices."""
    given = event.price_list
    return PriceList(
        price_list_id=given.price_list_id,
        currency=given.currency_code,
        tax_included=given.tax_included,
        channels=frozenset(given.channel_ids),
        locations=frozenset(given.location_ids),
        tiers=frozenset(given.tiers),
        starts=_moment(given.start_time) if given.HasField("start_time") else None,
        ends=_moment(given.end_time) if given.HasField("end_time") else None,
        priority=given.priority,
        version=event.meta.sequence,
    )


def prices(
    events: Sequence[catalogue_events_pb2.PriceListChanged],
) -> list[tuple[str, str, int | None, int]]:
    """The newest price of each SKU in each list of a batch: (sku, list, amount or None where taken out, version)."""
    found: dict[tuple[str, str], tuple[int, int | None]] = {}
    for event in events:
        listed = event.price_list.price_list_id
        changes: list[tuple[str, int | None]] = [(each.sku, each.amount) for each in event.price_list.prices]
        changes += [(sku, None) for sku in event.removed_skus]
        for sku, amount in changes:
            held = found.get((sku, listed))
            if held is None or held[0] < event.meta.sequence:
                found[sku, listed] = (event.meta.sequence, amount)
    return [(sku, listed, amount, version) for (sku, listed), (version, amount) in found.items()]


def location(given: catalogue_pb2.Location) -> Location:
    kind = catalogue_pb2.LocationKind.Name(given.kind).removeprefix("LOCATION_KIND_")
    return Location(given.location_id, kind, given.name, given.pickup, given.ships, given.active, given.listed_only)


def assortments(events: Sequence[catalogue_events_pb2.AssortmentChanged]) -> dict[str, tuple[str, int]]:
    """The newest assortment of each SKU in a batch, as its copy is kept: (entries as JSON, version)."""
    newest: dict[str, catalogue_events_pb2.AssortmentChanged] = {}
    for event in events:
        held = newest.get(event.assortment.sku)
        if held is None or held.meta.sequence < event.meta.sequence:
            newest[event.assortment.sku] = event
    return {sku: (json.dumps(_entries(event.assortment)), event.meta.sequence) for sku, event in newest.items()}


def _entries(given: catalogue_pb2.Assortment) -> dict[str, list[Any]]:
    return {
        f"C:{one.channel_id}" if one.channel_id else f"L:{one.location_id}": [
            _moment(one.published_time).isoformat() if one.HasField("published_time") else None,
            _moment(one.unpublished_time).isoformat() if one.HasField("unpublished_time") else None,
            one.withheld,
        ]
        for one in given.entries
    }


def channel_kind(given: catalogue_pb2.Channel) -> str:
    return channel_pb2.ChannelKind.Name(given.kind).removeprefix("CHANNEL_KIND_")


def _moment(given: Timestamp) -> datetime:
    return given.ToDatetime(UTC)
