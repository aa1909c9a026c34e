"""Other services' events become prices: over the real broker, in any order, and as soon as they are taken."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from kit import outbox, streams
from kit.consumer import Consumer
from kit.postgres import Database
from omo.member.v1 import member_events_pb2 as members
from omo.order.v1 import order_service_pb2 as pb
from services.order.reference import reactions, store_reads
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner
from tests.service.order import brand
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER, line
from tests.service.order.rig import Rig


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


def standing(tier: str, version: int) -> members.MemberStandingChanged:
    event = members.MemberStandingChanged()
    event.meta.aggregate_id, event.meta.sequence = MEMBER, version
    event.standing.member_id, event.standing.tier, event.standing.version = MEMBER, tier, version
    return event


async def cost(rig: Rig, *lines: pb.BasketLine) -> int:
    asked = pb.QuoteRequest(member_id=MEMBER, channel_id="web", lines=lines or [line()])
    reply = await rig.call(rig.orders.Quote, asked)
    return int(reply.quote.totals.grand_total.minor_units)


async def test_a_price_and_a_tier_hold_from_the_event_on(rig: Rig, databases: Databases, nats: NatsCorner) -> None:
    inventory, member = await databases.open("inventory"), await databases.open("member")
    speaks = {name: await streams.connect(nats.url, name, nats.seed(name)) for name in ("inventory", "member", "order")}
    relays: list[Any] = [
        outbox.Relay(inventory, speaks["inventory"].jetstream(), "OMO_INVENTORY"),
        outbox.Relay(member, speaks["member"].jetstream(), "OMO_MEMBER"),
    ]
    consumer = Consumer(rig.db, speaks["order"].jetstream(), "order", rig.parts.ears())
    tasks = [asyncio.create_task(part.run()) for part in [*relays, consumer]]
    assert await cost(rig) == 3000
    await _tell(inventory, brand.priced("COAT", 2500, 5))
    await _tell(member, standing("gold", 3))

    async def arrived() -> bool:
        return await cost(rig) == 2500 and await cost(rig, line("SCARF")) == 900

    await rigs.eventually(arrived)
    for relay in relays:
        await relay.drain()
    consumer.stop()
    await asyncio.gather(*tasks)
    for client in speaks.values():
        await client.close()


async def _tell(db: Database, event: object) -> None:
    async with db.transaction() as tx:
        await outbox.append(tx, event)  # type: ignore[arg-type]


async def test_an_older_state_changes_nothing_whatever_the_order(rig: Rig) -> None:
    chance = random.Random(3)
    events = [brand.priced("COAT", 1000 + number, 10 + number) for number in range(20)]
    for _ in range(5):
        chance.shuffle(events)
        for batch in (events[:7], events[7:9], events[9:]):
            async with rig.db.transaction() as tx:
                await reactions.on_price_list_changed(tx, list(batch))
        assert await cost(rig) == 1019


async def test_a_price_that_is_taken_out_and_a_variant_that_is_gone_are_not_sold(rig: Rig) -> None:
    assert await cost(rig, line("SCARF")) == 990
    gone = brand.priced("COAT", 1, 10)
    gone.removed_skus.append("SCARF")
    async with rig.db.transaction() as tx:
        await reactions.on_price_list_changed(tx, [gone])
    assert (await rig.fault(cost(rig, line("SCARF")))).reason == "UNKNOWN_SKU"
    bare = brand.product("COAT", 8)
    del bare.product.variants[:]
    assert await cost(rig) == 1
    async with rig.db.transaction() as tx:
        await reactions.on_product_changed(tx, [bare])
    assert (await rig.fault(cost(rig))).reason == "UNKNOWN_SKU"


async def test_what_is_sold_by_measure_is_one_unit(rig: Rig) -> None:
    asked = pb.QuoteRequest(member_id=MEMBER, channel_id="web", lines=[line("WOOL", 250)])
    reply = await rig.call(rig.orders.Quote, asked)
    (wool,) = reply.quote.lines
    assert (wool.by_measure, wool.quantity, wool.list_total.minor_units) == (True, 250, 1125)
    assert [(run.first, run.last) for run in wool.units] == [(0, 0)]


async def test_memory_holds_only_what_is_asked_for_and_forgets_what_changed(rig: Rig) -> None:
    reference = rig.parts.reference
    await cost(rig)
    held = reference._goods
    assert set(held) == {"COAT"}
    async with rig.db.transaction() as tx:
        await reactions.on_price_list_changed(tx, [brand.priced("SCARF", 800, 11)])
    kept = held["COAT"]
    await cost(rig)
    assert held["COAT"] is kept
    async with rig.db.transaction() as tx:
        await reactions.on_price_list_changed(tx, [brand.priced("COAT", 2800, 12)])
    assert await cost(rig) == 2800
    assert held["COAT"] is not kept
    many = [brand.product(f"X{number}", 1) for number in range(2100)]
    async with rig.db.transaction() as tx:
        await reactions.on_product_changed(tx, many)
        loaded = await store_reads.goods(tx, ["X7", "NONE"])
    assert set(loaded) == {"X7"}
    await cost(rig, line("SCARF"))
    assert set(held) == {"SCARF"}
