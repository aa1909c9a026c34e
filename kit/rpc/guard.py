"""The wrap point of every served call: deadline, principal, permission, trace, metric, fault.

Own interceptor and not OpenTelemetry's: that one breaks handlers that use
`context.read()` and `context.write()`, and swallows a caller's cancel.
"""

import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import grpc
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

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
        async def answer(request: Any, context: Context) -> Any:
            async with self._guarded(method, context, needs_deadline=True):
                return await inner(request, context)

        return answer

    def _stream(self, method: str, inner: Callable[..., Any]) -> Callable[..., Any]:
        # grpc asks which of the two kinds the handler is, so each gets a wrapper of its own kind
        async def speak(request: Any, context: Context) -> None:
            async with self._guarded(method, context, needs_deadline=False):
                await inner(request, context)

        async def generate(request: Any, context: Context) -> AsyncIterator[Any]:
            async with self._guarded(method, context, needs_deadline=False):
                async for message in inner(request, context):
                    yield message

        return generate if inspect.isasyncgenfunction(inner) else speak

    @asynccontextmanager
    async def _guarded(self, method: str, context: Context, *, needs_deadline: bool) -> AsyncIterator[None]:
        sent = context.invocation_metadata()
        logs.request_id.set(metadata.read(sent, metadata.REQUEST_ID) or ids.uuid7())
        added = trailers.begin()
        outcome = _Outcome(method)
        with outcome.measured():
            with traces.span(method, kind=SpanKind.SERVER, parent=metadata.read(sent, metadata.TRACEPARENT)) as span:
                try:
                    await self._admit(method, context, sent, needs_deadline)
                    yield
                    outcome.code = "OK"
                except grpc.aio.AbortError:
                    outcome.code = "ABORTED_BY_HANDLER"
                    raise
                except Exception as error:  # the one wrap point
                    outcome.failed(faults.of(error))
                finally:
                    outcome.describe(span)
            if added:
                context.set_trailing_metadata(tuple(added))
            if outcome.fault is not None:
                await faults.abort(context, outcome.fault, self._service)

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


class _Outcome:
    """How one call ended, for its span and its metric."""

    def __init__(self, method: str) -> None:
        self._service, _, self._verb = method.strip("/").partition("/")
        self.code = "CANCELLED"
        self.fault: Fault | None = None

    def failed(self, fault: Fault) -> None:
        """Remembers the fault that the caller will be told."""
        self.fault = fault
        self.code = fault.code.name

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Times the call, however it ends."""
        started = time.perf_counter()
        metrics.RPC_SERVER_IN_FLIGHT.inc()
        try:
            yield
        finally:
            metrics.RPC_SERVER_IN_FLIGHT.dec()
            taken = time.perf_counter() - started
            metrics.RPC_SERVER_SECONDS.labels(self._service, self._verb, self.code).observe(taken)

    def describe(self, span: Span) -> None:
        """Writes the outcome on the span; a refusal is an answer, not an error."""
        if self.code == "CANCELLED" and deadline.is_over():
            self.code = "DEADLINE_EXCEEDED"  # both reach us as a cancel
        span.set_attribute("rpc.system", "grpc")
        span.set_attribute("rpc.service", self._service)
        span.set_attribute("rpc.method", self._verb)
        span.set_attribute("rpc.grpc.status", self.code)
        if self.fault is not None:
            span.set_attribute("omo.reason", self.fault.reason)
        if self.fault is not None and self.fault.code in _OUR_FAILURES:
            span.set_status(Status(StatusCode.ERROR, self.fault.reason))
