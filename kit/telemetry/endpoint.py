"""The process's own little HTTP port: /metrics, /livez and /readyz."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from kit.telemetry import metrics

_READ_SECONDS = 5.0


class Endpoint:
    """Serves probes and metrics beside the process's work.

    An answer from /livez proves that the event loop turns: that is all
    liveness may depend on, or a lost database would restart every process.
    """

    def __init__(self, ready: Callable[[], bool]) -> None:
        self._ready = ready
        self._server: asyncio.Server | None = None
        self.address = ""

    async def start(self, listen: str) -> None:
        """Listens on `host:port`; port 0 takes a free one, then in `address`."""
        host, _, port = listen.rpartition(":")
        self._server = await asyncio.start_server(self._answer, host.strip("[]"), int(port), limit=8192)
        self.address = f"{host}:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Closes the port."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            async with asyncio.timeout(_READ_SECONDS):
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._response(request))
                await writer.drain()
        writer.close()

    def _response(self, request: bytes) -> bytes:
        match request.split(b" ", 2)[:2]:
            case [b"GET", b"/metrics"]:
                return _http(200, metrics.render(), "text/plain; version=0.0.4; charset=utf-8")
            case [b"GET", b"/livez"]:
                return _http(200, b"ok\n")
            case [b"GET", b"/readyz"]:
                return _http(200, b"ok\n") if self._ready() else _http(503, b"not ready\n")
            case _:
                return _http(404, b"not found\n")


def _http(status: int, body: bytes, content_type: str = "text/plain; charset=utf-8") -> bytes:
    phrase = {200: "OK", 404: "Not Found", 503: "Service Unavailable"}[status]
    head = f"HTTP/1.1 {status} {phrase}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body
