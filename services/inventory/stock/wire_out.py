"""Stock values as messages and events."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from omo.inventory.v1 import stock_events_pb2 as events
from omo.inventory.v1 import stock_pb2 as pb
from omo.inventory.v1 import stock_service_pb2 as rpc
from omo.type.v1 import event_pb2, unit_pb2
from services.inventory import wire as fields
from services.inventory.lots import wire as lots_wire
from services.inventory.stock.domain import Hold, Level, Line, Movement, Place, Shortfall, State, Who


def level(given: Level) -> pb.StockLevel:
    """A level as it stands in the books."""
    return pb.StockLevel(
        sku=given.sku,
        location_id=given.location_id,
        on_hand=given.on_hand,
        committed=given.committed,
        held=given.held,
        damaged=given.damaged,
        quality_control=given.quality_control,
        in_transit_in=given.in_transit_in,
        in_transit_out=given.in_transit_out,
        available=given.available,
        version=given.version,
    )


def availability(
    found: Iterable[tuple[Level, int]], incoming: Mapping[Place, Sequence[tuple[datetime, int]]], at: datetime
) -> rpc.GetAvailabilityResponse:
    """Many levels, each with what expired holds still seem to hold; filled in place, for there may be thousands."""
    message = rpc.GetAvailabilityResponse(as_of_time=fields.timestamp(at))
    add = message.levels.add
    for one, expired in found:
        add(
            sku=one.sku,
            location_id=one.location_id,
            on_hand=one.on_hand,
            committed=one.committed,
            held=one.held - expired,
            damaged=one.damaged,
            quality_control=one.quality_control,
            in_transit_in=one.in_transit_in,
            in_transit_out=one.in_transit_out,
            available=one.available + expired,
            version=one.version,
        )
        if one.place in incoming:
            given = incoming[one.place]
            message.levels[-1].incoming = sum(units for _, units in given)
            message.levels[-1].incoming_time.CopyFrom(fields.timestamp(given[0][0]))
    return message


_STATES = {state: pb.HoldState.Value(f"HOLD_STATE_{state}") for state in State}


def hold(given: Hold, now: datetime) -> pb.Hold:
    message = pb.Hold(
        hold_id=given.hold_id,
        state=_STATES[given.seen_at(now)],
        lines=map(line, given.lines),
        order_id=given.order_id,
        member_id=given.member_id,
    )
    if given.expire_time:
        message.expire_time.CopyFrom(fields.timestamp(given.expire_time))
    return message


def line(given: Line) -> pb.HoldLine:
    message = pb.HoldLine(
        line_no=given.line_no,
        sku=given.sku,
        location_id=given.location_id,
        quantity=given.quantity,
        pool_id=given.pool_id,
        kit_sku=given.kit_sku,
        backorder=given.backorder,
    )
    if given.promise_time:
        message.promise_time.CopyFrom(fields.timestamp(given.promise_time))
    return message


def movement(given: Movement) -> pb.Movement:
    """A journal entry; it names who of the staff did it, so it is not for shoppers."""
    message = pb.Movement(
        movement_id=given.movement_id,
        sku=given.sku,
        location_id=given.location_id,
        kind=pb.MovementKind.Value(f"MOVEMENT_KIND_{given.kind}"),
        quantity=given.quantity,
        business_time=fields.timestamp(given.business_time),
        source_id=given.source_id,
        damaged=given.damaged,
        quality_control=given.quality_control,
        actor=fields.actor(given.who.kind, given.who.id, given.who.terminal_id),
        reason=given.reason,
        lots=map(lots_wire.shown, given.lots),
    )
    if given.record_time:
        message.record_time.CopyFrom(fields.timestamp(given.record_time))
    if given.line_no and given.kind in ("SALE", "RETURN", "HANDOVER"):
        message.unit.CopyFrom(
            unit_pb2.UnitRef(
                order_id=given.source_id,
                line_no=given.line_no,
                first=given.first,
                last=given.last,
                measure=given.measure,
            )
        )
    return message


def shortfall(given: Shortfall) -> pb.Shortfall:
    return pb.Shortfall(
        shortfall_id=given.shortfall_id,
        sku=given.sku,
        location_id=given.location_id,
        quantity=given.quantity,
        source_id=given.source_id,
        business_time=fields.timestamp(given.business_time),
    )


def level_changed(given: Level, at: datetime) -> events.StockLevelChanged:
    meta = _meta(f"{given.sku}@{given.location_id}", given.version, at)
    return events.StockLevelChanged(meta=meta, level=level(given))


def shortfall_found(given: Shortfall, version: int, at: datetime) -> events.StockShortfallFound:
    meta = _meta(given.sku, version, at, given.source_id)
    return events.StockShortfallFound(meta=meta, shortfall=shortfall(given))


def hold_released(given: Hold, who: Who, at: datetime) -> events.HoldReleased:
    meta = _meta(given.hold_id, given.version, at, given.reason)
    meta.actor.CopyFrom(fields.actor(who.kind, who.id, who.terminal_id))
    return events.HoldReleased(meta=meta, hold=hold(given, at))


def allocated(order_id: str, lines: list[Line], version: int, at: datetime) -> events.StockAllocated:
    return events.StockAllocated(meta=_meta(order_id, version, at), order_id=order_id, lines=map(line, lines))


def _meta(aggregate_id: str, sequence: int, at: datetime, reason: str = "") -> event_pb2.EventMeta:
    return event_pb2.EventMeta(
        aggregate_id=aggregate_id, sequence=sequence, business_time=fields.timestamp(at), reason=reason
    )
