"""Inventory's news of orders as what they mean here, and timelines as the API shows them."""

import re
from collections.abc import Iterable

from kit import fields
from kit.errors import Code, Fault
from omo.inventory.v1 import sourcing_events_pb2, sourcing_pb2, stock_events_pb2
from omo.order.v1 import order_events_pb2, order_pb2
from omo.type.v1 import event_pb2
from services.order.checkout import wire_reasons
from services.order.fulfilment import wire
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_sourced import Assigned, Happened, Leftover, News, Refused, Standing, Told

Sourced = sourcing_events_pb2.SourcingDecided | sourcing_events_pb2.PickupRejected | sourcing_events_pb2.SourcingGivenUp
Promised = stock_events_pb2.PromiseBroken | stock_events_pb2.PromiseMended
Event = Sourced | Promised
_ORDER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def ours(event: Event) -> bool:
    """Whether it can be about an order: carts and moves between places hold goods under ids of other kinds."""
    return bool(_ORDER_ID.fullmatch(event.order_id))


def told(event: Sourced) -> Told:
    """How the order's sourcing stands."""
    match event:
        case sourcing_events_pb2.SourcingDecided():
            until = event.auto_cancel_time if event.HasField("auto_cancel_time") else None
            return Told(
                event.order_id,
                event.meta.sequence,
                Standing.UNPLACED if event.leftovers else Standing.SOURCED,
                _assigned(event.assignments),
                _left(event.leftovers),
                event.queue,
                fields.moment(until, "auto_cancel_time") if until else None,
            )
        case sourcing_events_pb2.PickupRejected():
            refused = Refused(event.location_id, tuple(event.line_nos), event.reason)
            standing, assigned = Standing.PICKUP_REJECTED, _assigned(event.assignments)
            return Told(event.order_id, event.meta.sequence, standing, assigned, refused=refused)
        case sourcing_events_pb2.SourcingGivenUp():
            left, assigned = _left(event.leftovers), _assigned(event.assignments)
            return Told(event.order_id, event.meta.sequence, Standing.GIVEN_UP, assigned, left, event.queue)


def news(event: Event) -> list[News]:
    """What the event adds to the order's timeline."""
    match event:
        case stock_events_pb2.PromiseBroken() | stock_events_pb2.PromiseMended():
            broken = isinstance(event, stock_events_pb2.PromiseBroken)
            kind = Happened.PROMISE_BROKEN if broken else Happened.PROMISE_MENDED
            return [_entry(event, 0, kind, event.line_no, event.quantity, event.location_id)]
        case sourcing_events_pb2.PickupRejected():
            lines = [(no, 0, event.location_id, event.reason) for no in event.line_nos]
            return [_entry(event, n, Happened.PICKUP_REJECTED, *each) for n, each in enumerate(lines)]
        case sourcing_events_pb2.SourcingGivenUp():
            return [
                _entry(event, n, Happened.GIVEN_UP, each.line_no, each.quantity, "", each.reason)
                for n, each in enumerate(event.leftovers)
            ]
        case sourcing_events_pb2.SourcingDecided():
            fresh = [each for each in event.assignments if each.decision_id == event.decision_id]
            placed = [(Happened.SOURCED, each.line_no, each.quantity, each.location_id, "") for each in fresh]
            left = [(Happened.UNPLACED, each.line_no, each.quantity, "", each.reason) for each in event.leftovers]
            return [_entry(event, n, *each) for n, each in enumerate([*placed, *left])]


def rejected(given: Fulfilment, order_version: int, partly: bool = False) -> order_events_pb2.FulfilmentRejected:
    """What the location was to give is to come from elsewhere."""
    reason = wire_reasons.code(given.reason)
    meta = event_pb2.EventMeta(
        aggregate_id=given.order_id,
        sequence=order_version,
        business_time=fields.timestamp(given.update_time),
        reason=wire_reasons.told(given.reason),
    )
    return order_events_pb2.FulfilmentRejected(
        meta=meta,
        order_id=given.order_id,
        fulfilment_id=given.fulfilment_id,
        location_id=given.location_id,
        decision_id=given.decision_id,
        lines=wire.fulfilment(given).lines,
        reason=reason,
        partly=partly,
    )


def shown(given: News) -> order_pb2.OrderNews:
    return order_pb2.OrderNews(
        kind=given.kind,
        business_time=fields.timestamp(given.business_time),
        line_no=given.line_no,
        quantity=given.quantity,
        location_id=given.location_id,
        reason=given.reason,
        promise_time=fields.timestamp(given.promise_time) if given.promise_time else None,
    )


def _entry(
    event: Event, number: int, kind: Happened, line_no: int, quantity: int, location_id: str, reason: str = ""
) -> News:
    at = fields.moment(event.meta.business_time)
    return News(event.order_id, event.meta.event_id, number, kind, at, line_no, quantity, location_id, reason)


def _assigned(given: Iterable[sourcing_pb2.SourcingAssignment]) -> tuple[Assigned, ...]:
    return tuple(Assigned(each.line_no, each.location_id, each.quantity, each.decision_id) for each in given)


def _left(given: Iterable[sourcing_pb2.SourcingLeftover]) -> tuple[Leftover, ...]:
    return tuple(Leftover(each.line_no, each.sku, each.quantity, each.reason) for each in given)


def unheard(refusal: Fault) -> bool:
    """Whether inventory has yet to hear of an order that was confirmed a moment ago: its no would not last."""
    return refusal.code is Code.NOT_FOUND and "order_id" in refusal.metadata
