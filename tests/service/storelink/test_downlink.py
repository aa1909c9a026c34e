"""Reference data down the stream: a snapshot, then events, resumed by cursor."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from gateway.storelink import feeds
from omo.inventory.v1 import catalogue_pb2
from omo.inventory.v1.catalogue_events_pb2 import PriceListChanged, ProductChanged
from omo.inventory.v1.stock_events_pb2 import StockAllocated
from omo.member.v1 import access_pb2
from omo.order.v1.promotion_events_pb2 import RulesChanged
from omo.storelink.v1 import storelink_service_pb2 as pb
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner, ValkeyCorner
from tests.service.storelink.masters import make_streams, product, publish
from tests.service.storelink.rig import Rig, Stream, eventually, open_rig, sale


@pytest_asyncio.fixture
async def rig(databases: Databases, valkey: ValkeyCorner, nats: NatsCorner) -> AsyncIterator[Rig]:
    """A door that hears the broker."""
    await make_streams(nats)
    async with open_rig(databases, valkey.client, nats) as opened:
        opened.data.products = [product(f"S{number}") for number in range(5)]
        opened.data.staff = [access_pb2.Staff(staff_code="A102")]
        yield opened


async def _until_end(stream: Stream, publisher: str, *, inside: bool = False) -> tuple[list[Any], pb.ReferenceCursor]:
    """What comes between a publisher's marks, and the cursor behind it."""
    found: list[Any] = []
    while True:
        reference = (await stream.hear("reference")).reference
        kind = reference.WhichOneof("data")
        if reference.cursor.publisher != publisher:
            continue
        if kind == "snapshot_begin":
            inside, found = True, []
        elif kind == "snapshot_end":
            return found, reference.cursor
        else:
            assert inside, "data before a snapshot began"
            found.append(getattr(reference, kind))


async def _next(stream: Stream, kind: str, within: float = 10.0) -> pb.Reference:
    async with asyncio.timeout(within):
        while True:
            reference: pb.Reference = (await stream.hear("reference", within)).reference
            assert reference.WhichOneof("data") not in ("snapshot_begin", "snapshot_end"), "a snapshot began"
            if reference.WhichOneof("data") == kind:
                return reference


async def test_a_new_till_gets_everything_then_what_changes(rig: Rig, nats: NatsCorner) -> None:
    stream = rig.stream()
    await stream.hello(facts_only=False)
    found, cursor = await _until_end(stream, "inventory")
    assert [each.product_id for each in found] == [f"P-S{number}" for number in range(5)]
    sequence = await publish(nats, ProductChanged(product=product("S1", 2, "Cape")))
    changed = await _next(stream, "product")
    assert (changed.product.name, changed.product.version) == ("Cape", 2)
    assert changed.cursor == pb.ReferenceCursor(
        publisher="inventory", stream_epoch=cursor.stream_epoch, sequence=sequence
    )


async def test_no_till_hears_what_goods_cost_us(rig: Rig, nats: NatsCorner) -> None:
    dear = product("S0")
    dear.variants[0].unit_cost = 900
    rig.data.products = [dear]
    stream = rig.stream()
    await stream.hello(facts_only=False)
    (found, *_), _ = await _until_end(stream, "inventory")
    changed = product("S0", 2, "Cape")
    changed.variants[0].unit_cost = 950
    await publish(nats, ProductChanged(product=changed))
    heard = found
    # other publishers' snapshots may still come
    while heard.version < changed.version:
        heard = (await stream.hear("reference")).reference.product
        heard = heard if heard.product_id else found
    assert (found.name, found.variants[0].unit_cost) == ("Coat", 0)
    assert (heard.name, heard.variants[0].unit_cost) == ("Cape", 0)


async def test_rules_and_staff_come_from_their_owners(rig: Rig, nats: NatsCorner) -> None:
    stream = rig.stream()
    await stream.hello(facts_only=False)
    assert [each.version for each in (await _until_end(stream, "order"))[0]] == ["1"]
    again = rig.stream("t2")
    await again.hello(facts_only=False)
    assert [each.staff_code for each in (await _until_end(again, "member"))[0]] == ["A102"]


async def test_rules_too_large_for_their_event_are_asked_for(rig: Rig, nats: NatsCorner) -> None:
    stream = rig.stream()
    await stream.hello(facts_only=False)
    await _until_end(stream, "order")
    rig.data.rules["2"] = '{"version": "2", "rules": []}'
    await publish(nats, RulesChanged(version="2"))
    async with asyncio.timeout(10):
        while (reference := (await stream.hear("reference")).reference).WhichOneof("data") != "rules":
            pass
    assert reference.rules == pb.Rules(version="2", rules_json=rig.data.rules["2"])


async def test_a_till_that_comes_back_hears_only_what_it_missed(rig: Rig, nats: NatsCorner) -> None:
    stream = rig.stream()
    await stream.hello(facts_only=False)
    _, cursor = await _until_end(stream, "inventory")
    stream.call.cancel()
    reads = rig.data.reads
    await publish(nats, ProductChanged(product=product("S1", 2)))
    await publish(nats, StockAllocated(order_id="o1"))
    await publish(nats, PriceListChanged(price_list=catalogue_pb2.PriceList(price_list_id="std", version=3)))
    await publish(nats, ProductChanged(product=product("S2", 2)))
    again = rig.stream()
    others = [pb.ReferenceCursor(publisher=name) for name in ("order", "member")]
    await again.hello(facts_only=False, cursors=[cursor, *others])
    heard: list[tuple[str | None, int]] = []
    while len(heard) < 3:
        reference = (await again.hear("reference")).reference
        if reference.cursor.publisher == "inventory":
            assert not reference.HasField("snapshot_begin")
            heard.append((reference.WhichOneof("data"), reference.cursor.sequence - cursor.sequence))
    assert heard == [("product", 1), ("price_list", 3), ("product", 4)]
    assert rig.data.reads == reads


