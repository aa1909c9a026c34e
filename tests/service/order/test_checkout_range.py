"""Order's copy of what is sold where: as new as its events, in any order, and quotes keep to it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp

from omo.inventory.v1 import catalogue_events_pb2 as events
from omo.inventory.v1 import catalogue_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.type.v1 import channel_pb2
from services.order.reference import reactions
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER, line
from tests.service.order.rig import Rig


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


def ranged(version: int, *entries: catalogue_pb2.AssortmentEntry, sku: str = "COAT") -> events.AssortmentChanged:
    event = events.AssortmentChanged(assortment=catalogue_pb2.Assortment(sku=sku, entries=entries, version=version))
    event.meta.aggregate_id, event.meta.sequence = sku, version
    return event


async def hear(rig: Rig, *given: events.AssortmentChanged) -> None:
    async with rig.db.transaction() as tx:
        await reactions.on_assortment_changed(tx, list(given))


async def reason(rig: Rig, sku: str = "COAT") -> str:
    asked = pb.QuoteRequest(member_id=MEMBER, channel_id="web", lines=[line(sku)])
    fault = await rig.fault(rig.call(rig.orders.Quote, asked))
    return f"{fault.reason} {fault.metadata.get('why', '')}"


async def quoted(rig: Rig) -> bool:
    asked = pb.QuoteRequest(member_id=MEMBER, channel_id="web", lines=[line()])
    return bool((await rig.call(rig.orders.Quote, asked)).quote.quote_id)


async def test_what_is_withheld_is_not_quoted_until_it_is_sold_again(rig: Rig) -> None:
    assert await quoted(rig)
    await hear(rig, ranged(1, catalogue_pb2.AssortmentEntry(channel_id="web", withheld=True)))
    assert await reason(rig) == "SKU_NOT_SOLD_HERE CHANNEL"
    await hear(rig, ranged(3), ranged(2, catalogue_pb2.AssortmentEntry(channel_id="web", withheld=True)))
    assert await quoted(rig)
    # an older state changes nothing
    await hear(rig, ranged(2, catalogue_pb2.AssortmentEntry(channel_id="web", withheld=True)))
    assert await quoted(rig)


async def test_a_window_opens_and_closes_by_the_clock(rig: Rig) -> None:
    now = rig.clock()
    times = {"published_time": now + timedelta(hours=1), "unpublished_time": now + timedelta(hours=2)}
    entry = catalogue_pb2.AssortmentEntry(channel_id="web")
    for name, at in times.items():
        stamp = Timestamp()
        stamp.FromDatetime(at)
        getattr(entry, name).CopyFrom(stamp)
    await hear(rig, ranged(1, entry))
    assert await reason(rig) == "SKU_NOT_SOLD_HERE NOT_YET"
    rig.clock.advance(hours=1)
    assert await quoted(rig)
    rig.clock.advance(hours=1)
    assert await reason(rig) == "SKU_NOT_SOLD_HERE NO_MORE"


async def test_a_channel_that_sells_only_what_is_listed(rig: Rig) -> None:
    web = catalogue_pb2.Channel(channel_id="web", kind=channel_pb2.CHANNEL_KIND_ONLINE, listed_only=True)
    event = events.ChannelChanged(channel=web)
    event.meta.sequence = 99
    async with rig.db.transaction() as tx:
        await reactions.on_channel_changed(tx, event)
    assert await reason(rig) == "SKU_NOT_SOLD_HERE CHANNEL"
    await hear(rig, ranged(1, catalogue_pb2.AssortmentEntry(channel_id="web")))
    assert await quoted(rig)
    # of an SKU that nobody described yet, too: the product may be heard later
    await hear(rig, ranged(1, catalogue_pb2.AssortmentEntry(channel_id="web"), sku="TOMORROW"))
    assert await reason(rig, "TOMORROW") == "UNKNOWN_SKU "
