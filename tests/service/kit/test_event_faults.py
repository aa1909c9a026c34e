"""Killed processes and a broker that forgets: no event lost, no effect twice."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.stack import binaries, ports
from cli.stack.home import Home
from cli.stack.nats import MAIN, Nats
from kit import consumer, faultpoints, outbox, streams
from kit.faultpoints import FaultInjected
from kit.postgres import Database
from tests.harness import run
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner
from tests.service.kit.rig import Rig, allocated, effects_table, eventually, rig, running

_ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
async def own_nats() -> AsyncIterator[Nats]:
    """A broker of this test's own, to be killed and wiped."""
    home = Home.open(run.root() / f"nats-{run.worker()}", run.binaries())
    server = Nats(home, binaries.prepare(home), ports.free(), ports.free())
    await server.start()
    yield server
    await server.stop()
    shutil.rmtree(server.data, ignore_errors=True)


@pytest.fixture
async def ends(databases: Databases, own_nats: Nats) -> AsyncIterator[Rig]:
    hearing = await databases.address("order")
    await effects_table(hearing.owner_dsn)
    hearer = await Database.open(hearing.dsn, 4)
    speaks = await streams.connect(own_nats.url, "inventory", own_nats.seed("inventory", MAIN))
    hears = await streams.connect(own_nats.url, "order", own_nats.seed("order", MAIN))
    yield Rig(await databases.open("inventory"), hearer, speaks, hears)
    await speaks.close()
    await hears.close()
    await hearer.close()


@pytest.mark.parametrize("point", ["relay.before_publish", "relay.after_publish", "relay.after_mark"])
async def test_a_relay_killed_at_any_point_loses_nothing_and_doubles_nothing(
    databases: Databases, nats: NatsCorner, point: str
) -> None:
    async with rig(databases, nats) as ends:
        address = await databases.address("inventory")
        ends.publisher = await Database.open(address.dsn, 4)
        await ends.append(*(allocated(f"{number:02d}") for number in range(20)))
        told = {
            "dsn": address.dsn,
            "url": nats.url,
            "seed": nats.seed("inventory"),
            "faults": f"{point}=exit9",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.service.kit.relay_process",
            stdin=asyncio.subprocess.PIPE, cwd=_ROOT, env={"PYTHONPATH": f"{_ROOT}:{_ROOT / 'gen'}"},
        )  # fmt: skip
        await process.communicate(json.dumps(told).encode())
        assert process.returncode == 9
        async with running(ends.relay(), ends.consumer()):
            await eventually(lambda: ends.has_effects(20))
        assert len(await ends.effects()) == 20
        assert await ends.unpublished() == 0
        assert (await nats.jetstream.stream_info("OMO_INVENTORY")).state.messages == 20
        await ends.publisher.close()


@pytest.mark.parametrize("point", ["consumer.before_commit", "consumer.after_commit"])
async def test_a_consumer_that_breaks_around_its_commit_takes_each_event_once(
    databases: Databases, nats: NatsCorner, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    monkeypatch.setattr(consumer, "NAK_DELAYS", (0.05,) * 5)
    async with rig(databases, nats) as ends:
        relay = ends.relay()
        await ends.append(*(allocated(f"{number:02d}") for number in range(20)))
        await relay.publish_once()
        hits: list[str] = []

        def break_at_first(name: str) -> None:
            if name == point and len(hits) < 3:
                hits.append(name)
                raise FaultInjected(name)

        monkeypatch.setattr(faultpoints, "hit", break_at_first)
        async with running(ends.consumer()):
            await eventually(lambda: ends.has_effects(20))
            await eventually(lambda: _nothing_left(nats))
        assert len(hits) == 3
        assert len(await ends.effects()) == 20


async def test_a_broker_that_lost_its_store_gets_everything_again_and_nobody_takes_it_twice(
    ends: Rig, own_nats: Nats
) -> None:
    async with running(ends.relay(), ends.consumer()):
        await ends.append(*(allocated(f"{number:02d}") for number in range(30)))
        await eventually(lambda: ends.has_effects(30))
        await own_nats.kill()
        shutil.rmtree(own_nats.data)
        await ends.append(*(allocated(f"{number:02d}") for number in range(30, 40)))
        await own_nats.start()
        await eventually(lambda: ends.has_effects(40), within=30)
        await eventually(lambda: _published(ends), within=10)
        state = (await ends.speaks.jetstream().stream_info("OMO_INVENTORY")).state
        assert state.messages == 40
        # the consumer has gone through all of it again
        await eventually(lambda: _caught_up(ends, 40))
    assert await ends.effects() == [f"{number:02d}" for number in range(40)]


async def test_a_broker_that_was_away_gets_what_was_appended_meanwhile(ends: Rig, own_nats: Nats) -> None:
    async with running(ends.relay(), ends.consumer()):
        await ends.append(allocated("before"))
        await eventually(lambda: ends.has_effects(1))
        await own_nats.kill()
        for number in range(20):
            await ends.append(allocated(f"during-{number:02d}"))
        assert await ends.unpublished() == 20
        await own_nats.start()
        await eventually(lambda: ends.has_effects(21), within=30)
        assert (await ends.speaks.jetstream().stream_info("OMO_INVENTORY")).state.messages == 21
    assert len(await ends.effects()) == 21


async def test_republish_sends_again_what_was_recorded_since(ends: Rig) -> None:
    async with running(ends.consumer()):
        relay = ends.relay()
        await ends.append(*(allocated(f"{number:02d}") for number in range(10)))
        await relay.drain()
        await eventually(lambda: ends.has_effects(10))
        jetstream = ends.speaks.jetstream()
        sent = await outbox.republish(ends.publisher, jetstream, "inventory", datetime.now(UTC) - timedelta(hours=1))
        assert sent == 10
        assert await ends.unpublished() == 0
        assert await outbox.republish(ends.publisher, jetstream, "inventory", datetime.now(UTC)) == 0
    assert len(await ends.effects()) == 10


async def test_what_waits_for_ears_that_a_broker_forgot_is_no_quiet(ends: Rig, own_nats: Nats) -> None:
    hearer = ends.consumer()
    async with running(ends.relay(), hearer):
        await ends.append(*(allocated(f"{number:02d}") for number in range(3)))
        await eventually(lambda: ends.has_effects(3))
    assert await hearer.pending() == 0
    operator = await streams.connect(own_nats.url, "operator", own_nats.seed("operator", MAIN))
    await operator.jetstream().delete_consumer("OMO_INVENTORY", "order")
    await operator.close()
    assert await hearer.pending() == 3
    async with ends.hearer.read() as tx:
        assert [tuple(row) for row in await tx.fetch("SELECT * FROM inbox_streams")] == [("OMO_INVENTORY", "order")]


async def _nothing_left(nats: NatsCorner) -> bool:
    info = await nats.jetstream.consumer_info("OMO_INVENTORY", "order")
    return (info.num_pending, info.num_ack_pending) == (0, 0)


async def _published(ends: Rig) -> bool:
    return await ends.unpublished() == 0


async def _caught_up(ends: Rig, sequence: int) -> bool:
    info = await ends.hears.jetstream().consumer_info("OMO_INVENTORY", "order")
    return bool(info.ack_floor and info.ack_floor.stream_seq == sequence)
