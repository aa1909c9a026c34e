"""Writes docs/events.md and docs/errors.md from the contracts."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    EnumValueDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

from omo.type.v1 import annotations_pb2
from tools import contracts

DOCS = contracts.ROOT / "docs"
SERVICES = ("member", "order", "inventory", "attribution")
META = ".omo.type.v1.EventMeta"
HTTP = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 409,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
_MESSAGES, _FIELDS = 4, 2  # the numbers of FileDescriptorProto.message_type and DescriptorProto.field
_SCALAR = {
    FieldDescriptorProto.TYPE_DOUBLE: "double",
    FieldDescriptorProto.TYPE_FLOAT: "float",
    FieldDescriptorProto.TYPE_INT64: "int64",
    FieldDescriptorProto.TYPE_UINT64: "uint64",
    FieldDescriptorProto.TYPE_INT32: "int32",
    FieldDescriptorProto.TYPE_UINT32: "uint32",
    FieldDescriptorProto.TYPE_BOOL: "bool",
    FieldDescriptorProto.TYPE_STRING: "string",
    FieldDescriptorProto.TYPE_BYTES: "bytes",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason a service may give, as its contract states it."""

    service: str
    reason: str
    status: str
    http_status: int
    advice: str


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _comments(file: FileDescriptorProto) -> dict[tuple[int, ...], str]:
    marked = file.source_code_info.location
    return {tuple(place.path): place.leading_comments or place.trailing_comments for place in marked}


def _type_of(field: FieldDescriptorProto) -> str:
    name = _SCALAR.get(field.type) or field.type_name.removeprefix(".")
    return f"repeated {name}" if field.label == FieldDescriptorProto.LABEL_REPEATED else name


def _refusal(service: str, enum: EnumDescriptorProto, value: EnumValueDescriptorProto) -> Refusal:
    said = value.options.Extensions
    status = said[annotations_pb2.status]
    if status not in HTTP:
        raise contracts.GenerationFailed(f"{service}: {enum.name}.{value.name} needs a gRPC status, not {status!r}")
    http_status = said[annotations_pb2.http_status] or HTTP[status]
    reason = value.name.removeprefix("REASON_")
    return Refusal(service, reason, status, http_status, said[annotations_pb2.advice])


def refusals(described: FileDescriptorSet) -> Iterator[Refusal]:
    """Every reason of every reason.proto, in the order of the contracts."""
    for file in described.file:
        if not file.name.endswith("/reason.proto"):
            continue
        service = file.package.split(".")[1]
        for enum in file.enum_type:
            yield from (_refusal(service, enum, value) for value in enum.value if value.number)


def _table(head: str, columns: int, rows: list[str]) -> list[str]:
    return [head, "|" + " --- |" * columns, *rows, ""]


def errors(described: FileDescriptorSet) -> str:
    """The page of every error that an API client can meet."""
    lines = [
        "# Errors",
        "",
        "Made by `make gen` from protos/omo/*/v1/reason.proto; do not edit.",
        "",
        "Every failure carries a reason. Over gRPC it is `google.rpc.ErrorInfo` (reason, domain, metadata) beside the",
        "status; over HTTP it is a problem document (RFC 9457) whose `type` is `urn:omo:reason:<reason>`.",
        "Reasons are part of the API: one is added, never renamed.",
        "",
    ]
    by_domain: dict[str, list[str]] = {}
    for one in refusals(described):
        row = f"| `{one.reason}` | {one.status} | {one.http_status} | {_cell(one.advice)} |"
        by_domain.setdefault(one.service, []).append(row)
    for service in sorted(by_domain, key=lambda name: (name != "type", name)):
        title = "Shared by all" if service == "type" else f"Domain `omo.{service}`"
        lines += [f"## {title}", ""]
        lines += _table("| Reason | gRPC | HTTP | What to do |", 4, by_domain[service])
    return "\n".join(lines).rstrip() + "\n"


def _is_event(message: DescriptorProto) -> bool:
    return any(field.number == 1 and field.type_name == META for field in message.field)


def _event(file: FileDescriptorProto, index: int, comments: dict[tuple[int, ...], str]) -> list[str]:
    message = file.message_type[index]
    rows = [
        f"| {field.number} | `{field.name}` | {_type_of(field)} "
        f"| {_cell(comments.get((_MESSAGES, index, _FIELDS, place), ''))} |"
        for place, field in enumerate(message.field)
    ]
    lines = [f"### {message.name}", ""]
    promise = _cell(comments.get((_MESSAGES, index), ""))
    lines += [promise, ""] if promise else []
    lines += [f"Subject `{file.package}.{message.name}.<p>`", ""]
    return lines + _table("| # | Field | Type | Meaning |", 4, rows)


def events(described: FileDescriptorSet) -> str:
    """The page of every event that a service announces."""
    lines = [
        "# Events",
        "",
        "Made by `make gen` from protos/omo/*/v1; do not edit.",
        "",
        "An event says what happened, in the past tense, and is published to JetStream from its owner's outbox.",
        "Subject = `<full name>.<p>`, where p (00 to 15) is the aggregate's partition. Delivery is at least once and",
        "in no promised order: drop an `event_id` already seen, and let effects commute. A payload is at most 64 KiB.",
        "",
    ]
    for service in SERVICES:
        lines += _events_of(service, described)
    return "\n".join(lines).rstrip() + "\n"


def _events_of(service: str, described: FileDescriptorSet) -> list[str]:
    lines: list[str] = []
    for file in described.file:
        if not file.package.startswith(f"omo.{service}."):
            continue
        comments = _comments(file)
        for index, message in enumerate(file.message_type):
            lines += _event(file, index, comments) if _is_event(message) else []
    return [f"## {service}: stream `OMO_{service.upper()}`", "", *lines] if lines else []


def pages() -> dict[Path, str]:
    """What the generated pages must say now."""
    described = contracts.describe()
    return {DOCS / "events.md": events(described), DOCS / "errors.md": errors(described)}


def main() -> int:
    """Writes the pages that are not up to date."""
    try:
        fresh = pages()
    except contracts.GenerationFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    for path, text in fresh.items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"gen: {path.relative_to(contracts.ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
