"""How members' owners answer for a return, as an event."""

from datetime import datetime

from kit import fields
from omo.member.v1 import member_events_pb2
from omo.type.v1 import event_pb2, reversal_pb2


def settled(reversal: reversal_pb2.Reversal, member_id: str, moment: datetime) -> member_events_pb2.ReversalSettled:
    """The event, of the member whose it is, or of the order where nobody knows whose."""
    meta = event_pb2.EventMeta(aggregate_id=member_id or reversal.order_id, business_time=fields.timestamp(moment))
    return member_events_pb2.ReversalSettled(meta=meta, member_id=member_id, reversal=reversal)


def taken_back(
    kind: reversal_pb2.ReversalKind.ValueType, order_id: str, refund_id: str, ref: str, gone: int, owed: int
) -> reversal_pb2.Reversal:
    """What became of sold value that came back: gone whole, or owed as far as it was spent."""
    states = reversal_pb2.ReversalState
    return reversal_pb2.Reversal(
        refund_id=refund_id,
        order_id=order_id,
        kind=kind,
        state=states.REVERSAL_STATE_DEBT if owed else states.REVERSAL_STATE_DONE,
        amount=owed or gone,
        ref=ref,
        reason="VALUE_SPENT" if owed else "",
    )
