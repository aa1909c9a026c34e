"""An event that cannot be taken is tried again, and at last kept for a person: never dropped."""

from collections.abc import AsyncIterator

import pytest

from kit import consumer, dead_letters
from kit.postgres import Tx
from omo.inventory.v1.stock_events_pb2 import StockAllocated
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner
from tests.service.kit.rig import Rig, allocated, eventually, note_effect, rig, running


@pytest.fixture
async def ends(databases: Databases, nats: NatsCorner) -> AsyncIterator[Rig]:
    async with rig(databases, nats) as made:
        yield made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redeliveries without the minutes between them."""
    monkeypatch.setattr(consumer, "NAK_DELAYS", (0.05,) * 5)
    monkeypatch.setattr(consumer, "_LETTERS", 0.05)


@pytest.mark.usefixtures("quick")
async def test_a_poisonous_event_becomes_a_dead_letter_and_the_others_go_on(ends: Rig) -> None:
    poison = {"on": True}

    async def refuse(tx: Tx, event: StockAllocated) -> None:
        await note_effect(tx, event)
        if event.order_id == "bad" and poison["on"]:
            raise ValueError("cannot be")

    async with running(ends.relay(), ends.consumer(consumer.On(StockAllocated, refuse))):
        await ends.append(allocated("a"), allocated("bad"), allocated("b"))
        (letter,) = await eventually(lambda: dead_letters.waiting(ends.hearer))
        await ends.append(allocated("c"))
        await eventually(lambda: ends.has_effects(3))
        assert await ends.effects() == ["a", "b", "c"]
        assert (letter.deliveries, letter.error) == (5, "ValueError: cannot be")

        assert await dead_letters.replay(ends.hearer, [letter.event_id]) == 1
        again = await eventually(lambda: _deliveries_beyond(ends, 5))
        assert again.error == "ValueError: cannot be"

        poison["on"] = False
        assert await dead_letters.replay(ends.hearer) == 1
        await eventually(lambda: ends.has_effects(4))
        assert await eventually(lambda: _no_letters(ends))
    assert await ends.effects() == ["a", "b", "bad", "c"]


async def test_an_unreadable_message_becomes_a_dead_letter_at_once(ends: Rig, nats: NatsCorner) -> None:
    relay = ends.relay()
    await ends.append(allocated("a"))
    await relay.publish_once()
    await nats.jetstream.publish("omo.inventory.v1.StockAllocated.00", b"\xff\xff nonsense")
    async with running(ends.consumer()):
        (letter,) = await eventually(lambda: dead_letters.waiting(ends.hearer))
        await eventually(lambda: ends.has_effects(1))
    assert letter.payload == b"\xff\xff nonsense"
    assert letter.deliveries == 1


@pytest.mark.usefixtures("quick")
async def test_an_event_whose_handler_fails_at_first_is_taken_once(ends: Rig) -> None:
    tries: list[str] = []

    async def fail_twice(tx: Tx, event: StockAllocated) -> None:
        await note_effect(tx, event)
        tries.append(event.order_id)
        if len(tries) < 3:
            raise RuntimeError("not yet")

    async with running(ends.relay(), ends.consumer(consumer.On(StockAllocated, fail_twice))):
        await ends.append(allocated("a"))
        await eventually(lambda: ends.has_effects(1))
    assert await ends.effects() == ["a"]
    assert len(tries) == 3
    assert await dead_letters.waiting(ends.hearer) == []


async def _deliveries_beyond(ends: Rig, count: int) -> dead_letters.DeadLetter | None:
    (letter,) = await dead_letters.waiting(ends.hearer)
    return letter if letter.deliveries > count else None


async def _no_letters(ends: Rig) -> bool:
    return not await dead_letters.waiting(ends.hearer)
