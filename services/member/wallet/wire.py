"""What orders spent, and how their returns ended, between protobuf and the wallet."""

from datetime import UTC

from omo.member.v1 import member_events_pb2
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import reversal_pb2
from services.member.value import wire as values
from services.member.value.domain import Kind
from services.member.wallet import wire_settled
from services.member.wallet.holding import Answer, Spending

_REVERSALS = {
    Kind.CREDIT: reversal_pb2.REVERSAL_KIND_CREDIT,
    Kind.GIFT_CARD: reversal_pb2.REVERSAL_KIND_GIFT_CARD,
    Kind.COUPON: reversal_pb2.REVERSAL_KIND_COUPON,
    Kind.PREPAID: reversal_pb2.REVERSAL_KIND_PREPAID,
    Kind.BENEFIT: reversal_pb2.REVERSAL_KIND_BENEFIT,
}


def spending(facts: order_facts_pb2.OrderFacts) -> Spending:
    """An order's facts as something that spends."""
    return Spending(
        facts.order_id,
        facts.member_id or None,
        values.told(facts.spends),
        facts.business_time.ToDatetime(UTC),
        facts.location_id,
    )


def units_key(event: order_events_pb2.UnitsCancelled) -> str:
    """The natural key of cancelled units."""
    return "+".join(f"{line.unit.line_no}:{line.unit.first}" for line in event.lines)


def return_key(event: order_events_pb2.UnitsReturned) -> str:
    """The natural key of one part of a refund: by its first unit, which stays the first however its runs are cut."""
    first = min(((line.unit.line_no, line.unit.first) for line in event.lines), default=None)
    return f"{event.refund_id}:{first[0]}:{first[1]}" if first else event.refund_id


def settled(answer: Answer, member_id: str) -> member_events_pb2.ReversalSettled:
    """How one consequence of a return ended."""
    asked = answer.asked
    done = answer.back >= answer.amount
    reversal = reversal_pb2.Reversal(
        refund_id=asked.refund_id,
        order_id=answer.order_id,
        kind=_REVERSALS[asked.kind],
        state=reversal_pb2.REVERSAL_STATE_DONE if done else reversal_pb2.REVERSAL_STATE_REFUSED,
        amount=answer.back,
        ref=asked.ref,
        reason="" if done else "NOT_RESTORED",
    )
    return wire_settled.settled(reversal, member_id, asked.moment)
