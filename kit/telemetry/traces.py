"""Traces: spans that follow a request through gRPC, outbox rows and events, as W3C trace context.

The SDK is loaded only where an exporter is configured. Without one every span
still has ids and hands them on, so that a fault always has a trace id to name
and a neighbour that does export sees an unbroken line.
"""

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
)

Attributes = Mapping[str, str | int | float | bool]

_TRACEPARENT = re.compile(r"^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)")

# our own variable, not the OTel context: a stream's generator may be closed in
# another task than the one that opened it, and OTel's detach then logs an error
_current: ContextVar[Span] = ContextVar("omo_span", default=INVALID_SPAN)
_tracer: Tracer | None = None
_provider: Any = None


def configure(service: str, *, endpoint: str | None = None, file: str | None = None, ratio: float = 1.0) -> None:
    """Starts exporting: OTLP over HTTP to `endpoint`, and (or) JSON lines to `file`; neither means no SDK."""
    global _provider, _tracer  # noqa: PLW0603  # one process, one tracer
    if not endpoint and not file:
        return
    from kit.telemetry import exporting  # noqa: PLC0415  # the SDK is memory that most processes do not need

    _provider = exporting.provider(service, endpoint, file, ratio)
    _tracer = _provider.get_tracer("omo")


def shutdown() -> None:
    """Sends what is still buffered; blocks for a moment, so it comes last."""
    global _provider, _tracer  # noqa: PLW0603
    if _provider is not None:
        _provider.shutdown()
    _provider = _tracer = None


Begun = tuple[Span, Token[Span]]


def begin(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: str | None = None,
    links: Iterable[str] = (),
    attributes: Attributes | None = None,
) -> Begun:
    """Starts a span, a child of the current one or of the traceparent `parent`; for those who cannot use `span`."""
    remote = _remote(parent)
    above = NonRecordingSpan(remote) if remote else _current.get()
    started = _start(name, kind, above, links, attributes)
    return started, _current.set(started)


def end(begun: Begun) -> None:
    """Ends what `begin` started."""
    begun[0].end()
    _forget(begun[1])


@contextmanager
def span(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: str | None = None,
    links: Iterable[str] = (),
    attributes: Attributes | None = None,
) -> Iterator[Span]:
    """A span around a block: a child of the current one, or of the traceparent `parent`."""
    begun = begin(name, kind=kind, parent=parent, links=links, attributes=attributes)
    try:
        yield begun[0]
    except Exception as error:
        begun[0].set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        end(begun)


def consumed(name: str, producers: Iterable[str], *, attributes: Attributes | None = None) -> Any:
    """The span of handling events: a trace of its own that links to each producer's.

    A link and not a parent, because one batch has many producers and a
    redelivery comes days later.
    """
    return span(name, kind=SpanKind.CONSUMER, links=producers, attributes=attributes)


def traceparent() -> str:
    """The current span as a W3C traceparent for metadata, an outbox row or a header; empty outside any span."""
    context = _current.get().get_span_context()
    if not context.is_valid:
        return ""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def trace_id() -> str:
    """The current trace's id, as faults and logs name it; empty outside any span."""
    context = _current.get().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""


def _start(name: str, kind: SpanKind, above: Span, links: Iterable[str], attributes: Attributes | None) -> Span:
    if _tracer is None:
        return NonRecordingSpan(_child(above.get_span_context()))
    linked = [Link(context) for context in map(_remote, links) if context]
    context = trace.set_span_in_context(above)
    return _tracer.start_span(name, context=context, kind=kind, links=linked, attributes=attributes)


def _child(above: SpanContext) -> SpanContext:
    span_id = random.getrandbits(64) or 1
    if above.is_valid:
        return SpanContext(above.trace_id, span_id, is_remote=False, trace_flags=above.trace_flags)
    # "sampled", although we export nothing: otherwise a caller without a collector would switch off
    # the traces of every process behind it
    sampled = TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(random.getrandbits(128) or 1, span_id, is_remote=False, trace_flags=sampled)


def _remote(traceparent: str | None) -> SpanContext | None:
    match = _TRACEPARENT.match(traceparent) if traceparent else None
    if match is None:
        return None
    number, span_id, flags = (int(part, 16) for part in match.groups())
    context = SpanContext(number, span_id, is_remote=True, trace_flags=TraceFlags(flags & 1))
    return context if context.is_valid else None


def _forget(token: Any) -> None:
    with suppress(ValueError):  # closed in another task, whose context never held the span
        _current.reset(token)
