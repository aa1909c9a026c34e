"""The container engine: images, containers as the manifests describe them, a network with our servers on it."""

import asyncio
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import docker
import pytest
from docker.errors import APIError, BuildError, DockerException, ImageNotFound, NotFound
from docker.models.containers import Container

from tests.deploy.rendered import Workload
from tests.house.tree import ROOT

BASE = "python:3.11-slim-bookworm"
SHIPPED = ("member", "inventory", "order", "attribution", "gateway")
IMAGES = (*SHIPPED, "planner", "payment", "carrier", "einvoice", "messaging")
TAG = f"test-{os.getpid()}"
_CHUNK = 64 * 1024


def missing(reason: str) -> NoReturn:
    """Without an engine nothing here can be said: a failure where we are told to be thorough, else a loud skip."""
    said = f"IMAGES NOT TESTED: {reason}"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(said, pytrace=False)
    pytest.skip(said)


def connect() -> docker.DockerClient:
    """The engine, with the base image on it."""
    try:
        client = docker.from_env(timeout=600)
        client.ping()
    except DockerException as error:
        missing(f"no container engine answers ({error})")
    if platform.system() != "Linux":
        missing("the containers reach the servers over the engine's bridge, which only Linux has")
    try:
        client.images.get(BASE)
    except ImageNotFound:
        try:
            client.images.pull(BASE)
        except APIError as error:
            missing(f"the engine has no {BASE} and cannot pull it ({error.explanation})")
    return client


def build(client: docker.DockerClient, service: str) -> str:
    """The image of a service, by the shipped file."""
    tag = f"omo-{service}:{TAG}"
    _build(client, tag, buildargs={"SERVICE": service})
    return tag


def keep_parts(client: docker.DockerClient) -> None:
    """Names the stages that hold the dependencies, so that they outlive a clearing: what is left of a run is they."""
    for stage in ("parts", "service-parts", "member-parts", "gateway-parts", "planner-parts"):
        _build(client, f"omo-cache:{stage}", target=stage, buildargs={"SERVICE": "member"})


def clear(client: docker.DockerClient, built: Iterable[str]) -> None:
    """Removes images, and the stages of their builds."""
    for image in built:
        with suppress(ImageNotFound, APIError):
            client.images.remove(image)
    client.images.prune(filters={"dangling": True, "label": "dev.omo.stage"})


def _build(client: docker.DockerClient, tag: str, **wishes: Any) -> None:
    try:
        client.images.build(path=str(ROOT), dockerfile="deploy/Dockerfile", tag=tag, rm=True, forcerm=True, **wishes)
    except BuildError as error:
        lines = [str(line.get("stream") or line.get("error") or "") for line in error.build_log]
        pytest.fail(f"{tag} does not build:\n{''.join(lines)[-4000:]}", pytrace=False)


def tagged(image: str) -> str:
    """The image under test in the place of the one that a manifest names."""
    return f"{image.partition(':')[0]}:{TAG}"


@dataclass(slots=True)
class Yard:
    """Containers on a network of their own; `hosts` are names of servers that run outside of it."""

    client: docker.DockerClient
    secrets: Path
    network: Any = None
    hosts: Sequence[str] = ()
    made: list[Container] = field(default_factory=list)

    def open(self) -> None:
        self.network = self.client.networks.create(f"omo-{TAG}-{id(self):x}", driver="bridge")

    @property
    def gateway(self) -> str:
        """This machine, as the containers see it."""
        self.network.reload()
        return str(self.network.attrs["IPAM"]["Config"][0]["Gateway"])

    def run(self, one: Workload, environment: dict[str, str]) -> Container:
        """A container with the manifest's command, user, read-only root, scratch folders and mounted secrets."""
        api, context = self.client.api, one.pod["securityContext"]
        user = f"{context['runAsUser']}:{context['runAsGroup']}"
        binds = [f"{self.secrets / secret}:{path}:ro" for path, secret in one.secret_mounts().items()]
        host = api.create_host_config(
            binds=binds,
            read_only=one.container["securityContext"]["readOnlyRootFilesystem"],
            mem_limit=one.container["resources"]["limits"]["memory"].removesuffix("i"),
            cap_drop=one.container["securityContext"]["capabilities"]["drop"],
            security_opt=["no-new-privileges:true"],
            tmpfs=dict.fromkeys(one.scratch(), f"uid={context['runAsUser']},gid={context['runAsGroup']}"),
            extra_hosts=dict.fromkeys(self.hosts, self.gateway),
            port_bindings=dict.fromkeys(one.ports.values(), ("127.0.0.1",)),
        )
        end = api.create_endpoint_config(aliases=[one.name])
        created = api.create_container(
            tagged(one.container["image"]),
            command=one.container["command"],
            environment=environment,
            user=user,
            ports=list(one.ports.values()),
            host_config=host,
            networking_config=api.create_networking_config({self.network.name: end}),  # type: ignore[arg-type]
            labels={"dev.omo.test": TAG},
        )
        container = self.client.containers.get(created["Id"])
        self.made.append(container)
        container.start()
        return container

    def close(self) -> None:
        """Removes what was made here."""
        for container in self.made:
            with suppress(NotFound):
                container.remove(force=True)
        if self.network is not None:
            self.network.remove()


def published(container: Container, port: int) -> str:
    """Where this machine reaches a container's port."""
    container.reload()
    bound = container.ports[f"{port}/tcp"]
    assert bound, f"port {port} is not published"
    return f"127.0.0.1:{bound[0]['HostPort']}"


def log(container: Container) -> str:
    return bytes(container.logs()).decode(errors="replace")


class Way:
    """Carries connections from the containers' side of this machine to a server that listens on loopback."""

    def __init__(self, target_port: int) -> None:
        self._port = target_port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> None:
        self._server = await asyncio.start_server(self._carry, host, port)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._port)
            with suppress(OSError):
                await asyncio.gather(_pump(reader, back), _pump(there, writer))
        finally:
            writer.close()
            self._tasks.discard(task)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.close()


def yard(client: docker.DockerClient, secrets: Path, hosts: Sequence[str] = ()) -> Iterator[Yard]:
    """A yard that is cleared afterwards."""
    opened = Yard(client, secrets, hosts=hosts)
    opened.open()
    try:
        yield opened
    finally:
        opened.close()
