"""The HTTP server of the process: granian inside our own event loop, started and drained like the gRPC servers."""

import asyncio
import socket
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from gateway.http.door.edge import Edge
from gateway.http.door.feed import Feed
from kit.telemetry import logs

_HEADERS_WITHIN_MS = 10_000
_STARTS_WITHIN = 10.0
_GRACE = 20.0
_PAUSE = 0.02

_log = logs.get(__name__)


class HttpFront:
    """Serves an ASGI application until it is told to stop; then takes no more, and ends what runs."""

    def __init__(self, app: Edge, feed: Feed, listen: str, *, settle: float = 0.0) -> None:
        self._app = app
        self._feed = feed
        self._listen = listen
        self._settle = settle
        self._server: Any = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Listens (port 0 takes a free one) and returns the bound address."""
        host, _, port = self._listen.rpartition(":")
        # granian cannot say which port it was given, and shares one silently with another server:
        # so a socket of ours takes the port first
        with _reserved(host.strip("[]"), int(port)) as placeholder:
            bound = placeholder.getsockname()[1]
            if int(port):
                placeholder.close()
            self._server = Server(
                self._app,
                address=host.strip("[]"),
                port=bound,
                interface=Interfaces.ASGINL,
                http=HTTPModes.auto,
                http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_WITHIN_MS),
                websockets=False,
                backlog=1024,
                backpressure=4096,
                log_enabled=False,
            )
            self._serving = asyncio.create_task(self._server.serve(), name="http")
            await self._reached(host.strip("[]"), bound)
        return f"{host}:{bound}"

    async def ready(self, able: bool) -> None:
        """Hears whether the process can do its work: /healthz says it on."""
        self._feed.able = able

    async def stop(self) -> None:
        """Not ready, a pause for balancers that have not heard it, streams end, then what runs is finished."""
        self._feed.able = False
        await asyncio.sleep(self._settle)
        self._feed.stop()
        if self._server is None or self._serving is None:
            return
        self._server.stop()
        _, late = await asyncio.wait([self._serving], timeout=_GRACE)
        if late:
            _log.warning("requests cut", count=self._app.in_flight)
            self._serving.cancel()

    async def _reached(self, host: str, port: int) -> None:
        async with asyncio.timeout(_STARTS_WITHIN):
            while True:
                try:
                    _, writer = await asyncio.open_connection(host, port)
                except OSError:
                    if self._serving is not None and self._serving.done():
                        self._serving.result()
                    await asyncio.sleep(_PAUSE)
                    continue
                writer.close()
                return


def _reserved(host: str, port: int) -> socket.socket:
    """A socket bound to the port; fails when somebody else listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    held = socket.socket(family, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if port == 0:  # kept while granian takes the same one; a fixed port is let go, so that a second server is noticed
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind((host, port))
    return held
