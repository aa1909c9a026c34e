"""Protobuf to and from points."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from kit import fields
from omo.member.v1 import member_events_pb2, member_pb2
from omo.member.v1 import points_service_pb2 as pb
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import channel_pb2, reversal_pb2, trade_pb2
from services.member.points.domain import CancelledRun, HandedRun, Refund, ReturnedRun, Sale, SoldLine
from services.member.points.domain_returns import Outcome, Settled


def sale(facts: order_facts_pb2.OrderFacts) -> Sale:
    """An order's facts as something that earns."""
    return Sale(
        facts.order_id,
        facts.member_id,
        facts.business_time.ToDatetime(UTC),
        tuple(
            SoldLine(
                line.line_no,
                line.earn_base,
                line.net_total,
                f"{line.method}:{line.fulfilment_location_id}",
                line.method in (trade_pb2.FULFILMENT_METHOD_CARRY_OUT, trade_pb2.FULFILMENT_METHOD_UNSPECIFIED),
                1 if line.by_measure else max(line.quantity, 1),
                line.sku,
                line.tax_total,
                line.quantity if line.by_measure else 0,
            )
            for line in facts.lines
        ),
        facts.points_spent,
        facts.location_id,
        facts.channel_id,
        facts.tax_included,
        _delivery(facts),
        facts.points_value,
    )


def _delivery(facts: order_facts_pb2.OrderFacts) -> int:
    """What an order costs besides its lines."""
    tax = 0 if facts.tax_included else facts.tax_total
    lines = sum(line.net_total for line in facts.lines)
    # online, what points paid is off the total
    paid = facts.points_value if facts.channel_kind == channel_pb2.CHANNEL_KIND_ONLINE else 0
    return max(facts.grand_total + paid - lines - tax, 0) if facts.grand_total else 0


def returned(event: order_events_pb2.UnitsReturned) -> list[ReturnedRun]:
    """The units of an event that came back."""
    moment = event.meta.business_time.ToDatetime(UTC)
    return [
        ReturnedRun(
            event.order_id,
            line.unit.line_no,
            line.unit.first,
            max(line.unit.first, line.unit.last),
            line.net_total,
            line.earn_base,
            line.points_returned,
            moment,
            event.refund_id,
            line.unit.measure,
            event.location_id,
        )
        for line in event.lines
    ]


def settled(refund: Refund, taken: Settled, tier: str, now: datetime) -> list[member_events_pb2.ReversalSettled]:
    """What a return means so far: for what was earned, what was spent, and the tier. The caller numbers them."""
    of = reversal_pb2
    states = {
        Outcome.DONE: of.REVERSAL_STATE_DONE,
        Outcome.DEBT: of.REVERSAL_STATE_DEBT,
        Outcome.REFUSED: of.REVERSAL_STATE_REFUSED,
    }
    head: dict[str, Any] = {"refund_id": refund.refund_id, "order_id": refund.order_id}
    found = [
        of.Reversal(
            **head,
            kind=of.REVERSAL_KIND_POINTS_EARNED,
            state=states[taken.outcome],
            amount=taken.amount,
            reason=taken.reason,
            deduct_amount=taken.deduct_amount,
        ),
        of.Reversal(**head, kind=of.REVERSAL_KIND_POINTS_SPENT, state=of.REVERSAL_STATE_DONE, amount=refund.given),
        of.Reversal(**head, kind=of.REVERSAL_KIND_TIER, state=of.REVERSAL_STATE_DONE, ref=tier),
    ]
    events = [member_events_pb2.ReversalSettled(member_id=refund.member_id, reversal=one) for one in found]
    for event in events:
        event.meta.aggregate_id = refund.member_id
        event.meta.business_time.CopyFrom(fields.timestamp(now))
    return events


def handed_over(event: order_events_pb2.UnitsHandedOver) -> list[HandedRun]:
    """The units of an event that are in the shopper's hands."""
    moment = event.meta.business_time.ToDatetime(UTC)
    return [
        HandedRun(event.order_id, line.unit.line_no, line.unit.first, max(line.unit.first, line.unit.last), moment)
        for line in event.lines
    ]


def cancelled(event: order_events_pb2.UnitsCancelled) -> list[CancelledRun]:
    """The units of an event that nobody will hand over."""
    moment = event.meta.business_time.ToDatetime(UTC)
    return [
        CancelledRun(
            event.order_id,
            line.unit.line_no,
            line.unit.first,
            max(line.unit.first, line.unit.last),
            line.net_total,
            line.earn_base,
            line.points_returned,
            moment,
            line.unit.measure,
        )
        for line in event.lines
    ]


def entry(row: Mapping[str, Any]) -> member_pb2.PointsEntry:
    """One line of a statement."""
    message = member_pb2.PointsEntry(
        entry_id=row["transfer_id"],
        kind=member_pb2.PointsKind.ValueType(row["kind"]),
        points=row["points"],
        business_time=fields.timestamp(row["business_time"]),
        order_id=row["order_id"] or "",
        reason=row["reason"],
        rule_version=row["rule_version"],
    )
    _dates(message, row)
    return message


def _dates(message: member_pb2.PointsEntry | pb.PointsLot, row: Mapping[str, Any]) -> None:
    if row["activate_time"] is not None:
        message.activate_time.CopyFrom(fields.timestamp(row["activate_time"]))
    if row["expire_time"] is not None:
        message.expire_time.CopyFrom(fields.timestamp(row["expire_time"]))


def lot(row: Mapping[str, Any]) -> pb.PointsLot:
    """An open lot as it is shown."""
    message = pb.PointsLot(
        lot_id=row["lot_id"],
        order_id=row["order_id"] or "",
        points=row["points"],
        pending=row["pending"],
        active=row["active"],
        held=row["held"],
        earn_time=fields.timestamp(row["earn_time"]),
        rule_version=row["rule_version"],
        line_nos=row["line_nos"],
    )
    _dates(message, row)
    return message


def liability(
    months: Iterable[Mapping[str, Any]], debt: int, point_value: int, now: datetime
) -> pb.GetLiabilityResponse:
    """What is owed, month by month."""
    reply = pb.GetLiabilityResponse(points_debt=debt, point_value=point_value, business_time=fields.timestamp(now))
    for row in months:
        points = row["pending"] + row["active"] + row["held"]
        reply.months.add(**row, value=points * point_value)
        reply.total_value += points * point_value
    return reply
