"""Protobuf to and from rules over members, and from orders to facts."""

import json
from collections.abc import Sequence
from datetime import UTC
from typing import Any as Anything

from asyncpg import Record
from google.protobuf import json_format

from kit import fields
from kit.errors import invalid
from omo.member.v1 import segments_pb2 as pb
from omo.order.v1 import order_events_pb2 as events
from omo.order.v1 import order_facts_pb2
from omo.type.v1 import channel_pb2
from services.member.segments import domain
from services.member.segments.domain import All, Any, Condition, Not, Operator, Rule, Segment
from services.member.segments.domain_facts import Order, Taking

# deeper than any rule may be: what is nested more is refused before it is walked
_WALKED = domain.DEPTH + 2


def rule(message: pb.SegmentRule, where: str = "rule", depth: int = 0) -> Rule:
    """A rule as it was asked; a rule that says nothing is refused where it stands."""
    if depth > _WALKED:
        raise invalid(where, f"must not be nested deeper than {domain.DEPTH}")
    match message.WhichOneof("rule"):
        case "all":
            return All(_rules(message.all.rules, f"{where}.all", depth))
        case "any":
            return Any(_rules(message.any.rules, f"{where}.any", depth))
        case "not":
            return Not(rule(getattr(message, "not"), f"{where}.not", depth + 1))
        case "condition":
            return _condition(message.condition, where)
    raise invalid(where, "must be one of all, any, not, condition")


def _rules(messages: Sequence[pb.SegmentRule], where: str, depth: int) -> tuple[Rule, ...]:
    return tuple(rule(one, f"{where}[{index}]", depth + 1) for index, one in enumerate(messages))


def _condition(message: pb.SegmentCondition, where: str) -> Condition:
    if message.operator not in pb.SegmentOperator.values() or not message.operator:
        raise invalid(f"{where}.operator", f"must be one of {', '.join(Operator)}")
    name = pb.SegmentOperator.Name(message.operator).removeprefix("SEGMENT_OPERATOR_")
    return Condition(message.field, Operator(name), tuple(message.values))


def rule_message(found: Rule) -> pb.SegmentRule:
    """A rule as it is told."""
    match found:
        case All(rules):
            return pb.SegmentRule(all=pb.SegmentRules(rules=map(rule_message, rules)))
        case Any(rules):
            return pb.SegmentRule(any=pb.SegmentRules(rules=map(rule_message, rules)))
        case Not(inner):
            message = pb.SegmentRule()
            getattr(message, "not").CopyFrom(rule_message(inner))
            return message
        case Condition(field, operator, values):
            number = pb.SegmentOperator.Value(f"SEGMENT_OPERATOR_{operator}")
            return pb.SegmentRule(condition=pb.SegmentCondition(field=field, operator=number, values=values))


def packed(found: Rule) -> str:
    """A rule as it is kept."""
    return json.dumps(json_format.MessageToDict(rule_message(found)), ensure_ascii=False)


def segment(row: Record) -> Segment:
    """A segment as it was kept."""
    kept = json_format.ParseDict(json.loads(row["rule"]), pb.SegmentRule())
    return Segment(row["segment_id"], row["version"], row["name"], rule(kept))


def segment_message(row: Record) -> pb.Segment:
    """A segment as it is told."""
    found = segment(row)
    return pb.Segment(
        segment_id=found.segment_id,
        name=found.name,
        rule=rule_message(found.rule),
        version=found.version,
        update_time=fields.timestamp(row["record_time"]),
    )


def known_fields() -> list[pb.SegmentField]:
    """What rules may ask."""
    return [
        pb.SegmentField(
            name=field.name,
            type=field.type,
            operators=[pb.SegmentOperator.Value(f"SEGMENT_OPERATOR_{one}") for one in domain.OPERATORS[field.type]],
            values=field.words,
        )
        for field in domain.FIELDS.values()
    ]


def orders(event: Anything) -> list[Order]:
    """The orders of members that an event tells of."""
    if isinstance(event, events.OrderConfirmed | events.SaleClaimed):
        told = [event.facts]
    elif isinstance(event, events.SalesRecorded):
        told = list(event.sales)
    else:
        return []
    return [_order(one) for one in told if one.member_id]


def _order(one: order_facts_pb2.OrderFacts) -> Order:
    return Order(
        one.order_id,
        one.member_id,
        one.business_time.ToDatetime(UTC),
        one.channel_kind == channel_pb2.CHANNEL_KIND_STORE,
        one.location_id,
        next((line.seller_staff_code for line in one.lines if line.seller_staff_code), ""),
        sum(line.net_total for line in one.lines),
    )


def takings(event: Anything) -> list[Taking]:
    """What an event says does not stand."""
    if isinstance(event, events.OrderCancelled):
        return [Taking(event.order_id, "order", 0, 0, 0)] if event.was_confirmed else []
    if isinstance(event, events.UnitsCancelled):
        source = "units"
    elif isinstance(event, events.UnitsReturned) and event.member_id:  # else told again once it is somebody's
        source = event.refund_id
    else:
        return []
    return [Taking(event.order_id, source, line.unit.line_no, line.unit.first, line.net_total) for line in event.lines]


def unclaimed(heard: Sequence[Anything]) -> list[str]:
    """The orders of which something is told as of nobody's, or that become somebody's: both may be told at once."""
    ended = (events.OrderCancelled, events.UnitsCancelled)
    found = {event.order_id for event in heard if isinstance(event, ended) and not event.member_id and takings(event)}
    return sorted(found | {event.facts.order_id for event in heard if isinstance(event, events.SaleClaimed)})


def member_ids(event: Anything) -> list[str]:
    """The members whom an event names."""
    told = [one.member_id for one in orders(event)] or [getattr(event, "member_id", "")]
    return [one for one in told if one]