async def test_a_backlog_from_before_this_process_is_read_from_the_stream(
    databases: Databases, valkey: ValkeyCorner, nats: NatsCorner
) -> None:
    await make_streams(nats)
    first = await publish(nats, ProductChanged(product=product("S1", 1)))
    await publish(nats, ProductChanged(product=product("S1", 2)))
    created = (await nats.jetstream.stream_info("OMO_INVENTORY")).created
    assert created is not None
    async with open_rig(databases, valkey.client, nats) as rig:
        stream = rig.stream()
        cursor = pb.ReferenceCursor(publisher="inventory", stream_epoch=created.isoformat(), sequence=first)
        await stream.hello(facts_only=False, cursors=[cursor])
        reference = await _next_of(stream, "inventory")
        assert reference.product.version == 2
        assert rig.data.reads == 0


async def _next_of(stream: Stream, publisher: str) -> pb.Reference:
    while True:
        reference: pb.Reference = (await stream.hear("reference")).reference
        if reference.cursor.publisher == publisher:
            return reference


async def test_another_epoch_or_a_cursor_too_old_is_answered_with_a_snapshot(rig: Rig, nats: NatsCorner) -> None:
    for number in range(5):
        await publish(nats, ProductChanged(product=product("S1", number)))
    stream = rig.stream()
    foreign = pb.ReferenceCursor(publisher="inventory", stream_epoch="another", sequence=3)
    await stream.hello(facts_only=False, cursors=[foreign])
    _, cursor = await _until_end(stream, "inventory")
    await nats.jetstream.purge_stream("OMO_INVENTORY")
    await publish(nats, ProductChanged(product=product("S1", 9)))
    old = pb.ReferenceCursor(publisher="inventory", stream_epoch=cursor.stream_epoch, sequence=2)
    await eventually(lambda: _inventory(rig)._oldest > 3)
    again = rig.stream()
    await again.hello(facts_only=False, cursors=[old])
    found, _ = await _until_end(again, "inventory")
    assert len(found) == 5


def _inventory(rig: Rig) -> feeds.Feed:
    (feed,) = [each for each in rig.storelink.broker._feeds if each.publisher.name == "inventory"]
    return feed


async def test_a_stream_made_anew_is_answered_with_a_snapshot_to_open_sessions(rig: Rig, nats: NatsCorner) -> None:
    stream = rig.stream()
    await stream.hello(facts_only=False)
    _, cursor = await _until_end(stream, "inventory")
    await nats.jetstream.delete_stream("OMO_INVENTORY")
    await make_streams(nats)
    await publish(nats, ProductChanged(product=product("S1", 2)))
    _, fresh = await _until_end(stream, "inventory")
    assert fresh.stream_epoch != cursor.stream_epoch


async def test_a_long_backlog_is_read_anew(rig: Rig, nats: NatsCorner, monkeypatch: Any) -> None:
    monkeypatch.setattr(feeds, "LONGEST_BACKLOG", 3)
    monkeypatch.setattr(feeds, "_KEPT", 2)
    stream = rig.stream()
    await stream.hello(facts_only=False)
    _, cursor = await _until_end(stream, "inventory")
    stream.call.cancel()
    for number in range(8):
        await publish(nats, ProductChanged(product=product("S1", number + 2)))
    await eventually(lambda: _inventory(rig).position == 8)
    again = rig.stream()
    await again.hello(facts_only=False, cursors=[cursor])
    found, _ = await _until_end(again, "inventory")
    assert len(found) == 5


async def test_an_owner_that_is_away_delays_the_snapshot_and_no_facts(rig: Rig) -> None:
    rig.data.away = True
    stream = rig.stream()
    await stream.hello(facts_only=False)
    await stream.sales(1, sale(1))
    assert (await stream.hear("ack")).ack.durable_ack == 1
    await eventually(lambda: rig.data.refused > 0)
    rig.data.away = False
    # the first try's mark may have passed by before the ack
    found, _ = await _until_end(stream, "inventory", inside=True)
    assert len(found) == 5


async def test_without_a_broker_facts_flow(databases: Databases, valkey: ValkeyCorner) -> None:
    async with open_rig(databases, valkey.client, nats_url="nats://127.0.0.1:1") as rig:
        stream = rig.stream()
        await stream.hello(facts_only=False)
        await stream.sales(1, sale(1))
        assert (await stream.hear("ack")).ack.durable_ack == 1


async def test_an_event_that_is_heard_before_it_is_stored_is_looked_for_again(
    rig: Rig, nats: NatsCorner, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = rig.stream()
    await stream.hello(facts_only=False)
    await _until_end(stream, "inventory")
    state, left = feeds.Feed._state, 2

    async def behind(self: feeds.Feed, jetstream: Any) -> tuple[str, int, int]:
        """The stream as it was before the announcement: it is on its way to the disk."""
        nonlocal left
        epoch, oldest, newest = await state(self, jetstream)
        if newest > self.position and left:
            left -= 1
            return epoch, oldest, self.position
        return epoch, oldest, newest

    monkeypatch.setattr(feeds.Feed, "_state", behind)
    await publish(nats, ProductChanged(product=product("S1", 2, "Cape")))
    # far sooner than the look that is taken without being called
    changed = await _next(stream, "product", within=5.0)
    assert (changed.product.name, left) == ("Cape", 0)
