"""Rule sets, orders and decisions between protobuf, JSON and the domain."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from google.protobuf import json_format

from omo.inventory.v1 import sourcing_pb2 as pb
from omo.inventory.v1 import sourcing_service_pb2 as rpc
from services.inventory import wire as fields
from services.inventory.sourcing import domain_words
from services.inventory.sourcing.domain import Assignment, Leftover, Line, Method, Order
from services.inventory.sourcing.domain_records import Decided, RuleSet, Sourced
from services.inventory.sourcing.domain_simulation import Comparison, Figures

_ENUMS = ("SOURCING_ORDER_SORT_", "SOURCING_SORT_", "SOURCING_THEN_")
_OWN = ("rule_set_id", "version", "state", "channel_ids", "update_time")


def document(given: pb.RuleSet) -> dict[str, Any]:
    """What an author wrote, by the names of the contract's fields and the short names of its values."""
    whole: dict[str, Any] = json_format.MessageToDict(given, preserving_proto_field_name=True)
    return {name: _short(value) for name, value in whole.items() if name not in _OWN}


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _short(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_short(one) for one in value]
    if isinstance(value, str):
        return next((value.removeprefix(prefix) for prefix in _ENUMS if value.startswith(prefix)), value)
    return value


def rule_set(given: RuleSet) -> pb.RuleSet:
    """A version as the API shows it."""
    held: dict[str, Any] = json.loads(given.document)
    for route in held.get("routes", ()):
        route["sorts"] = [f"SOURCING_ORDER_SORT_{one}" for one in route.get("sorts", ())]
        for rule in route.get("rules", ()):
            rule["sorts"] = [f"SOURCING_SORT_{one}" for one in rule.get("sorts", ())]
            rule["then"] = f"SOURCING_THEN_{rule.get('then', 'NEXT_RULE')}"
    message = json_format.ParseDict(held, pb.RuleSet(), ignore_unknown_fields=True)
    message.rule_set_id, message.version = given.rule_set_id, given.version
    message.state = pb.RuleSetState.Value(f"RULE_SET_STATE_{given.state}")
    message.channel_ids.extend(given.channel_ids)
    message.update_time.CopyFrom(fields.timestamp(given.update_time))
    return message


def order(given: Sourced, assigned: Sequence[Assignment]) -> Order:
    """What of the order still needs a place, with what decides."""
    held: Mapping[str, Any] = json.loads(given.wanted)
    done: dict[int, int] = {}
    for one in assigned:
        done[one.line_no] = done.get(one.line_no, 0) + one.quantity
    # a place that the order named sends it, until that refuses
    rows = [row for row in held.get("lines", ()) if row[4] == Method.SHIP and row[2] > done.get(row[0], 0)]
    lines = tuple(
        Line(no, sku, units - done.get(no, 0), value * (units - done.get(no, 0)) // units, whole=whole)
        for no, sku, units, value, _, _, whole in rows
    )
    return Order(
        given.order_id,
        lines,
        given.order_time,
        channel_id=given.channel_id,
        queue=given.queue,
        shipping_method=held.get("shipping", "standard"),
        priority=held.get("priority", 0),
        expedited=held.get("expedited", False),
        promise_time=_time(held.get("promise")),
        origin_location_id=held.get("origin", ""),
        latitude=held.get("latitude"),
        longitude=held.get("longitude"),
        attempts=given.attempts,
        used=frozenset(one.location_id for one in assigned),
    )


def asked(given: Sourced) -> dict[int, tuple[str, int]]:
    """What each line of the order asked for in all: SKU and units."""
    return {row[0]: (row[1], row[2]) for row in json.loads(given.wanted).get("lines", ())}


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def collected(given: Sourced) -> set[int]:
    """The lines that the shopper collects."""
    return {row[0] for row in json.loads(given.wanted).get("lines", ()) if row[4] == Method.COLLECT}


def sourcing(given: Sourced, assigned: Iterable[Assignment]) -> pb.Sourcing:
    message = pb.Sourcing(
        order_id=given.order_id,
        state=pb.SourcingState.Value(f"SOURCING_STATE_{given.state}"),
        assignments=map(assignment, assigned),
        attempts=given.attempts,
        queue=given.queue,
        version=given.version,
        channel_id=given.channel_id,
        order_time=fields.timestamp(given.order_time),
    )
    if given.auto_cancel_time:
        message.auto_cancel_time.CopyFrom(fields.timestamp(given.auto_cancel_time))
    return message


def assignment(given: Assignment) -> pb.SourcingAssignment:
    return pb.SourcingAssignment(
        line_no=given.line_no,
        sku=given.sku,
        location_id=given.location_id,
        quantity=given.quantity,
        decision_id=given.decision_id,
    )


def leftover(given: Leftover) -> pb.SourcingLeftover:
    return pb.SourcingLeftover(line_no=given.line_no, sku=given.sku, quantity=given.quantity, reason=given.reason.value)


def decision(given: Decided) -> pb.SourcingDecision:
    """A decision with its reasons, from its trace alone: as true in a year as on its day."""
    trace: dict[str, Any] = json.loads(given.trace)
    english, chinese = domain_words.explain(trace, given.mode, given.rule_set_id, given.rule_version, given.fallback)
    message = pb.SourcingDecision(
        decision_id=given.decision_id,
        order_id=given.order_id,
        mode=given.mode,
        business_time=fields.timestamp(given.business_time),
        rule_set_id=given.rule_set_id,
        rule_version=given.rule_version,
        fallback=given.fallback,
        assignments=[
            pb.SourcingAssignment(line_no=no, sku=sku, location_id=place, quantity=units)
            for step in trace.get("rules", ())
            for no, sku, place, units in step["took"]
        ],
        leftovers=[
            pb.SourcingLeftover(line_no=no, sku=sku, quantity=units, reason=why)
            for no, sku, units, why in trace.get("left", ())
        ],
        queue=given.queue,
        trace=given.trace,
        lines_zh_tw=chinese,
        lines_en=english,
    )
    if given.auto_cancel_time:
        message.auto_cancel_time.CopyFrom(fields.timestamp(given.auto_cancel_time))
    return message


def _figures(given: Figures) -> pb.SourcingFigures:
    return pb.SourcingFigures(**asdict(given) | {"km": round(given.km)})


def comparison(given: Comparison) -> rpc.SimulateRuleSetResponse:
    return rpc.SimulateRuleSetResponse(
        before=_figures(given.before),
        after=_figures(given.after),
        changed_percent=round(given.changed_percent),
        changed_order_ids=given.changed[:20],
    )


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
