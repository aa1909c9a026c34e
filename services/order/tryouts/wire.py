"""Reservations as the contracts tell them."""

from kit import fields
from omo.order.v1 import tryout_service_pb2 as pb
from services.order.tryouts.domain import Line, Tryout


def lines(request: pb.ReserveTryoutRequest) -> list[Line]:
    """What somebody wants to try on."""
    return [
        Line(fields.code(f"lines[{number}].sku", one.sku), "", one.quantity) for number, one in enumerate(request.lines)
    ]


def tryout(given: Tryout) -> pb.Tryout:
    return pb.Tryout(
        tryout_id=given.tryout_id,
        member_id=given.member_id,
        location_id=given.location_id,
        state=pb.TryoutState.Value(f"TRYOUT_STATE_{given.state}"),
        lines=[pb.TryoutLine(sku=one.sku, name=one.name, quantity=one.quantity, kept=one.kept) for one in given.lines],
        expire_time=fields.timestamp(given.expire_time),
        sale_id=given.sale_id or "",
        reason=given.reason,
        create_time=fields.timestamp(given.create_time),
        version=given.version,
    )
