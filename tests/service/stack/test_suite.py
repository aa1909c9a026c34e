"""The real suite under the supervisor: everything comes up, may do what it needs, and falls quiet."""

import re

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.harness.fixtures import StartFleet
from tests.harness.fleet import NotYours, TestFleet

pytestmark = pytest.mark.xdist_group("fleet")
_PROCESSES = ("member", "inventory", "payment", "order", "attribution", "gateway", "storelink")
_DENIED = re.compile(r"permissions violation|NOPERM|no permissions|must be owner|permission denied", re.IGNORECASE)


async def test_every_process_serves_its_metrics(fleet: TestFleet) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        for name in _PROCESSES:
            page = await client.get(fleet.metrics(name))
            assert page.status_code == 200, name
            assert "omo_" in page.text, name


async def test_the_gateway_shows_its_documentation(fleet: TestFleet) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        page = await client.get(f"{fleet.gateway_url}/docs")
    assert page.status_code == 200


async def test_the_store_door_is_open_to_who_trusts_its_authority(fleet: TestFleet) -> None:
    trusted = grpc.ssl_channel_credentials(root_certificates=fleet.door_ca)
    async with grpc.aio.secure_channel(fleet.door_target, trusted) as channel:
        answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
    async with grpc.aio.insecure_channel(fleet.door_target) as plain:
        with pytest.raises(grpc.aio.AioRpcError):
            await health_pb2_grpc.HealthStub(plain).Check(health_pb2.HealthCheckRequest(), timeout=5)


async def test_time_moves_a_day_and_the_suite_falls_quiet(fleet: TestFleet) -> None:
    before = await fleet.clock.now()
    backlog = await fleet.advance("1d")
    assert backlog.quiet
    assert (await fleet.clock.now() - before).days >= 1


async def test_nobody_was_denied_what_it_needs(fleet: TestFleet) -> None:
    await fleet.quiesce()
    for name in _PROCESSES:
        denied = [line for line in fleet.log(name).splitlines() if _DENIED.search(line)]
        assert denied == [], name


async def test_the_shared_fleet_refuses_harm(fleet: TestFleet) -> None:
    for harm in (fleet.kill("order"), fleet.restart("order"), fleet.kill_postgres(), fleet.stop_nats()):
        with pytest.raises(NotYours):
            await harm


async def test_a_fleet_of_one_s_own_survives_the_loss_of_each_server(own_fleet: StartFleet) -> None:
    own = await own_fleet(proxied=[("order", "inventory"), ("order", "postgres")])
    await own.kill("order")
    await own.kill_postgres()
    await own.kill_nats()
    await own.stop_valkey()
    await own.start_valkey()
    await own.start_nats()
    await own.start_postgres()
    await own.restart("order")
    assert (await own.quiesce()).quiet
    assert own.fleet.ended() == []
    assert own.proxy("order", "postgres").returned > 0
