"""What is sold where comes down the stream: all of it to a new till, then what changes."""

from collections.abc import AsyncIterator

import pytest_asyncio

from omo.inventory.v1 import catalogue_pb2
from omo.inventory.v1.catalogue_events_pb2 import AssortmentChanged
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner, ValkeyCorner
from tests.service.storelink.masters import make_streams, product, publish
from tests.service.storelink.rig import Rig, Stream, open_rig


@pytest_asyncio.fixture
async def rig(databases: Databases, valkey: ValkeyCorner, nats: NatsCorner) -> AsyncIterator[Rig]:
    """A door that hears the broker."""
    await make_streams(nats)
    async with open_rig(databases, valkey.client, nats) as opened:
        opened.data.products = [product("S0")]
        opened.data.assortments = [catalogue_pb2.Assortment(sku="S0", version=1)]
        yield opened


async def _assortment(stream: Stream) -> catalogue_pb2.Assortment:
    """The next one; other data may come between."""
    while True:
        reference = (await stream.hear("reference")).reference
        if reference.HasField("assortment"):
            found: catalogue_pb2.Assortment = reference.assortment
            return found


async def test_tills_hear_what_is_sold_where(rig: Rig, nats: NatsCorner) -> None:
    stream = rig.stream()
    await stream.hello(facts_only=False)
    assert await _assortment(stream) == rig.data.assortments[0]
    withheld = catalogue_pb2.AssortmentEntry(location_id="TPE01", withheld=True)
    changed = catalogue_pb2.Assortment(sku="S0", version=2, entries=[withheld])
    await publish(nats, AssortmentChanged(assortment=changed))
    while (heard := await _assortment(stream)).version < changed.version:
        pass
    assert heard == changed
