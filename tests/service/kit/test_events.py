"""Events go out once they commit, come in once, whoever publishes or hears them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from nats.js.api import AckPolicy, ConsumerConfig

from kit import access, consumer, outbox, pulls, streams
from kit.postgres import Tx
from omo.inventory.v1.stock_events_pb2 import StockAllocated
from omo.type.v1 import actor_pb2
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner
from tests.service.kit.rig import Rig, allocated, eventually, note_effect, rig, running


@pytest.fixture
async def ends(databases: Databases, nats: NatsCorner) -> AsyncIterator[Rig]:
    async with rig(databases, nats) as made:
        yield made


async def test_a_committed_event_has_its_effect_once_and_a_rolled_back_one_none(ends: Rig) -> None:
    async with running(ends.relay(), ends.consumer()):
        await ends.append(allocated("a"), allocated("b"))
        with pytest.raises(ZeroDivisionError):
            await _append_and_fail(ends)
        await ends.append(allocated("c"))
        await eventually(lambda: ends.has_effects(3))
    assert await ends.effects() == ["a", "b", "c"]
    assert await ends.unpublished() == 0


async def test_an_event_arrives_long_before_a_pull_request_ends(ends: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull that waited for a full batch would hold a single event until its request ends."""
    monkeypatch.setattr(pulls, "EXPIRES", 100.0)
    async with running(ends.relay(), ends.consumer()):
        await ends.append(allocated("warm"))
        await eventually(lambda: ends.has_effects(1))
        await ends.append(allocated("a"))
        await eventually(lambda: ends.has_effects(2))


async def test_an_event_carries_who_why_and_when(ends: Rig) -> None:
    heard: list[StockAllocated] = []

    async def listen(_: Tx, event: StockAllocated) -> None:
        heard.append(event)

    async with running(ends.relay(), ends.consumer(consumer.On(StockAllocated, listen))):
        with access.acting_as(access.Principal(access.Kind.MEMBER, "m-1")):
            await ends.append(allocated("a", reason="WHY", sequence=7))
        await eventually(lambda: heard)
    meta = heard[0].meta
    assert (meta.aggregate_id, meta.sequence, meta.reason) == ("a", 7, "WHY")
    assert (meta.actor.kind, meta.actor.id) == (actor_pb2.ACTOR_KIND_MEMBER, "m-1")
    async with ends.publisher.read() as tx:
        row = await tx.fetchrow("SELECT event_id, record_time FROM outbox")
    assert row is not None
    assert meta.event_id == row["event_id"]
    assert meta.record_time.ToMicroseconds() == round(row["record_time"].timestamp() * 1_000_000)


async def test_the_headers_repeat_the_meta_as_cloudevents(ends: Rig, nats: NatsCorner) -> None:
    relay = ends.relay()
    await ends.append(allocated("衣-1", sequence=3))
    await relay.drain()
    message = await nats.jetstream.get_msg("OMO_INVENTORY", 1)
    event = StockAllocated.FromString(message.data or b"")
    headers = message.headers or {}
    assert message.subject == streams.subject("omo.inventory.v1.StockAllocated", "衣-1")
    assert headers["Nats-Msg-Id"] == headers["ce-id"] == event.meta.event_id
    assert headers["ce-type"] == "omo.inventory.v1.StockAllocated"
    assert headers["ce-source"] == "omo.inventory"
    assert headers["ce-subject"] == "%E8%A1%A3-1"
    assert headers["ce-sequence"] == "3"


async def test_what_a_reaction_says_names_its_cause_and_the_first_actor(ends: Rig) -> None:
    seen: list[Any] = []

    async def react(tx: Tx, event: StockAllocated) -> None:
        assert (access.current().kind, access.current().id) == (access.Kind.SERVICE, "order")
        said = allocated("answer")
        await outbox.append(tx, said)
        seen.append((event, said))

    async with running(ends.relay(), ends.consumer(consumer.On(StockAllocated, react))):
        with access.acting_as(access.Principal(access.Kind.DEVICE, "t-9", terminal_id="t-9")):
            await ends.append(allocated("a"))
        await eventually(lambda: seen)
    heard, said = seen[0]
    assert said.meta.causation_id == heard.meta.event_id
    assert said.meta.actor == heard.meta.actor
    assert said.meta.actor.terminal_id == "t-9"


