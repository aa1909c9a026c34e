"""Segments over HTTP: a rule is a tree of all, any, not and comparisons."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, JsonValue, StringConstraints

from gateway.http.door import translation
from gateway.http.shapes.fields import Asked, MemberId, NextPage, Shown, Time, Version, eg
from kit.errors import invalid
from omo.member.v1 import segments_pb2 as pb

_DEPTH = 8
_RULE = {
    "all": [
        {"field": "channel_class", "operator": "IS", "values": ["STORE_ONLY"]},
        {"not": {"field": "last_order_time", "operator": "WITHIN_DAYS", "values": ["30"]}},
    ]
}
_TELLS = (
    "One of {all: […]}, {any: […]}, {not: {…}}, {field, operator, values}; at most 6 deep, 50 comparisons. "
    "Fields and operators: GET /v1/hq/segments/fields."
)
Rule = Annotated[dict[str, JsonValue], eg(_RULE, _TELLS)]
SegmentName = Annotated[str, StringConstraints(min_length=1, max_length=100), eg("只在門市買過", "For people.")]
SegmentId = Annotated[str, eg("store_only", "The brand's own code of a segment.")]


class PutSegment(Asked):
    """A segment as it should be."""

    name: SegmentName
    rule: Rule


class PreviewSegment(Asked):
    """A rule that is being written, or a segment that is kept."""

    rule: Annotated[dict[str, JsonValue] | None, eg(_RULE, "The rule; instead of segment_id.")] = None
    segment_id: Annotated[str | None, eg(None, "The segment; instead of rule.")] = None


class Segment(Shown):
    """Members whom a rule means at the moment when it is asked."""

    segment_id: SegmentId
    name: SegmentName
    rule: Rule
    version: Version
    update_time: Time


class SegmentAnswer(Shown):
    """The version in force."""

    segment: Annotated[Segment, Field(description="The version in force.")]


class SegmentPage(Shown):
    """Segments by their codes."""

    segments: Annotated[list[Segment], Field(description="By their codes.")]
    next_page_token: NextPage


class SegmentPreview(Shown):
    """Whom it means now."""

    members: Annotated[int, eg(3120, "How many.")]
    member_ids: Annotated[list[MemberId], Field(description="The first ten.")]


class SegmentField(Shown):
    """Something that rules may ask."""

    name: Annotated[str, eg("orders", "What `field` says.")]
    type: Annotated[str, eg("NUMBER", "NUMBER, TIME (whole days before now), WORD or SET.")]
    operators: Annotated[list[str], eg(["IS", "IS_NOT", "AT_LEAST", "AT_MOST"], "How it may be compared.")]
    values: Annotated[list[str], eg([], "All its values; empty: any.")]


class SegmentFields(Shown):
    """Everything that rules may ask."""

    fields: Annotated[list[SegmentField], Field(description="Each with how it may be compared.")]


class RfmGroup(Shown):
    """One group of recency, frequency and money."""

    group: Annotated[str, eg("CHAMPIONS", "As Shopify names them; see docs/decisions/0077.")]
    members: Annotated[int, eg(214, "How many belong to it now.")]


class RfmGroups(Shown):
    """Every member is in exactly one."""

    groups: list[RfmGroup]


def asked(rule: Mapping[str, Any], where: str = "rule", depth: int = 0) -> pb.SegmentRule:
    """A rule as it was written; the service says whether it can be meant, in the same words of place."""
    if depth > _DEPTH or not isinstance(rule, Mapping):
        raise invalid(where, "must be a rule, and not nested so deep")
    match sorted(rule):
        case ["all"] | ["any"] as named:
            (name,) = named
            found = pb.SegmentRules(rules=_each(rule[name], f"{where}.{name}", depth))
            return pb.SegmentRule(all=found) if name == "all" else pb.SegmentRule(any=found)
        case ["not"]:
            message = pb.SegmentRule()
            getattr(message, "not").CopyFrom(asked(rule["not"], f"{where}.not", depth + 1))
            return message
        case ["field", "operator"] | ["field", "operator", "values"]:
            return pb.SegmentRule(condition=_condition(rule, where))
    raise invalid(where, "must be one of {all}, {any}, {not}, {field, operator, values}")


def _each(rules: Any, where: str, depth: int) -> list[pb.SegmentRule]:
    if not isinstance(rules, list):
        raise invalid(where, "must be a list of rules")
    return [asked(one, f"{where}[{index}]", depth + 1) for index, one in enumerate(rules)]


def _condition(rule: Mapping[str, Any], where: str) -> pb.SegmentCondition:
    operators = {short: number for number, short in translation.names(pb.SegmentOperator.DESCRIPTOR).items() if short}
    if rule["operator"] not in operators:
        raise invalid(f"{where}.operator", f"must be one of {', '.join(operators)}")
    values = rule.get("values", [])
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise invalid(f"{where}.values", "must be a list of texts")
    field = rule["field"] if isinstance(rule["field"], str) else ""
    operator = pb.SegmentOperator.ValueType(operators[rule["operator"]])
    return pb.SegmentCondition(field=field, operator=operator, values=values)


def shown(rule: pb.SegmentRule) -> dict[str, Any]:
    """A rule as it is told."""
    match rule.WhichOneof("rule"):
        case "all":
            return {"all": [shown(one) for one in rule.all.rules]}
        case "any":
            return {"any": [shown(one) for one in rule.any.rules]}
        case "not":
            return {"not": shown(getattr(rule, "not"))}
    one = rule.condition
    operator = translation.names(pb.SegmentOperator.DESCRIPTOR)[one.operator]
    return {"field": one.field, "operator": operator, "values": list(one.values)}


def segment(found: pb.Segment) -> dict[str, Any]:
    """A segment as it is told."""
    return {
        "segment_id": found.segment_id,
        "name": found.name,
        "rule": shown(found.rule),
        "version": found.version,
        "update_time": translation.time(found.update_time),
    }


class RebuildFacts(Asked):
    """After whom to go on."""

    after_member_id: Annotated[str, eg("", "`next_member_id` of the last answer; empty: from the first on.")] = ""


class Rebuilt(Shown):
    """What was fetched from member's other books."""

    members: Annotated[int, eg(500, "Members whose books were read.")]
    orders: Annotated[int, eg(12, "Orders that segments did not know.")]
    next_member_id: Annotated[str | None, eg(None, "After whom to go on; null: that was the last.")]
