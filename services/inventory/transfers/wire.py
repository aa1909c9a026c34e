"""Transfers between protobuf and the domain."""

from collections.abc import Sequence
from datetime import datetime

from kit.errors import invalid
from omo.inventory.v1 import transfers_events_pb2 as events
from omo.inventory.v1 import transfers_pb2 as pb
from omo.inventory.v1 import transfers_service_pb2 as rpc
from omo.type.v1 import event_pb2
from services.inventory import wire as fields
from services.inventory.lots import wire as lots_wire
from services.inventory.lots.domain import Units
from services.inventory.transfers.domain import Arrival, Line, Transfer

_MOST = 500


def draft(request: rpc.CreateTransferRequest, transfer_id: str, now: datetime) -> Transfer:
    """What headquarters wants to move."""
    source = fields.code("from_location_id", request.from_location_id)
    target = fields.code("to_location_id", request.to_location_id)
    if source == target:
        raise invalid("to_location_id", "must be another location than the goods come from")
    skus = _skus(request.lines)
    lines = tuple(
        Line(number + 1, sku, fields.quantity(f"lines[{number}].quantity", one.quantity))
        for number, (sku, one) in enumerate(zip(skus, request.lines, strict=True))
    )
    note = fields.text("note", request.note, 200)
    return Transfer(transfer_id, source, target, "DRAFT", lines, now, note)


def left(request: rpc.ShipTransferRequest) -> dict[str, int]:
    """What left of each line that did not leave whole."""
    skus = _skus(request.lines, least=0)
    return {sku: one.quantity for sku, one in zip(skus, request.lines, strict=True)}


def lots(lines: Sequence[pb.TransferLine]) -> dict[str, tuple[Units, ...]]:
    """Which lots left or came, of each good of which it is said."""
    named = {one.sku: lots_wire.units(f"lines[{number}].lots", one.lots) for number, one in enumerate(lines)}
    return {sku: units for sku, units in named.items() if units}


def arrivals(request: rpc.ReceiveTransferRequest) -> list[Arrival]:
    """What came in."""
    found = []
    for number, (sku, one) in enumerate(zip(_skus(request.lines), request.lines, strict=True)):
        given = [one.accepted, one.damaged, one.rejected]
        for name, value in zip(("accepted", "damaged", "rejected"), given, strict=True):
            fields.between(f"lines[{number}].{name}", value, 0, fields.LARGEST)
        if not any(given):
            raise invalid(f"lines[{number}].accepted", "something must have come in")
        found.append(Arrival(sku, *given))
    return found


def _skus(lines: Sequence[pb.TransferLine], least: int = 1) -> list[str]:
    if not least <= len(lines) <= _MOST:
        raise invalid("lines", f"must be {least} to {_MOST}")
    skus = [fields.code(f"lines[{number}].sku", one.sku) for number, one in enumerate(lines)]
    if len(set(skus)) < len(skus):
        raise invalid("lines", "each SKU may be named once")
    return skus


def transfer(given: Transfer) -> pb.Transfer:
    """A transfer as the API shows it."""
    message = pb.Transfer(
        transfer_id=given.transfer_id,
        from_location_id=given.from_location_id,
        to_location_id=given.to_location_id,
        state=pb.TransferState.Value(f"TRANSFER_STATE_{given.state}"),
        lines=map(_line, given.lines),
        note=given.note,
        create_time=fields.timestamp(given.create_time),
        version=given.version,
    )
    for one in given.discrepancies:
        kind = pb.DiscrepancyKind.Value(f"DISCREPANCY_KIND_{one.kind}")
        message.discrepancies.add(sku=one.sku, kind=kind, quantity=one.quantity)
    if given.ship_time:
        message.ship_time.CopyFrom(fields.timestamp(given.ship_time))
    if given.close_time:
        message.close_time.CopyFrom(fields.timestamp(given.close_time))
    return message


def _line(given: Line) -> pb.TransferLine:
    return pb.TransferLine(
        line_no=given.line_no,
        sku=given.sku,
        quantity=given.quantity,
        shipped=given.shipped,
        accepted=given.accepted,
        damaged=given.damaged,
        rejected=given.rejected,
        in_transit=given.in_transit,
    )


def changed(given: Transfer, at: datetime) -> events.TransferChanged:
    meta = event_pb2.EventMeta(
        aggregate_id=given.transfer_id, sequence=given.version, business_time=fields.timestamp(at)
    )
    return events.TransferChanged(meta=meta, transfer=transfer(given))
