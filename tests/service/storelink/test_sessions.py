"""Who may hold a session, and how long."""

import asyncio
import time

import grpc
import pytest

from gateway.storelink import wire
from omo.storelink.v1 import storelink_service_pb2 as pb
from tests.harness.chaos import ChaosProxy, Mode
from tests.harness.databases import Databases
from tests.harness.shared import ValkeyCorner
from tests.service.storelink import owners
from tests.service.storelink.rig import Rig, eventually, open_rig, sale


async def test_without_a_device_token_there_is_no_session(rig: Rig) -> None:
    anonymous = rig.stream(token="nonsense")
    assert (await anonymous.end())[0] is grpc.StatusCode.UNAUTHENTICATED
    member = rig.stream(token=rig.issuer.token("shop", "m1"))
    assert (await member.end())[0] is grpc.StatusCode.PERMISSION_DENIED


async def test_the_first_message_must_be_hello(rig: Rig) -> None:
    stream = rig.stream()
    await stream.sales(1, sale(1))
    code, details = await stream.end()
    assert (code, details) == (grpc.StatusCode.FAILED_PRECONDITION, "the first message of a session is Hello")
    assert await rig.lanes.stored("t1") == []


async def test_a_second_session_of_a_terminal_ends_the_first_and_fences_its_frames(rig: Rig) -> None:
    first, other = rig.stream("t1"), rig.stream("t2")
    await first.hello()
    await other.hello()
    rig.lanes.away.add("SALES")
    await first.sales(1, sale(1, "late"))
    second = rig.stream("t1")
    await second.hello()
    code, details = await first.end()
    assert (code, details) == (grpc.StatusCode.ABORTED, "this terminal opened another session")
    rig.lanes.away.clear()
    await second.sales(1, sale(1))
    assert (await second.hear("ack")).ack.durable_ack == 1
    assert await rig.lanes.conflicts("t1") == []  # the late frame never reached its owner
    assert len(rig.storelink.door.sessions()) == 2


async def test_a_session_at_another_replica_ends_this_one(rig: Rig, databases: Databases, valkey: ValkeyCorner) -> None:
    here = rig.stream()
    await here.hello()
    async with open_rig(databases, valkey.client) as replica:
        replica.issuer.keys.update(rig.issuer.keys)
        there = replica.stream()
        await there.hello()
        await rig.storelink.watch.look_elsewhere()
        assert (await here.end())[0] is grpc.StatusCode.ABORTED
        await replica.storelink.watch.look_elsewhere()
        await there.sales(1, sale(1))
        assert (await there.hear("ack")).ack.durable_ack == 1


async def test_valkey_forgetting_everything_ends_no_session(rig: Rig, valkey: ValkeyCorner) -> None:
    stream = rig.stream()
    await stream.hello()
    await valkey.client.flushdb()
    await rig.storelink.watch.look_elsewhere()
    await rig.storelink.watch.look_elsewhere()
    await stream.sales(1, sale(1))
    assert (await stream.hear("ack")).ack.durable_ack == 1


async def test_a_terminal_revoked_while_it_streams_is_out_and_stays_out(rig: Rig) -> None:
    stream, other = rig.stream("t1"), rig.stream("t2")
    rig.access.terminals |= {"t1": "TPE01", "t2": "TPE01"}
    await stream.hello()
    await other.hello()
    rig.access.revoked.add("t1")
    await rig.storelink.watch.recheck()
    code, details = await stream.end()
    assert (code, details) == (grpc.StatusCode.PERMISSION_DENIED, "headquarters revoked this terminal")
    again = rig.stream("t1")
    await again.say(pb.SessionRequest(hello=pb.Hello()))
    assert (await again.end())[0] is grpc.StatusCode.PERMISSION_DENIED
    await other.sales(1, sale(1))
    assert (await other.hear("ack")).ack.durable_ack == 1


async def test_a_revoked_terminal_is_noticed_by_the_watch_itself(databases: Databases, valkey: ValkeyCorner) -> None:
    async with open_rig(databases, valkey.client, recheck_seconds=0.3) as rig:
        rig.access.terminals["t1"] = "TPE01"
        stream = rig.stream()
        await stream.hello()
        rig.access.revoked.add("t1")
        assert (await stream.end(within=5))[0] is grpc.StatusCode.PERMISSION_DENIED


async def test_a_stream_outlives_its_token_but_no_new_one_opens_with_it(rig: Rig) -> None:
    """Members answer for the terminal every minute; the token is for opening."""
    token = owners.device_token(rig.issuer, "t1", "TPE01", life=60)
    stream = rig.stream(token=token)
    await stream.hello()
    rig.verifier._now = lambda: time.time() + 120  # past its life, and the leeway of two clocks
    assert (await rig.stream(token=token).end())[0] is grpc.StatusCode.UNAUTHENTICATED
    await stream.sales(1, sale(1))
    assert (await stream.hear("ack")).ack.durable_ack == 1


async def test_a_silent_terminal_is_given_up_after_two_heartbeats(
    databases: Databases, valkey: ValkeyCorner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half-open: the peer is gone and no packet says so. With the door's third heartbeat."""
    heartbeat = wire.heartbeat
    said: list[pb.SessionResponse] = []

    def counted() -> pb.SessionResponse:
        said.append(heartbeat())
        return said[-1]

    monkeypatch.setattr(wire, "heartbeat", counted)
    async with open_rig(databases, valkey.client, heartbeat_seconds=1) as rig:
        proxy = ChaosProxy(rig.address)
        address = await proxy.start()
        rig.address, direct = address, rig.address
        stream = rig.stream()
        rig.address = direct
        assert (await stream.hello()).heartbeat_seconds == 1
        await stream.hear("heartbeat")
        proxy.become(Mode.BLACKHOLE)
        await eventually(lambda: not rig.storelink.door.sessions())
        assert len(said) <= 3
        await proxy.stop()


async def test_heartbeats_keep_an_idle_stream(databases: Databases, valkey: ValkeyCorner) -> None:
    async with open_rig(databases, valkey.client, heartbeat_seconds=2) as rig:
        stream = rig.stream()
        await stream.hello()
        for _ in range(3):  # longer than the door bears silence
            await stream.hear("heartbeat")
            await stream.say(pb.SessionRequest(heartbeat=pb.Heartbeat()))
        assert len(rig.storelink.door.sessions()) == 1


async def test_drain_is_said_in_band_and_every_stream_is_gone_before_the_port_closes(rig: Rig) -> None:
    streams = [rig.stream(f"t{number}") for number in range(3)]
    for stream in streams:
        await stream.hello()
    draining = asyncio.create_task(rig.storelink.door.drain())
    for stream in streams:
        drain = (await stream.hear("drain")).drain
        assert 1 <= drain.reconnect_after_seconds <= 10
        await stream.sales(1, sale(1))
        assert (await stream.hear("ack")).ack.durable_ack == 1  # what is said until then still counts
        await stream.call.done_writing()
    async with asyncio.timeout(5):
        await draining
    late = rig.stream("t9")
    await late.say(pb.SessionRequest(hello=pb.Hello()))
    assert (await late.end())[0] is grpc.StatusCode.UNAVAILABLE


async def test_an_old_stream_is_asked_to_reconnect(databases: Databases, valkey: ValkeyCorner) -> None:
    async with open_rig(databases, valkey.client, session_minutes=0.01) as rig:
        stream = rig.stream()
        await stream.hello()
        assert (await stream.hear("drain")).drain.reconnect_after_seconds >= 1
