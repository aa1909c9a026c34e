"""Events of order about what members spend, as the tests of value tell them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from omo.order.v1 import order_events_pb2 as events
from omo.order.v1 import order_facts_pb2
from omo.type.v1 import spend_pb2
from services.member.value.domain import Kind, Use

NOW = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)


def facts(order_id: str, member_id: str | None, *uses: Use, points: int = 0, at: str = "", total: int = 0) -> Any:
    return order_facts_pb2.OrderFacts(
        grand_total=total,
        order_id=order_id,
        member_id=member_id or "",
        location_id=at,
        currency_code="TWD",
        points_spent=points,
        business_time=_stamp(NOW),
        spends=[spend(use) for use in uses],
    )


def spend(use: Use) -> spend_pb2.Spend:
    return spend_pb2.Spend(
        kind=spend_pb2.SpendKind.ValueType(use.kind), ref=use.ref, amount=use.amount, quantity=use.quantity,
        rule_id=use.rule_id, rule_version=use.rule_version, line_no=use.line_no, sku=use.sku, unit_value=use.unit_value,
    )  # fmt: skip


def confirmed(order_id: str, member_id: str | None, *uses: Use, points: int = 0, total: int = 0) -> Any:
    return events.OrderConfirmed(facts=facts(order_id, member_id, *uses, points=points, total=total))


def sold(order_id: str, member_id: str | None, *uses: Use, at: str = "TPE01") -> Any:
    return events.SalesRecorded(terminal_id="t1", sales=[facts(order_id, member_id, *uses, at=at)])


def cancelled(order_id: str, member_id: str | None = None) -> Any:
    event = events.OrderCancelled(order_id=order_id, member_id=member_id or "", was_confirmed=True)
    event.meta.business_time.CopyFrom(_stamp(NOW))
    return event


def returned(
    order_id: str, member_id: str, refund_id: str, uses: Sequence[Use], first: int | None = None, last: int = 0
) -> Any:
    """What came back; with `first` of which units."""
    event = events.UnitsReturned(
        order_id=order_id, member_id=member_id, refund_id=refund_id, spends_returned=[spend(use) for use in uses]
    )
    if first is not None:
        line = event.lines.add(sku="COAT", quantity=max(last, first) - first + 1)
        line.unit.order_id, line.unit.line_no = order_id, 1
        line.unit.first, line.unit.last = first, max(last, first)
    event.meta.business_time.CopyFrom(_stamp(NOW))
    return event


def pays(amount: int) -> Use:
    return Use(Kind.CREDIT, amount=amount)


def _stamp(moment: datetime) -> Timestamp:
    return Timestamp(seconds=int(moment.timestamp()))
