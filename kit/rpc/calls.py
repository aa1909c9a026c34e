"""One call to another service: what it carries, how long it may take, and the Fault that it ends with."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Generator
from functools import cache
from typing import Any

import grpc
from opentelemetry.trace import SpanKind, Status, StatusCode
from prometheus_client import Histogram

from kit.errors import Fault
from kit.rpc import deadline, faults, metadata
from kit.telemetry import metrics, traces
from kit.tokens import ServiceTokens


class Method:
    """A remote method; calling it gives an object to await or to iterate, as grpc.aio's own do."""

    def __init__(self, kind: "type[OneAnswer | Stream]", inner: Any, path: str, tokens: ServiceTokens | None) -> None:
        self._kind = kind
        self._inner = inner
        self.path = path
        self.tokens = tokens
        self.service, _, self.verb = path.strip("/").partition("/")

    def __call__(self, request: Any = None, *, timeout: float | None = None, **named: Any) -> Any:
        """The call; it is sent when it is first awaited, read, written or iterated."""
        extra = tuple(named.pop("metadata", None) or ())
        return self._kind(self, lambda seconds, pairs: self._begin(request, seconds, pairs, named), timeout, extra)

    def _begin(self, request: Any, seconds: float | None, pairs: metadata.Pairs, named: dict[str, Any]) -> Any:
        return self._inner(request, timeout=seconds, metadata=grpc.aio.Metadata(*pairs), **named)


Begin = Callable[[float | None, metadata.Pairs], Any]


class _Call:
    """What both kinds of call have: the call beneath them, and its metadata."""

    def __init__(self, method: Method, begin: Begin, timeout: float | None, extra: metadata.Pairs) -> None:
        self._method = method
        self._begin = begin
        self._timeout = timeout
        self._extra = extra
        self._call: Any = None

    async def _send(self, seconds: float | None) -> Any:
        pairs = await metadata.outgoing(self._method.tokens)
        self._call = self._begin(seconds, (*pairs, *self._extra))
        return self._call

    def _fault(self, error: grpc.aio.AioRpcError) -> Fault:
        return faults.from_rpc(error, self._method.path)

    def cancel(self) -> bool:
        """Stops waiting; the other side may have done it all the same."""
        return bool(self._call is not None and self._call.cancel())

    async def initial_metadata(self) -> Any:
        """What came before the answer; the call must have been sent."""
        return await self._call.initial_metadata()

    async def trailing_metadata(self) -> Any:
        """What came after the answer; the call must have been awaited."""
        return await self._call.trailing_metadata()

    async def code(self) -> grpc.StatusCode:
        """The status that the call ended with."""
        status: grpc.StatusCode = await self._call.code()
        return status


class OneAnswer(_Call):
    """A call that is awaited for its one answer."""

    def __await__(self) -> Generator[Any, None, Any]:
        return self._answer().__await__()

    async def _answer(self) -> Any:
        method, code, started = self._method, "CANCELLED", time.perf_counter()
        begun = traces.begin(method.path, kind=SpanKind.CLIENT)
        try:
            answer = await (await self._send(deadline.forwarded(self._timeout)))
        except grpc.aio.AioRpcError as error:
            fault = self._fault(error)
            begun[0].set_status(Status(StatusCode.ERROR, fault.reason))
            code = fault.code.name
            raise fault from None
        except Exception as error:
            begun[0].set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
        else:
            code = "OK"
            return answer
        finally:
            traces.end(begun)
            _seconds(method.service, method.verb, code).observe(time.perf_counter() - started)


@cache
def _seconds(service: str, verb: str, code: str) -> Histogram:
    """The metric of one outcome: finding it by its labels costs more than counting."""
    return metrics.RPC_CLIENT_SECONDS.labels(service, verb, code)


class Stream(_Call):
    """A call that answers with a stream: iterate it, or read and write.

    A stream has no deadline unless one is asked for: it lives as long as
    there is something to say, and keepalive notices a silent peer.
    """

    def __init__(self, method: Method, begin: Begin, timeout: float | None, extra: metadata.Pairs) -> None:
        super().__init__(method, begin, timeout, extra)
        self._starting = asyncio.Lock()

    async def _started(self) -> Any:
        if self._call is None:
            async with self._starting:  # a reader and a writer may begin together
                if self._call is None:
                    await self._send(None if self._timeout is None else deadline.forwarded(self._timeout))
        return self._call

    async def __aiter__(self) -> AsyncIterator[Any]:
        while (message := await self.read()) is not grpc.aio.EOF:
            yield message

    async def read(self) -> Any:
        """The next message, or grpc.aio.EOF; a stream that failed raises its Fault."""
        try:
            return await (await self._started()).read()
        except grpc.aio.AioRpcError as error:
            raise self._fault(error) from None

    async def write(self, message: Any) -> None:
        """Sends a message; a stream that ended meanwhile raises its Fault."""
        call = await self._started()
        try:
            await call.write(message)
        except grpc.aio.AioRpcError as error:
            raise self._fault(error) from None
        except asyncio.InvalidStateError:  # what aio raises when the stream has already ended
            raise await self._ended(call) from None

    async def done_writing(self) -> None:
        """Says that nothing more will be sent."""
        await (await self._started()).done_writing()

    async def _ended(self, call: Any) -> Fault:
        status, details = await call.code(), await call.details()
        return self._fault(grpc.aio.AioRpcError(status, None, await call.trailing_metadata(), details))
