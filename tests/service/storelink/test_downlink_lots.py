"""Lots that may not be sold come down the stream: all of them to a new till, then what changes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from omo.inventory.v1 import lots_pb2
from omo.inventory.v1.lots_events_pb2 import LotChanged
from omo_storelink.store_reference import Reference
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner, ValkeyCorner
from tests.service.storelink.masters import make_streams, product, publish
from tests.service.storelink.rig import Rig, open_rig

GOOD, EXPIRED, RECALLED = lots_pb2.LOT_STATE_GOOD, lots_pb2.LOT_STATE_EXPIRED, lots_pb2.LOT_STATE_RECALLED


@pytest_asyncio.fixture
async def rig(databases: Databases, valkey: ValkeyCorner, nats: NatsCorner) -> AsyncIterator[Rig]:
    """A door that hears the broker."""
    await make_streams(nats)
    async with open_rig(databases, valkey.client, nats) as opened:
        opened.data.products = [product("MILK")]
        opened.data.lots = [
            lots_pb2.Lot(sku="MILK", lot="A", state=RECALLED, version=2),
            lots_pb2.Lot(sku="CAM", serial="S1", state=RECALLED, version=2),
        ]
        yield opened


async def test_tills_hear_which_lots_may_not_be_sold(rig: Rig, nats: NatsCorner, tmp_path: Path) -> None:
    stream, till = rig.stream(), Reference.open(tmp_path / "till.sqlite")
    await stream.hello(facts_only=False)

    async def hear(sku: str, lot: str, serial: str = "", *, blocked: bool) -> None:
        """Until the till knows it so; a reference that never comes fails the stream's own wait."""
        while (till.blocked(sku, lot, serial) is not None) != blocked:
            till.take((await stream.hear("reference")).reference)

    await hear("MILK", "A", blocked=True)
    await hear("CAM", "", "S1", blocked=True)
    assert till.blocked("MILK", "A", "S7") is not None, "a serial goes with its lot"
    assert (till.blocked("MILK", "B"), till.blocked("CAM", "", "S2")) == (None, None)
    await publish(nats, LotChanged(lot=lots_pb2.Lot(sku="MILK", lot="B", state=EXPIRED, version=2)))
    await hear("MILK", "B", blocked=True)
    await publish(nats, LotChanged(lot=lots_pb2.Lot(sku="MILK", lot="A", state=GOOD, version=3)))
    await hear("MILK", "A", blocked=False)
    till.close()
