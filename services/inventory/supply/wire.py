"""Documents of incoming goods between protobuf and the domain."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from kit.errors import invalid
from omo.inventory.v1 import supply_events_pb2 as events
from omo.inventory.v1 import supply_pb2 as pb
from omo.inventory.v1 import supply_service_pb2 as rpc
from omo.type.v1 import event_pb2
from services.inventory import wire as fields
from services.inventory.lots import wire as lots_wire
from services.inventory.supply.domain import Arrival, Document, Line

_DOCUMENTS, _LINES = 50, 500
_LINE_NOS = 100_000
# so much of a document fits into an event
_TOLD = 200
_EARLIEST, _AHEAD = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=3650)


def documents(request: rpc.PutSupplyRequest, now: datetime) -> list[Document]:
    """What is to come, checked."""
    if not 1 <= len(request.documents) <= _DOCUMENTS:
        raise invalid("documents", f"must be 1 to {_DOCUMENTS}")
    if sum(len(one.lines) for one in request.documents) > _LINES:
        raise invalid("documents", f"must have {_LINES} lines at most in all")
    found = [_document(f"documents[{n}]", one, now) for n, one in enumerate(request.documents)]
    if len({one.document_id for one in found}) < len(found):
        raise invalid("documents", "each document may be named once")
    return found


def _document(path: str, given: pb.SupplyDocument, now: datetime) -> Document:
    kind = fields.choice(f"{path}.kind", pb.SupplyKind, given.kind, "SUPPLY_KIND_")
    if kind == "UNSPECIFIED":
        raise invalid(f"{path}.kind", "must say what the document is")
    if not given.lines:
        raise invalid(f"{path}.lines", "must be 1 at least; a document of which nothing comes is cancelled")
    lines = [_line(f"{path}.lines[{n}]", n, one, now) for n, one in enumerate(given.lines)]
    twice = [number for number, times in Counter(line.line_no for line in lines).items() if times > 1]
    if twice:
        raise invalid(f"{path}.lines", f"line {twice[0]} is named more than once")
    return Document(
        fields.code(f"{path}.document_id", given.document_id),
        kind,
        tuple(sorted(lines, key=lambda line: line.line_no)),
        now,
        fields.text(f"{path}.supplier", given.supplier, 200),
        fields.text(f"{path}.note", given.note, 200),
    )


def _line(path: str, index: int, given: pb.SupplyLine, now: datetime) -> Line:
    if not given.HasField("expected_time"):
        raise invalid(f"{path}.expected_time", "must say when the goods should be there")
    expected = fields.moment(given.expected_time, f"{path}.expected_time")
    if not _EARLIEST <= expected <= now + _AHEAD:
        raise invalid(f"{path}.expected_time", "must not be absurd")
    return Line(
        fields.between(f"{path}.line_no", given.line_no or index + 1, 1, _LINE_NOS),
        fields.code(f"{path}.sku", given.sku),
        fields.code(f"{path}.location_id", given.location_id),
        fields.quantity(f"{path}.quantity", given.quantity),
        expected,
        given.promisable,
    )


def arrivals(given: Sequence[rpc.SupplyArrival]) -> list[Arrival]:
    """What came in."""
    if not 1 <= len(given) <= _LINES:
        raise invalid("arrivals", f"must be 1 to {_LINES}")
    found = []
    for number, one in enumerate(given):
        path = f"arrivals[{number}]"
        fields.between(f"{path}.line_no", one.line_no, 0, _LINE_NOS)
        fields.between(f"{path}.accepted", one.accepted, 0, fields.LARGEST)
        fields.between(f"{path}.damaged", one.damaged, 0, fields.LARGEST)
        if not one.accepted and not one.damaged:
            raise invalid(f"{path}.accepted", "something must have come in")
        named = one.line_no > 0
        sku = "" if named else fields.code(f"{path}.sku", one.sku)
        place = "" if named else fields.code(f"{path}.location_id", one.location_id)
        lots = lots_wire.units(f"{path}.lots", one.lots)
        found.append(Arrival(one.line_no, sku, place, one.accepted, one.damaged, lots))
    return found


def document(given: Document, now: datetime) -> pb.SupplyDocument:
    """A document as the API shows it."""
    message = pb.SupplyDocument(
        document_id=given.document_id,
        kind=pb.SupplyKind.Value(f"SUPPLY_KIND_{given.kind}"),
        supplier=given.supplier,
        note=given.note,
        state=pb.SupplyState.Value(f"SUPPLY_STATE_{given.state}"),
        lines=[_shown(line, now) for line in given.lines],
        create_time=fields.timestamp(given.create_time),
        version=given.version,
    )
    if given.close_time:
        message.close_time.CopyFrom(fields.timestamp(given.close_time))
    return message


def _shown(given: Line, now: datetime) -> pb.SupplyLine:
    return pb.SupplyLine(
        line_no=given.line_no,
        sku=given.sku,
        location_id=given.location_id,
        quantity=given.quantity,
        expected_time=fields.timestamp(given.expected_time),
        promisable=given.promisable,
        accepted=given.accepted,
        damaged=given.damaged,
        incoming=given.incoming,
        state=pb.SupplyLineState.Value(f"SUPPLY_LINE_STATE_{given.state(now)}"),
    )


def changed(given: Document, at: datetime) -> events.SupplyChanged:
    meta = event_pb2.EventMeta(
        aggregate_id=given.document_id, sequence=given.version, business_time=fields.timestamp(at)
    )
    told = document(given, at)
    if len(told.lines) > _TOLD:
        told.ClearField("lines")
    return events.SupplyChanged(meta=meta, document=told)
