"""Fulfilments as the API and events show them."""

from collections.abc import Iterable, Mapping

from kit import fields
from omo.order.v1 import fulfilment_service_pb2 as pb
from omo.order.v1 import order_events_pb2, order_pb2
from omo.type.v1 import event_pb2, unit_pb2
from services.order.checkout import wire, wire_reasons
from services.order.fulfilment import wire_lots, wire_parcels
from services.order.fulfilment.domain import Fulfilment, FulfilmentLine
from services.order.fulfilment.domain_lots import Named, Run
from services.order.fulfilment.domain_states import Reason, State


def fulfilment(given: Fulfilment) -> order_pb2.Fulfilment:
    """The fulfilment as the API shows it: never its PIN."""
    deadline = given.pickup_deadline
    return order_pb2.Fulfilment(
        fulfilment_id=given.fulfilment_id,
        order_id=given.order_id,
        order_no=given.order_no,
        method=wire.method(given.method),
        location_id=given.location_id,
        state=_state(given),
        lines=[_line(each) for each in given.lines],
        version=given.version,
        accept_deadline_time=fields.timestamp(given.accept_deadline),
        pickup_deadline_time=fields.timestamp(deadline) if deadline else None,
        masked_name=given.masked_name,
        contact_id=given.contact_id,
        picker_staff_code=given.picker_staff_code,
        handed_over_by_staff_code=given.handed_over_by,
        update_time=fields.timestamp(given.update_time),
        reason=given.reason,
        decision_id=given.decision_id,
        parcels=wire_parcels.shown(given.parcels),
        ready_deadline_time=fields.timestamp(given.ready_deadline) if given.ready_deadline else None,
        ship_deadline_time=fields.timestamp(given.ship_deadline) if given.ship_deadline else None,
        part_no=given.part_no,
        to_location_id=given.to_location_id,
    )


def _state(given: Fulfilment) -> order_pb2.FulfilmentState.ValueType:
    """Of a handover that left something behind it is said."""
    if given.state is State.HANDED_OVER and given.reason == Reason.PARTLY:
        return order_pb2.FULFILMENT_STATE_PARTIALLY_HANDED_OVER
    return order_pb2.FulfilmentState.Value(f"FULFILMENT_STATE_{given.state}")


def tasks(given: Iterable[Fulfilment], version: int) -> pb.ListTasksResponse:
    return pb.ListTasksResponse(tasks=[fulfilment(each) for each in given], version=version)


def changed(given: Fulfilment) -> order_events_pb2.FulfilmentChanged:
    """Its full new state."""
    meta = event_pb2.EventMeta(
        aggregate_id=given.location_id,
        sequence=given.version,
        business_time=fields.timestamp(given.update_time),
        reason=wire_reasons.told(given.reason),
    )
    event = order_events_pb2.FulfilmentChanged(meta=meta, fulfilment=fulfilment(given))
    event.fulfilment.reason = meta.reason
    return event


def handed_over(
    given: Fulfilment, order_version: int, lots: Mapping[Run, Iterable[Named]]
) -> order_events_pb2.UnitsHandedOver:
    """Its units are in the shopper's hands, or the carrier's."""
    meta = event_pb2.EventMeta(
        event_id=given.handover_event_id or "",
        aggregate_id=given.order_id,
        sequence=order_version,
        business_time=fields.timestamp(given.update_time),
    )
    return order_events_pb2.UnitsHandedOver(
        meta=meta,
        order_id=given.order_id,
        member_id=given.member_id or "",
        location_id=given.location_id,
        method=wire.method(given.method),
        lines=[_units(given.order_id, each, lots.get((each.line_no, each.first_unit), ())) for each in given.lines],
        staff_code=given.handed_over_by,
    )


def _line(given: FulfilmentLine) -> order_pb2.FulfilmentLine:
    return order_pb2.FulfilmentLine(
        line_no=given.line_no, sku=given.sku, name=given.name, quantity=given.quantity, first_unit=given.first_unit
    )


def _units(order_id: str, given: FulfilmentLine, lots: Iterable[Named]) -> order_events_pb2.HandedOverLine:
    unit = unit_pb2.UnitRef(
        order_id=order_id,
        line_no=given.line_no,
        first=given.first_unit,
        last=given.last_unit,
        measure=given.quantity if given.by_measure else 0,
    )
    named = wire_lots.shown(lots)
    return order_events_pb2.HandedOverLine(unit=unit, sku=given.sku, quantity=given.quantity, lots=named)
