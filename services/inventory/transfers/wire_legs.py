"""Order's word of goods between two places, and of goods that a store has not, as what they do to stock."""

from datetime import UTC, datetime

from kit.access import Actor
from omo.order.v1 import pickup_events_pb2 as events
from services.inventory import wire as fields
from services.inventory.catalogue.domain_kits import History
from services.inventory.stock.domain import NOWHERE, Movement, Who
from services.inventory.transfers.domain_legs import Leg, Moved


def leg(event: events.UnitsMoved, kits: History, promised: datetime) -> Leg:
    """What is sent; a kit in its parts, as it was made when it was promised."""
    moved = tuple(
        Moved(
            one.unit.line_no, sku, one.quantity * many, one.unit.first, one.unit.last, one.unit.measure, one.lost,
            one.quantity,
        )
        for one in event.lines
        if one.quantity > 0
        for sku, many in kits.parts(one.sku or NOWHERE, promised).items()
    )  # fmt: skip
    return Leg(
        event.leg_id,
        event.order_id,
        event.from_location_id or NOWHERE,
        event.to_location_id or NOWHERE,
        moved,
        event.left_time.ToDatetime(UTC),
        event.arrive_time.ToDatetime(UTC) if event.HasField("arrive_time") else None,
        _who(event),
    )


def missing(event: events.UnitsMissing, kits: History, promised: datetime) -> list[Movement]:
    """The books have more than the shelf."""
    at, who = fields.moment(event.meta.business_time), _who(event)
    return [
        Movement(
            sku, event.location_id or NOWHERE, "ADJUSTMENT", -one.quantity * many, at, event.fulfilment_id, who,
            one.unit.line_no, one.unit.first, one.unit.last, one.unit.measure, reason=one.reason or "MISSING",
        )
        for one in event.lines
        if one.quantity > 0
        for sku, many in kits.parts(one.sku or NOWHERE, promised).items()
    ]  # fmt: skip


def _who(event: events.UnitsMoved | events.UnitsMissing) -> Who:
    actor = Actor.from_proto(event.meta.actor)
    return Who(actor.kind.value, actor.id, actor.terminal_id)
