"""A TCP proxy that behaves like a bad network, in modes that a test switches while traffic flows."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

_CHUNK = 16 * 1024


class Mode(StrEnum):
    """What the network does at the moment."""

    PASS = "pass"
    LATENCY = "latency"  # each chunk is late by `delay` ± `jitter` seconds
    REFUSE = "refuse"  # new connections are reset, old ones cut
    BLACKHOLE = "blackhole"  # bytes go in and nothing comes out, either way
    DROP_RESPONSE = "drop_response"  # requests pass, answers vanish
    CUT = "cut"  # every open connection is reset once, new ones pass
    HALF_CLOSE = "half_close"  # the client's side hears end of file, its requests still pass
    THROTTLE = "throttle"  # `rate` bytes a second each way


@dataclass(slots=True)
class ChaosProxy:
    """Stands between one client and one server: `address` is what the client is given."""

    target: str
    seed: int = 0
    mode: Mode = Mode.PASS
    delay: float = 0.0
    jitter: float = 0.0
    rate: float = 64 * 1024
    forwarded: int = 0  # bytes that reached the server
    returned: int = 0  # bytes that reached the client
    _server: asyncio.Server | None = None
    _clients: set[asyncio.StreamWriter] = field(default_factory=set)
    _upstreams: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _random: random.Random = field(default_factory=random.Random)

    async def start(self, port: int = 0) -> str:
        """Listens; returns the address for the client."""
        self._random.seed(self.seed)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return self.address

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def become(self, mode: Mode, *, delay: float = 0.0, jitter: float = 0.0, rate: float = 64 * 1024) -> None:
        """Changes the network for open and new connections alike."""
        self.mode, self.delay, self.jitter, self.rate = mode, delay, jitter, rate
        if mode in (Mode.REFUSE, Mode.CUT):
            self._reset_all()
        if mode is Mode.CUT:
            self.mode = Mode.PASS
        if mode is Mode.HALF_CLOSE:
            self._half_close_all()

    def heal(self) -> None:
        """An ordinary network again. Connections that lost bytes stay broken, as real ones do: they are reset."""
        broken = self.mode in (Mode.BLACKHOLE, Mode.DROP_RESPONSE, Mode.HALF_CLOSE)
        self.become(Mode.CUT if broken else Mode.PASS)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self._reset_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._clients.add(writer)
        try:
            await self._connect(reader, writer)
        finally:
            self._tasks.discard(task)
            _reset(writer)
            self._clients.discard(writer)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode is Mode.REFUSE:
            return
        host, _, port = self.target.rpartition(":")
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(host, int(port))
        except OSError:
            return
        self._upstreams.add(upstream_writer)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, upstream_writer, self._sent, answers=False))
                group.create_task(self._pump(upstream_reader, writer, self._answered, answers=True))
        except* OSError:
            pass
        finally:
            _reset(upstream_writer)
            self._upstreams.discard(upstream_writer)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: Callable[[int], None], *, answers: bool
    ) -> None:
        while chunk := await reader.read(_CHUNK):
            await self._wait(len(chunk))
            if await self._lost(answers=answers):
                continue
            writer.write(chunk)
            await writer.drain()
            count(len(chunk))
        with suppress(OSError, RuntimeError):
            writer.write_eof()

    async def _wait(self, size: int) -> None:
        if self.mode is Mode.LATENCY:
            await asyncio.sleep(max(0.0, self.delay + self._random.uniform(-self.jitter, self.jitter)))
        if self.mode is Mode.THROTTLE:
            await asyncio.sleep(size / self.rate)

    async def _lost(self, *, answers: bool) -> bool:
        """Whether this chunk vanishes; its connection is then useless and waits for its reset."""
        vanishing = (Mode.BLACKHOLE, Mode.DROP_RESPONSE, Mode.HALF_CLOSE) if answers else (Mode.BLACKHOLE,)
        return self.mode in vanishing

    def _sent(self, size: int) -> None:
        self.forwarded += size

    def _answered(self, size: int) -> None:
        self.returned += size

    def _reset_all(self) -> None:
        for writer in [*self._clients, *self._upstreams]:
            _reset(writer)

    def _half_close_all(self) -> None:
        for writer in list(self._clients):
            with suppress(OSError, RuntimeError):
                writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    """A reset and no orderly end: what is buffered is gone."""
    transport = writer.transport
    if not transport.is_closing():
        transport.abort()
