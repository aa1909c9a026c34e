"""Keeps order's copies of other services' truths as new as their events."""

from kit.consumer import On
from kit.postgres import Tx
from omo.inventory.v1.catalogue_events_pb2 import (
    AssortmentChanged,
    ChannelChanged,
    LocationChanged,
    PriceListChanged,
    ProductChanged,
    TaxClassChanged,
)
from omo.member.v1.member_events_pb2 import MemberEnrolled, MemberStandingChanged, ProgramChanged, StaffChanged
from services.order.reference import store, wire


def handlers() -> list[On]:  # type: ignore[type-arg]  # each of its own event type
    """What order hears for its copies."""
    return [
        On.many(ProductChanged, on_product_changed),
        On.many(PriceListChanged, on_price_list_changed),
        On.many(AssortmentChanged, on_assortment_changed),
        On(LocationChanged, on_location_changed),
        On(ChannelChanged, on_channel_changed),
        On(TaxClassChanged, on_tax_class_changed),
        On(StaffChanged, on_staff_changed),
        On(ProgramChanged, on_program_changed),
        On.many(MemberEnrolled, on_member_enrolled),
        On.many(MemberStandingChanged, on_member_standing_changed),
    ]


async def on_product_changed(tx: Tx, events: list[ProductChanged]) -> None:
    newest = wire.newest(events)
    variants = {variant.sku: variant for event in newest for variant in wire.variants(event)}
    products = {event.product.product_id: event.meta.sequence for event in newest}
    await store.put_variants(tx, list(variants.values()), products)


async def on_price_list_changed(tx: Tx, events: list[PriceListChanged]) -> None:
    for event in sorted(events, key=lambda each: each.price_list.price_list_id):
        await store.put_price_list(tx, wire.price_list(event))
    await store.put_prices(tx, wire.prices(events))


async def on_assortment_changed(tx: Tx, events: list[AssortmentChanged]) -> None:
    await store.put_assortments(tx, wire.assortments(events))


async def on_location_changed(tx: Tx, event: LocationChanged) -> None:
    await store.put_location(tx, wire.location(event.location), event.meta.sequence)


async def on_channel_changed(tx: Tx, event: ChannelChanged) -> None:
    channel = event.channel
    kind = wire.channel_kind(channel)
    await store.put_channel(tx, channel.channel_id, kind, channel.listed_only, event.meta.sequence)


async def on_tax_class_changed(tx: Tx, event: TaxClassChanged) -> None:
    await store.put_tax_class(tx, event.tax_class.tax_class, event.tax_class.rate_bp, event.meta.sequence)


async def on_staff_changed(tx: Tx, event: StaffChanged) -> None:
    staff = event.staff
    await store.put_staff(tx, staff.staff_code, staff.home_location_id, staff.active, event.meta.sequence)


async def on_program_changed(tx: Tx, event: ProgramChanged) -> None:
    await store.put_program(tx, event.program.point_value, event.meta.sequence)


async def on_member_enrolled(tx: Tx, events: list[MemberEnrolled]) -> None:
    # known, without a tier: any standing has a higher version
    await store.put_tiers(tx, {event.member_id: ("", 0) for event in events})


async def on_member_standing_changed(tx: Tx, events: list[MemberStandingChanged]) -> None:
    newest: dict[str, tuple[str, int]] = {}
    for event in events:
        standing = event.standing
        held = newest.get(standing.member_id)
        if held is None or held[1] < standing.version:
            newest[standing.member_id] = (standing.tier, standing.version)
    await store.put_tiers(tx, newest)
