"""The gRPC server of a process: guarded, measured, probed and drained, whatever is added to it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from kit.access import Permissions
from kit.rpc import tuning
from kit.rpc.guard import Guard
from kit.rpc.reflecting import Reflection
from kit.settings import ProcessSettings
from kit.telemetry import logs
from kit.tokens import TokenVerifier

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
# names that a probe may ask for, beside each service's own
LIVENESS, READINESS, STARTUP = "liveness", "readiness", "startup"

GRACE_SECONDS = 20.0
# endpoints still send for a moment after they were told; tests have no endpoints
_SETTLE_SECONDS = {"production": 5.0}

_log = logs.get(__name__)

Drain = Callable[[], Awaitable[None]]


class Server:
    """Builds, starts and stops one gRPC server; `add` is the only way in, and it leads through the guard."""

    def __init__(
        self,
        name: str,
        settings: ProcessSettings,
        verifier: TokenVerifier,
        permissions: Permissions,
        *,
        streaming: bool = False,
        credentials: grpc.ServerCredentials | None = None,
        settle: float | None = None,
    ) -> None:
        self._settings = settings
        self._permissions = permissions
        self._credentials = credentials
        self._settle = _SETTLE_SECONDS.get(settings.env, 0.0) if settle is None else settle
        self._server = grpc.aio.server(
            interceptors=[Guard(name, verifier, permissions)], options=tuning.server_options(streaming=streaming)
        )
        self._health = health.aio.HealthServicer()
        self._methods: dict[str, list[str]] = {}
        self._drains: list[Drain] = []
        self.address = ""

    def add(self, add_fn: Callable[[Any, Any], None], servicer: Any) -> None:
        """Adds a servicer by its generated function, as in `add(pb2_grpc.add_XServicer_to_server, X())`."""
        add_fn(servicer, _Recorder(self._server, self._methods))

    def on_drain(self, drain: Drain) -> None:
        """Calls this before the port closes: for streams that want to say goodbye in-band."""
        self._drains.append(drain)

    async def start(self, listen: str | None = None) -> str:
        """Listens (port 0 takes a free one) and returns the bound address; not serving until `ready`."""
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        if self._settings.env != "production":
            self._server.add_generic_rpc_handlers((Reflection((*self._methods, health.SERVICE_NAME)),))
        asked = listen or self._settings.listen
        port = self._listen(asked)
        await self._server.start()
        self.address = f"{asked.rpartition(':')[0]}:{port}"
        self._warn_of_closed()
        await self._health.set(LIVENESS, _SERVING)
        await self.ready(True)
        return self.address

    async def ready(self, able: bool) -> None:
        """Says on the health service whether the process can do its work; liveness stays as it is."""
        status = _SERVING if able else _NOT_SERVING
        for name in ("", READINESS, STARTUP, *self._methods):
            await self._health.set(name, status)

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """NOT_SERVING, goodbyes, a pause for those who have not heard it yet, then finish what runs."""
        await self._health.enter_graceful_shutdown()
        for drain in self._drains:
            await drain()
        await asyncio.sleep(self._settle)
        await self._server.stop(grace)

    def _listen(self, address: str) -> int:
        if self._credentials is not None:
            return self._server.add_secure_port(address, self._credentials)
        return self._server.add_insecure_port(address)

    def _warn_of_closed(self) -> None:
        paths = (f"/{service}/{verb}" for service, verbs in self._methods.items() for verb in verbs)
        closed = [path for path in paths if path not in self._permissions]
        if closed:
            _log.warning("no permission entry, so nobody may call", method=closed)


class _Recorder:
    """Stands for the server while a generated function adds a servicer, and notes what it added."""

    def __init__(self, server: grpc.aio.Server, methods: dict[str, list[str]]) -> None:
        self._server = server
        self._methods = methods

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Any) -> None:
        self._server.add_generic_rpc_handlers(generic_rpc_handlers)

    def add_registered_method_handlers(self, service_name: str, method_handlers: Mapping[str, Any]) -> None:
        self._methods[service_name] = list(method_handlers)
        self._server.add_registered_method_handlers(service_name, method_handlers)