async def test_an_event_published_twice_under_other_message_ids_is_taken_once(ends: Rig, nats: NatsCorner) -> None:
    relay = ends.relay()
    await ends.append(allocated("a"))
    await relay.publish_once()
    original = await nats.jetstream.get_msg("OMO_INVENTORY", 1)
    async with running(ends.consumer()):
        # one after the other, so that they come in batches of their own
        for number in range(1, 4):
            await eventually(lambda count=number: _all_acknowledged(nats, count))
            headers = {"Nats-Msg-Id": f"x{number}"}
            await nats.jetstream.publish(str(original.subject), original.data or b"", headers=headers)
        await eventually(lambda: _all_acknowledged(nats, 4))
    assert await ends.effects() == ["a"]


async def test_replicas_share_the_work_and_each_event_is_taken_once(ends: Rig, nats: NatsCorner) -> None:
    relays, consumers = [ends.relay() for _ in range(2)], [ends.consumer() for _ in range(2)]
    async with running(*relays, *consumers):
        for number in range(10):
            await ends.append(*(allocated(f"{number:02d}-{part:02d}") for part in range(50)))
        await eventually(lambda: ends.has_effects(500))
    assert len(await ends.effects()) == len(set(await ends.effects())) == 500
    assert (await nats.jetstream.stream_info("OMO_INVENTORY")).state.messages == 500


async def test_many_get_the_whole_batch_at_once(ends: Rig) -> None:
    batches: list[int] = []

    async def note_all(tx: Tx, events: list[StockAllocated]) -> None:
        batches.append(len(events))
        await tx.executemany("INSERT INTO effects (order_id) VALUES ($1)", [(event.order_id,) for event in events])

    relay = ends.relay()
    await ends.append(*(allocated(f"{number:03d}") for number in range(128)))
    await relay.publish_once()
    async with running(ends.consumer(consumer.On.many(StockAllocated, note_all))):
        await eventually(lambda: ends.has_effects(128))
    assert sum(batches) == 128
    assert len(batches) <= 8


async def test_a_stopped_consumer_finishes_its_batch_and_gives_the_rest_back(ends: Rig) -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def slow(tx: Tx, event: StockAllocated) -> None:
        begun.set()
        await release.wait()
        await note_effect(tx, event)

    relay = ends.relay()
    await ends.append(*(allocated(f"{number:03d}") for number in range(150)))
    await relay.publish_once()
    first = ends.consumer(consumer.On(StockAllocated, slow))
    running_first = asyncio.create_task(first.run())
    await begun.wait()
    first.stop()
    release.set()
    await asyncio.wait_for(running_first, 10)
    taken = len(await ends.effects())
    assert 1 <= taken <= 64
    async with running(ends.consumer()):
        # well before the 30 s after which unacknowledged messages come back by themselves
        await eventually(lambda: ends.has_effects(150), within=10)
    assert len(await ends.effects()) == 150


async def test_a_consumer_waits_for_a_publisher_that_has_not_started_yet(ends: Rig) -> None:
    async with running(ends.consumer()):
        await ends.append(allocated("a"))
        async with running(ends.relay()):
            await eventually(lambda: ends.has_effects(1))


async def test_a_new_filter_is_added_to_an_old_durable(ends: Rig, nats: NatsCorner) -> None:
    relay = ends.relay()
    await ends.append(allocated("a"))
    await relay.publish_once()
    old = ConsumerConfig(
        name="order",
        durable_name="order",
        ack_policy=AckPolicy.EXPLICIT,
        filter_subjects=["omo.inventory.v1.HoldReleased.*"],
    )
    await ends.hears.jetstream().add_consumer("OMO_INVENTORY", old)
    async with running(ends.consumer()):
        await eventually(lambda: ends.has_effects(1))


async def _append_and_fail(ends: Rig) -> None:
    async with ends.publisher.transaction() as tx:
        await outbox.append(tx, allocated("never"))
        _ = 1 / 0


async def _all_acknowledged(nats: NatsCorner, count: int) -> bool:
    found = await nats.jetstream.consumers_info("OMO_INVENTORY")
    return bool(found) and (found[0].ack_floor.stream_seq if found[0].ack_floor else 0) == count
