"""Rule sets as the contract tells them."""

import json
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from kit.errors import invalid
from omo.order.v1 import promotion_events_pb2
from omo.order.v1 import promotion_service_pb2 as pb
from omo.order.v1.promotion_rules_pb2 import PromotionRules
from omo.type.v1 import event_pb2
from omo_pricing import Doubt, Rehearsal, RuleError
from omo_pricing.rehearsal import BasketDifference, LineDifference
from services.order.checkout import wire_reasons
from services.order.promotions import domain, wire_rules
from services.order.promotions.domain import Published

AGGREGATE = "rules"
MOST_TOLD = 50


def rules_json(request: pb.PutRulesRequest | pb.CheckRulesRequest | pb.RehearseRulesRequest) -> str:
    """The rules that a request gives, as a document or as messages."""
    if not request.HasField("rules"):
        return str(request.rules_json)
    if request.rules_json:
        raise invalid("rules", "must be empty where rules_json is given")
    return json.dumps(wire_rules.document(request.rules), ensure_ascii=False)


def typed(text: str) -> PromotionRules:
    """A published rule set as messages."""
    return wire_rules.fill(PromotionRules(), json.loads(text))


def period(request: pb.RehearseRulesRequest) -> tuple[datetime | None, datetime | None]:
    """From when until when, each of which may be left out."""
    start = request.start_time.ToDatetime(UTC) if request.HasField("start_time") else None
    return start, request.end_time.ToDatetime(UTC) if request.HasField("end_time") else None


def fault(error: RuleError | Doubt) -> pb.RuleFault:
    return pb.RuleFault(path=error.path, rule=error.rule, rule_id=error.rule_id or "")


def published(version: Published) -> pb.RuleVersion:
    return pb.RuleVersion(
        version=str(version.number),
        business_time=timestamp(version.business_time),
        reason=version.reason,
        actor_kind=version.actor_kind,
        actor_id=version.actor_id,
    )


def rehearsed(told: Rehearsal) -> pb.RehearseRulesResponse:
    """What past orders would have cost; the largest differences are told one by one."""
    return pb.RehearseRulesResponse(
        orders=told.baskets,
        list_total=told.gross,
        discount_before=told.before,
        discount_after=told.after,
        rules=[
            pb.RuleDifference(
                rule_id=each.rule_id,
                discount_before=each.before,
                discount_after=each.after,
                orders_before=each.baskets_before,
                orders_after=each.baskets_after,
            )
            for each in told.rules
        ],
        changed=[_changed(each) for each in told.changed[:MOST_TOLD]],
        changed_orders=len(told.changed),
        unpriced=[
            pb.UnpricedOrder(order_id=each.key, path=each.path, rule=each.rule) for each in told.refused[:MOST_TOLD]
        ],
        unpriced_orders=len(told.refused),
    )


def _changed(each: BasketDifference) -> pb.OrderDifference:
    return pb.OrderDifference(
        order_id=each.key,
        list_total=each.gross,
        discount_before=each.before,
        discount_after=each.after,
        lines=map(_line, each.lines),
    )


def _line(line: LineDifference) -> pb.LineDifference:
    return pb.LineDifference(line_no=line.line_no, sku=line.sku, discount_before=line.before, discount_after=line.after)


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
