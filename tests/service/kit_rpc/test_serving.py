"""Probes, reflection and the stop of a real server."""

import asyncio

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from kit.errors import Code, Fault
from tests.service.kit_rpc.echo import Stub, serving, speaking


async def same(text: str) -> str:
    return text


async def test_the_health_service_knows_each_service_and_needs_no_token() -> None:
    async with serving("back", same) as (back, _), grpc.aio.insecure_channel(back.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for name in ("", "liveness", "readiness", "startup", "omo.back.v1.EchoService"):
            reply = await health.Check(health_pb2.HealthCheckRequest(service=name))
            assert reply.status == health_pb2.HealthCheckResponse.SERVING
        await back.ready(False)
        for name, serving_still in (("readiness", False), ("omo.back.v1.EchoService", False), ("liveness", True)):
            reply = await health.Check(health_pb2.HealthCheckRequest(service=name))
            assert (reply.status == health_pb2.HealthCheckResponse.SERVING) is serving_still


async def test_reflection_names_the_services() -> None:
    async with serving("back", same) as (back, _), grpc.aio.insecure_channel(back.address) as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        call = stub.ServerReflectionInfo(iter([asked]))
        reply = await call.read()
        call.cancel()
    names = {service.name for service in reply.list_services_response.service}
    assert {"omo.back.v1.EchoService", "grpc.health.v1.Health"} <= names


async def test_production_reflects_nothing() -> None:
    async with (
        serving("back", same, env="production") as (back, _),
        grpc.aio.insecure_channel(back.address) as channel,
    ):
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        call = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_stop_finishes_what_runs_and_takes_nothing_new() -> None:
    order, running, go = [], asyncio.Event(), asyncio.Event()

    async def work(text: str) -> str:
        running.set()
        await go.wait()
        return text

    async with serving("back", work) as (back, _), speaking(back, "back") as stub:

        async def goodbye() -> None:
            order.append("drained")

        back.on_drain(goodbye)
        first = asyncio.create_task(stub.Say("x", timeout=10)._answer())
        await running.wait()
        stopping = asyncio.create_task(back.stop())
        async with asyncio.timeout(5):
            while not await refused(stub):
                pass
        assert order == ["drained"]
        assert not first.done()
        go.set()
        assert (await first).value == "x"
        await stopping


async def refused(stub: Stub) -> bool:
    try:
        await stub.Say("late", timeout=0.2)
    except Fault as fault:
        return fault.code is Code.UNAVAILABLE
    return False
