"""Rule sets as the contract tells them."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from omo.order.v1 import promotion_events_pb2
from omo.type.v1 import event_pb2
from services.order.checkout import wire_reasons
from services.order.promotions import domain

AGGREGATE = "rules"


def timestamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def rules_changed(number: int, rules_json: str, at: datetime, reason: str) -> promotion_events_pb2.RulesChanged:
    """The announcement of a new rule set, with the rules where they fit into an event."""
    meta = event_pb2.EventMeta(
        aggregate_id=AGGREGATE,
        sequence=number,
        business_time=timestamp(at),
        reason=wire_reasons.told(reason),
        rule_version=str(number),
    )
    fits = len(rules_json.encode()) <= domain.MAX_ANNOUNCED
    return promotion_events_pb2.RulesChanged(meta=meta, version=str(number), rules_json=rules_json if fits else "")
