"""Order's events as what is wanted of whom, and sourcing's own events."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from kit.access import Actor
from omo.inventory.v1 import sourcing_events_pb2 as events
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import event_pb2, trade_pb2
from services.inventory import wire as fields
from services.inventory.sourcing import wire
from services.inventory.sourcing.domain import Assignment, Decision, Leftover, Method
from services.inventory.sourcing.domain_records import Refusal, Sourced

Event = (
    order_events_pb2.OrderConfirmed
    | order_events_pb2.SalesRecorded
    | order_events_pb2.OrderCancelled
    | order_events_pb2.FulfilmentRejected
    | order_events_pb2.UnitsCancelled
)
_METHODS = {
    trade_pb2.FULFILMENT_METHOD_SHIP: Method.SHIP,
    trade_pb2.FULFILMENT_METHOD_COLLECT: Method.COLLECT,
}


@dataclass(slots=True)
class Heard:
    """A batch of events: orders to keep, places that shoppers chose, orders that end."""

    orders: list[tuple[str, str, str, str, datetime]] = field(default_factory=list)
    pinned: list[tuple[str, Assignment]] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)
    refused: list[Refusal] = field(default_factory=list)
    # orders of which units ended
    lessened: set[str] = field(default_factory=set)
    # those of the orders that nobody lets wait
    express: set[str] = field(default_factory=set)


def hear(given: Iterable[Event]) -> Heard:
    """Sorts a batch; orders of which nothing is collected or shipped are no business of sourcing."""
    heard = Heard()
    for event in given:
        if isinstance(event, order_events_pb2.OrderCancelled):
            if event.was_confirmed:
                heard.cancelled.add(event.order_id)
        elif isinstance(event, order_events_pb2.FulfilmentRejected):
            heard.refused.append(refusal(event))
        elif isinstance(event, order_events_pb2.UnitsCancelled):
            heard.lessened.add(event.order_id)
        else:
            for facts in _told(event):
                _confirmed(heard, facts)
    return heard


def _told(event: order_events_pb2.OrderConfirmed | order_events_pb2.SalesRecorded) -> list[order_facts_pb2.OrderFacts]:
    """What is to be found; of stores' sales those that name a hold: from all others nothing leaves later."""
    if isinstance(event, order_events_pb2.SalesRecorded):
        return [facts for facts in event.sales if facts.hold_id]
    return [event.facts]


def concerns(event: Event) -> bool:
    """Whether sourcing has to do with it: of stores' sales with those that name a hold, which are few."""
    return not isinstance(event, order_events_pb2.SalesRecorded) or any(facts.hold_id for facts in event.sales)


def _confirmed(heard: Heard, facts: order_facts_pb2.OrderFacts) -> None:
    lines = [line for line in facts.lines if line.method in _METHODS and line.quantity > 0 and line.sku]
    if not lines:
        return
    rows = [
        (
            line.line_no,
            line.sku,
            line.quantity,
            line.net_total,
            _METHODS[line.method].value,
            line.fulfilment_location_id,
            line.by_measure,
        )
        for line in lines
    ]
    undecided = any(not place and method == Method.SHIP for _, _, _, _, method, place, _ in rows)
    wanted = json.dumps({"lines": rows, "origin": facts.location_id} | _shipping(facts))
    state = "PENDING" if undecided else "PINNED"
    if undecided and facts.shipping.expedited:
        heard.express.add(facts.order_id)
    heard.orders.append((facts.order_id, state, wanted, facts.channel_id, fields.moment(facts.business_time)))
    heard.pinned += [
        (facts.order_id, Assignment(no, sku, place, units)) for no, sku, units, _, _, place, _ in rows if place
    ]


def _shipping(facts: order_facts_pb2.OrderFacts) -> dict[str, Any]:
    """What decides, under the names by which `wire.order` reads it; nothing where nothing was said."""
    given, where = facts.shipping, facts.shipping.destination
    if not facts.HasField("shipping"):
        return {}
    found: dict[str, Any] = {
        "shipping": given.shipping_method or "standard",
        "priority": given.priority,
        "expedited": given.expedited,
        "country": where.country_code,
        "postal_code": where.postal_code,
        "collect": given.collect_location_id,
    }
    if given.HasField("promise_time"):
        found["promise"] = fields.moment(given.promise_time).isoformat()
    if where.HasField("latitude_e6") and where.HasField("longitude_e6"):
        found |= {"latitude": where.latitude_e6 / 1_000_000, "longitude": where.longitude_e6 / 1_000_000}
    return found


def refusal(event: order_events_pb2.FulfilmentRejected) -> Refusal:
    actor = Actor.from_proto(event.meta.actor)
    units, runs = dict[int, int](), list[str]()
    for line in sorted(event.lines, key=attrgetter("line_no", "first_unit")):
        units[line.line_no] = units.get(line.line_no, 0) + line.quantity
        runs.append(f"{line.line_no}.{line.first_unit}" if line.first_unit else str(line.line_no))
    return Refusal(
        event.order_id,
        # a task may lose its lines one by one, and of a line some units for one reason and some for another
        f"{event.fulfilment_id}/{'+'.join(runs)}" if event.partly else event.fulfilment_id,
        event.location_id,
        event.decision_id,
        list(units),
        event.reason or "OTHER",
        actor.kind.value,
        actor.id,
        actor.terminal_id,
        list(units.values()),
    )


def decided(
    order: Sourced, decision_id: str, decision: Decision, assigned: Sequence[Assignment], now: datetime
) -> events.SourcingDecided:
    """All that the order's goods leave from now, and what has no place."""
    message = events.SourcingDecided(
        meta=_meta(order, now),
        order_id=order.order_id,
        decision_id=decision_id,
        assignments=map(wire.assignment, assigned),
        leftovers=map(wire.leftover, decision.leftovers),
        queue=decision.queue,
    )
    message.meta.rule_version = f"{decision.rule_set_id}:{decision.rule_version}"
    if order.auto_cancel_time:
        message.auto_cancel_time.CopyFrom(fields.timestamp(order.auto_cancel_time))
    return message


def moved(
    order: Sourced, decision_id: str, assigned: Iterable[Assignment], reason: str, now: datetime
) -> events.SourcingDecided:
    """All that the order's goods leave from, after somebody moved some of it."""
    return events.SourcingDecided(
        meta=_meta(order, now, reason),
        order_id=order.order_id,
        decision_id=decision_id,
        assignments=map(wire.assignment, assigned),
    )


def pickup_rejected(
    order: Sourced,
    location_id: str,
    given: Sequence[Assignment],
    rest: Iterable[Assignment],
    reason: str,
    now: datetime,
) -> events.PickupRejected:
    return events.PickupRejected(
        meta=_meta(order, now, reason),
        order_id=order.order_id,
        location_id=location_id,
        line_nos=[one.line_no for one in given],
        reason=reason,
        assignments=map(wire.assignment, rest),
    )


def given_up(
    order: Sourced, left: Sequence[Leftover], assigned: Iterable[Assignment], now: datetime
) -> events.SourcingGivenUp:
    return events.SourcingGivenUp(
        meta=_meta(order, now, "AUTO_CANCEL"),
        order_id=order.order_id,
        leftovers=map(wire.leftover, left),
        queue=order.queue,
        assignments=map(wire.assignment, assigned),
    )


def _meta(order: Sourced, now: datetime, reason: str = "") -> event_pb2.EventMeta:
    """The order's row has the version that it had before this change."""
    return event_pb2.EventMeta(
        aggregate_id=order.order_id, sequence=order.version + 1, business_time=fields.timestamp(now), reason=reason
    )
