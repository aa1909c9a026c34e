"""The wrap point of every served call: deadline, principal, permission, trace, metric, fault.

Own interceptor and not OpenTelemetry's: that one breaks handlers that use
`context.read()` and `context.write()`, and swallows a caller's cancel.
"""

import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import cache
from typing import Any, Self

import grpc
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from prometheus_client import Histogram

from kit import access, ids
from kit.access import Kind, Permissions, Principal
from kit.errors import Code, Fault
from kit.rpc import deadline, faults, metadata, trailers
from kit.telemetry import logs, metrics, traces
from kit.tokens import TokenVerifier

# probes and reflection say nothing about anybody, and probers have no token
EXEMPT = ("/grpc.health.v1.", "/grpc.reflection.")

_OUR_FAILURES = frozenset({Code.INTERNAL, Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED})

Context = grpc.aio.ServicerContext[Any, Any]


class Guard(grpc.aio.ServerInterceptor):
    """Wraps each handler once; nothing that a service adds can be reached around it."""

    def __init__(self, service: str, verifier: TokenVerifier, permissions: Permissions) -> None:
        self._service = service
        self._verifier = verifier
        self._permissions = permissions
        self._wrapped: dict[str, tuple[Any, Any]] = {}

    async def intercept_service(self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: Any) -> Any:
        """The method's handler inside the guard; probes and reflection as they are."""
        method: str = handler_call_details.method
        handler = await continuation(handler_call_details)
        if handler is None or method.startswith(EXEMPT):
            return handler
        known = self._wrapped.get(method)
        if known is None or known[0] is not handler:
            known = self._wrapped[method] = (handler, self._wrap(method, handler))
        return known[1]

    def _wrap(self, method: str, handler: Any) -> Any:
        make = {
            (False, False): (grpc.unary_unary_rpc_method_handler, handler.unary_unary),
            (False, True): (grpc.unary_stream_rpc_method_handler, handler.unary_stream),
            (True, False): (grpc.stream_unary_rpc_method_handler, handler.stream_unary),
            (True, True): (grpc.stream_stream_rpc_method_handler, handler.stream_stream),
        }
        builder, inner = make[handler.request_streaming, handler.response_streaming]
        wrapped = self._stream(method, inner) if handler.response_streaming else self._one(method, inner)
        return builder(wrapped, handler.request_deserializer, handler.response_serializer)

    def _one(self, method: str, inner: Callable[..., Any]) -> Callable[..., Any]:
        names = _names(method)

        async def answer(request: Any, context: Context) -> Any:
            with _Call(names, context) as call:
                await self._admit(method, context, call.sent, needs_deadline=True)
                answered = await inner(request, context)
            await call.end(context, self._service)
            return answered

        return answer

    def _stream(self, method: str, inner: Callable[..., Any]) -> Callable[..., Any]:
        names = _names(method)

        # grpc asks which of the two kinds the handler is, so each gets a wrapper of its own kind
        async def speak(request: Any, context: Context) -> None:
            with _Call(names, context) as call:
                await self._admit(method, context, call.sent, needs_deadline=False)
                await inner(request, context)
            await call.end(context, self._service)

        async def generate(request: Any, context: Context) -> AsyncIterator[Any]:
            with _Call(names, context) as call:
                await self._admit(method, context, call.sent, needs_deadline=False)
                async for message in inner(request, context):
                    yield message
            await call.end(context, self._service)

        return generate if inspect.isasyncgenfunction(inner) else speak

    async def _admit(self, method: str, context: Context, sent: Any, needs_deadline: bool) -> None:
        # this task is the call's own, so what is set here ends with it
        left: float | None = context.time_remaining()
        deadline.begin(left)
        access.become(access.ANONYMOUS)
        principal = await self._principal(sent)
        access.become(principal)
        if left is None and needs_deadline:
            raise deadline.Missing("every call needs a deadline", method=method)
        access.decide(self._permissions, method, principal)

    async def _principal(self, sent: Any) -> Principal:
        token = metadata.bearer(sent)
        if not token:
            return access.ANONYMOUS
        principal = await self._verifier.verify(token)
        if principal.kind is not Kind.SERVICE:
            return principal  # only services act for others; anybody else's word for it counts nothing
        actor = access.Actor.decode(metadata.read(sent, metadata.ACTOR))
        return replace(principal, acts_for=actor) if actor else principal


class _Call:
    """One call around its handler: its span, its time and how it ended; a plain object, for every call pays for it.

    A failure does not leave the block: what the caller is told of it is said by `end`.
    """

    __slots__ = ("_added", "_names", "_span", "_started", "code", "fault", "sent")

    def __init__(self, names: tuple[str, str, str], context: Context) -> None:
        self._names = names
        self.sent = context.invocation_metadata()
        self.code = "CANCELLED"
        self.fault: Fault | None = None

    def __enter__(self) -> Self:
        logs.request_id.set(metadata.read(self.sent, metadata.REQUEST_ID) or ids.uuid7())
        self._added = trailers.begin()
        self._started = time.perf_counter()
        metrics.RPC_SERVER_IN_FLIGHT.inc()
        parent = metadata.read(self.sent, metadata.TRACEPARENT)
        self._span = traces.begin(self._names[0], kind=SpanKind.SERVER, parent=parent)
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        swallowed = False
        if error is None:
            self.code = "OK"
        elif isinstance(error, grpc.aio.AbortError):
            self.code = "ABORTED_BY_HANDLER"
        elif isinstance(error, Exception):  # the one wrap point
            self.fault = faults.of(error)
            self.code = self.fault.code.name
            swallowed = True
        elif deadline.is_over():
            self.code = "DEADLINE_EXCEEDED"  # this and a caller's cancel both reach us as a cancel
        self._describe(self._span[0])
        traces.end(self._span)
        metrics.RPC_SERVER_IN_FLIGHT.dec()
        taken = time.perf_counter() - self._started
        _seconds(self._names[1], self._names[2], self.code).observe(taken)
        return swallowed

    async def end(self, context: Context, service: str) -> None:
        """Sends what goes with the answer, or the fault in its place."""
        if self._added:
            context.set_trailing_metadata(tuple(self._added))
        if self.fault is not None:
            await faults.abort(context, self.fault, service)

    def _describe(self, span: Span) -> None:
        """Writes the outcome on the span; a refusal is an answer, not an error."""
        if not span.is_recording():
            return
        span.set_attribute("rpc.system", "grpc")
        span.set_attribute("rpc.service", self._names[1])
        span.set_attribute("rpc.method", self._names[2])
        span.set_attribute("rpc.grpc.status", self.code)
        if self.fault is not None:
            span.set_attribute("omo.reason", self.fault.reason)
        if self.fault is not None and self.fault.code in _OUR_FAILURES:
            span.set_status(Status(StatusCode.ERROR, self.fault.reason))


def _names(method: str) -> tuple[str, str, str]:
    service, _, verb = method.strip("/").partition("/")
    return method, service, verb


@cache
def _seconds(service: str, verb: str, code: str) -> Histogram:
    """The metric of one outcome: finding it by its labels costs more than counting."""
    return metrics.RPC_SERVER_SECONDS.labels(service, verb, code)
