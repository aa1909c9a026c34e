"""Exporters of spans: OTLP for a collector, JSON lines for tests; imported only where one is configured."""

import json
import os
from collections.abc import Sequence

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio


def provider(service: str, endpoint: str | None, file: str | None, ratio: float) -> TracerProvider:
    """A provider that samples whole traces: the first process decides, the others follow."""
    made = TracerProvider(
        resource=Resource.create({"service.name": service}),
        sampler=ParentBasedTraceIdRatio(ratio),
        shutdown_on_exit=False,
    )
    if file:
        made.add_span_processor(SimpleSpanProcessor(LineExporter(service, file)))
    if endpoint:
        # an HTTP client comes with it: only where there is a collector
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

        address = endpoint.rstrip("/")
        address = address if address.endswith("/v1/traces") else f"{address}/v1/traces"
        made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
    return made


class LineExporter(SpanExporter):
    """One JSON line per span, appended in one write, so that several processes may share a file."""

    def __init__(self, service: str, path: str) -> None:
        self._service = service
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Writes the spans; a full disk must not break the request that is being traced."""
        lines = b"".join(json.dumps(self._plain(span)).encode() + b"\n" for span in spans)
        try:
            os.write(self._file, lines)
        except OSError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Closes the file."""
        os.close(self._file)

    def _plain(self, span: ReadableSpan) -> dict[str, object]:
        context = span.get_span_context()
        return {
            "service": self._service,
            "name": span.name,
            "kind": span.kind.name,
            "trace_id": f"{context.trace_id:032x}" if context else "",
            "span_id": f"{context.span_id:016x}" if context else "",
            "parent_span_id": f"{span.parent.span_id:016x}" if span.parent else "",
            "links": [
                {"trace_id": f"{link.context.trace_id:032x}", "span_id": f"{link.context.span_id:016x}"}
                for link in span.links
            ],
            "start": span.start_time,
            "end": span.end_time,
            "status": span.status.status_code.name,
            "attributes": dict(span.attributes or {}),
        }
