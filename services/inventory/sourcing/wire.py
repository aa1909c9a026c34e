"""Rule sets, orders and decisions between protobuf, JSON and the domain."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from google.protobuf import json_format

from omo.inventory.v1 import sourcing_pb2 as pb
from omo.inventory.v1 import sourcing_service_pb2 as rpc
from services.inventory import wire as fields
from services.inventory.sourcing import domain_lifecycle, domain_words
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


def order(given: Sourced, assigned: Sequence[Assignment], ended: Mapping[int, int] = MappingProxyType({})) -> Order:
    """What of the order still needs a place, with what decides; what ended needs none."""
    held: Mapping[str, Any] = json.loads(given.wanted)
    done = dict(ended)
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
        collect_location_id=held.get("collect", ""),
        latitude=held.get("latitude"),
        longitude=held.get("longitude"),
        attempts=given.attempts,
        used=frozenset(one.location_id for one in assigned),
    )


def excess(given: Sourced, assigned: Sequence[Assignment], ended: Mapping[int, int]) -> list[Assignment]:
    """What of these assignments is no longer wanted, the last one first."""
    sent: Counter[int] = Counter()
    for one in assigned:
        sent[one.line_no] += one.quantity
    over = {no: sent[no] + ended.get(no, 0) - units for no, (_, units) in asked(given).items()}
    return [one for no, units in over.items() for one in domain_lifecycle.for_release(assigned, no, units)]


def asked(given: Sourced) -> dict[int, tuple[str, int]]:
    """What each line of the order asked for in all: SKU and units."""
    return {row[0]: (row[1], row[2]) for row in json.loads(given.wanted).get("lines", ())}


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def collected(given: Sourced) -> set[int]:
    """The lines that the shopper collects."""
    return {row[0] for row in json.loads(given.wanted).get("lines", ()) if row[4] == Method.COLLECT}


def still_open(
    given: Sourced,
    wanted: Iterable[Assignment],
    parts: Mapping[int, Mapping[str, int]],
    bound: Mapping[tuple[int, str, str], int],
) -> list[Assignment]:
    """What of these assignments waits at its place: of a kit, as many as all of its parts make."""
    left, found, whole = dict(bound), list[Assignment](), asked(given)
    for one in wanted:
        sku, of = one.sku, whole[one.line_no][1]
        per = {good: units // of for good, units in parts.get(one.line_no, {}).items()} or {sku: 1}
        keys = {good: (one.line_no, good, one.location_id) for good in per}
        units = min([one.quantity, *(left.get(keys[good], 0) // many for good, many in per.items() if many)])
        for good, many in per.items():
            left[keys[good]] = left.get(keys[good], 0) - units * many
        if units > 0:
            found.append(replace(one, quantity=units))
    return found


def sourcing(given: Sourced, assigned: Iterable[Assignment]) -> pb.Sourcing:
    # nothing else of it waits or moves
    asking = given.state == "PINNED" and bool(given.pickup_rejected)
    message = pb.Sourcing(
        order_id=given.order_id,
        state=pb.SourcingState.Value(f"SOURCING_STATE_{'PICKUP_REJECTED' if asking else given.state}"),
        assignments=map(assignment, assigned),
        attempts=given.attempts,
        queue="pickup_rejected" if asking else given.queue,
        version=given.version,
        channel_id=given.channel_id,
        order_time=fields.timestamp(given.order_time),
        pickup_rejected_line_nos=given.pickup_rejected,
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
