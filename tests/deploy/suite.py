"""The whole trial as containers: the rendered manifests' commands, settings, users, mounts; told apart by name only."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import grpc
import httpx
from docker.models.containers import Container
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.deploy.engine import Way, Yard, log, published
from tests.deploy.rendered import PROCESSES, SERVICES, Docs, Workload, environment, workload
from tests.deploy.servers import PORTS, TrialServers

_READY_WITHIN = 120.0
_ORDER = ("payment", *PROCESSES)


@dataclass(slots=True)
class Suite:
    """The running containers by the name of their workload."""

    docs: Docs
    yard: Yard
    servers: TrialServers
    running: dict[str, Container] = field(default_factory=dict)

    async def migrate(self) -> dict[str, int]:
        """Runs each migration Job to its end; answers with their exit codes."""
        jobs = [f"{service}-migrations" for service in SERVICES]
        started = [await self._run(name) for name in jobs]
        ended = [await asyncio.to_thread(container.wait, timeout=120) for container in started]
        codes = {name: int(end["StatusCode"]) for name, end in zip(jobs, ended, strict=True)}
        for container, code in zip(started, codes.values(), strict=True):
            assert code == 0, log(container)
        return codes

    async def start(self) -> None:
        """Starts everything at once, as a cluster would: who needs another one waits."""
        for name in _ORDER:
            self.running[name] = await self._run(name)

    async def once(self, name: str) -> tuple[int, str]:
        """Runs what ends by itself, as its schedule would; answers with its exit code and what it said."""
        container = await self._run(name)
        ended = await asyncio.to_thread(container.wait, timeout=300)
        return int(ended["StatusCode"]), log(container)

    async def ready(self) -> None:
        """Waits until every probe of every process succeeds."""
        end = time.monotonic() + _READY_WITHIN
        for name in _ORDER:
            for kind in ("startup", "readiness", "liveness"):
                while not await self.probe(name, kind):
                    self._still_there(name)
                    assert time.monotonic() < end, f"{kind} of {name} fails: {log(self.running[name])[-2000:]}"
                    await asyncio.sleep(0.2)

    async def probe(self, name: str, kind: str) -> bool:
        """What the kubelet would find; a probe that the manifest does not have succeeds."""
        one = workload(self.docs, name)
        probe = one.container.get(f"{kind}Probe")
        if probe is None:
            return True
        if "grpc" in probe:
            return await _ask_grpc(self.at(name, probe["grpc"]["port"]), probe["grpc"]["service"])
        get = probe["httpGet"]
        return await _ask_http(f"http://{self.at(name, one.ports[get['port']])}{get['path']}")

    def at(self, name: str, port: int | str) -> str:
        """Where this machine reaches a process."""
        number = port if isinstance(port, int) else workload(self.docs, name).ports[port]
        return published(self.running[name], number)

    async def stop(self) -> dict[str, int]:
        """SIGTERM to the doors first, member last; answers with the exit codes."""
        for name in reversed(_ORDER):
            grace = workload(self.docs, name).pod["terminationGracePeriodSeconds"]
            await asyncio.to_thread(self.running[name].stop, timeout=grace)
        return {name: int(container.wait()["StatusCode"]) for name, container in self.running.items()}

    async def _run(self, name: str) -> Container:
        one = workload(self.docs, name)
        return await asyncio.to_thread(self.yard.run, one, self.told(one))

    def told(self, one: Workload) -> dict[str, str]:
        return environment(self.docs, one)

    def _still_there(self, name: str) -> None:
        container = self.running[name]
        container.reload()
        assert container.status == "running", f"{name} ended: {log(container)[-2000:]}"


async def _ask_grpc(target: str, service: str) -> bool:
    async with grpc.aio.insecure_channel(target) as channel:
        try:
            asked = health_pb2.HealthCheckRequest(service=service)
            answer = await health_pb2_grpc.HealthStub(channel).Check(asked, timeout=3)
        except grpc.aio.AioRpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def _ask_http(url: str) -> bool:
    async with httpx.AsyncClient(trust_env=False, timeout=3) as client:
        try:
            return 200 <= (await client.get(url)).status_code < 400
        except httpx.HTTPError:
            return False


@asynccontextmanager
async def ways(servers: TrialServers, yard: Yard) -> AsyncIterator[None]:
    """The servers under the names and ports that the manifests give them, on the containers' network."""
    opened = {name: Way(servers.listen[name]) for name in PORTS}
    gateway = yard.gateway
    try:
        for name, way in opened.items():
            await way.open(gateway, PORTS[name])
        yield
    finally:
        for way in opened.values():
            await way.close()
