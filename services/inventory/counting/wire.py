"""Counts between protobuf and the domain."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.errors import invalid
from omo.inventory.v1 import counting_pb2 as pb
from omo.inventory.v1 import counting_service_pb2 as rpc
from services.inventory import wire as fields
from services.inventory.counting.domain import Line, Session, Told

_MOST = 500


def skus(given: Sequence[str], least: int = 0) -> list[str]:
    if not least <= len(given) <= _MOST:
        raise invalid("skus", f"must be {least} to {_MOST}")
    found = [fields.code(f"skus[{number}]", one) for number, one in enumerate(given)]
    if len(set(found)) < len(found):
        raise invalid("skus", "each may be named once")
    return found


def told(request: rpc.RecordCountsRequest, now: datetime) -> list[Told]:
    """What was counted, by the codes that were scanned."""
    if not 1 <= len(request.lines) <= _MOST:
        raise invalid("lines", f"must be 1 to {_MOST}")
    return [
        Told(
            fields.code(f"lines[{number}].sku", one.sku),
            fields.between(f"lines[{number}].quantity", one.quantity, 0, fields.LARGEST),
            fields.past(one, "count_time", now),
        )
        for number, one in enumerate(request.lines)
    ]


def session(given: Session, lines: Sequence[Line] = (), expected: Mapping[str, int] | None = None) -> pb.CountSession:
    """A count as the API shows it; what is expected stands in the lines once it was approved."""
    message = pb.CountSession(
        session_id=given.session_id,
        location_id=given.location_id,
        area=given.area,
        state=pb.CountState.Value(f"COUNT_STATE_{given.state}"),
        active_user=given.active_user,
        directed=given.directed,
        lines=[_line(one, (expected or {}).get(one.sku)) for one in lines],
        create_time=fields.timestamp(given.create_time),
        version=given.version,
    )
    if given.approve_time:
        message.approve_time.CopyFrom(fields.timestamp(given.approve_time))
    return message


def _line(given: Line, expected: int | None) -> pb.CountLine:
    known = given.expected if given.expected is not None else expected
    message = pb.CountLine(
        sku=given.sku,
        status=pb.CountLineStatus.Value(f"COUNT_LINE_STATUS_{given.status}"),
        quantity=given.quantity,
        expected=known or 0,
        adjustment=given.quantity - known if known is not None and given.books and not given.overtaken else 0,
        overtaken=given.overtaken,
        recounts=given.recounts,
        counted_by=given.counted_by,
    )
    if given.count_time:
        message.count_time.CopyFrom(fields.timestamp(given.count_time))
    return message
