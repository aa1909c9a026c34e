"""Units that nobody will hand over, as events tell and orders show them."""

from collections.abc import Sequence

from kit import fields
from omo.order.v1 import order_events_pb2, order_pb2
from omo.type.v1 import event_pb2, unit_pb2
from services.order.checkout import wire_actors, wire_reasons, wire_spends
from services.order.checkout.domain import Order
from services.order.checkout.domain_spends import Use
from services.order.fulfilment.domain_cancelled import Cancelled


def cancelled(
    order: Order, given: Sequence[Cancelled], version: int, back: Sequence[Use] = ()
) -> order_events_pb2.UnitsCancelled:
    """They were cancelled together, for one reason."""
    reason = wire_reasons.told(given[0].reason)
    meta = event_pb2.EventMeta(
        aggregate_id=order.order_id,
        sequence=version,
        business_time=fields.timestamp(given[0].at),
        reason=reason,
        rule_version=order.rules_version,
    )
    lines = {line.line_no: line for line in order.lines}
    return order_events_pb2.UnitsCancelled(
        meta=meta,
        order_id=order.order_id,
        member_id=order.member_id or "",
        lines=[
            order_events_pb2.CancelledLine(
                unit=unit_pb2.UnitRef(
                    order_id=order.order_id,
                    line_no=one.line_no,
                    first=one.first,
                    last=one.last,
                    measure=one.quantity if lines[one.line_no].by_measure else 0,
                ),
                sku=lines[one.line_no].sku,
                quantity=one.quantity,
                net_total=one.net_total,
                earn_base=one.earn_base,
                points_returned=one.points_returned,
            )
            for one in given
        ],
        reason=reason,
        spends_returned=wire_spends.spends(back),
    )


def shown(given: Sequence[Cancelled], *, who: bool) -> dict[int, list[order_pb2.CancelledUnits]]:
    """By line; `who` did it only to those who may be told."""
    found: dict[int, list[order_pb2.CancelledUnits]] = {}
    for one in given:
        found.setdefault(one.line_no, []).append(
            order_pb2.CancelledUnits(
                first=one.first,
                last=one.last,
                quantity=one.quantity,
                reason=wire_reasons.told(one.reason),
                cancel_time=fields.timestamp(one.at),
                actor=wire_actors.actor(one.actor_kind, one.actor_id, one.actor_terminal_id) if who else None,
            )
        )
    return found
