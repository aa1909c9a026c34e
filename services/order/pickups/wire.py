"""Pickups between protobuf and the domain."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit import fields
from kit.errors import invalid
from omo.order.v1 import pickup_events_pb2 as events
from omo.order.v1 import pickup_service_pb2 as pb
from omo.type.v1 import event_pb2, money_pb2, unit_pb2
from services.order.checkout import wire_reasons
from services.order.fulfilment import domain_units
from services.order.fulfilment import wire as tasks
from services.order.fulfilment.domain import Fulfilment
from services.order.pickups.domain import Choice, Handover, Missing, Proxy, Runs, Shortage

_MOST = 1_000


def units(given: Sequence[pb.PickupUnits]) -> dict[int, int]:
    """How much of which line goes, each line once."""
    if len(given) > _MOST or len({one.line_no for one in given}) < len(given):
        raise invalid("units", f"must name each line once, and at most {_MOST}")
    return {one.line_no: one.quantity for one in given}


def missing_units(given: Sequence[pb.MissingUnits]) -> list[Missing]:
    """How much of which line is not there, and why."""
    if len(given) > _MOST:
        raise invalid("missing", f"must be at most {_MOST}")
    return [
        Missing(one.line_no, one.quantity, wire_reasons.code(fields.code(f"missing[{place}].reason", one.reason)))
        for place, one in enumerate(given)
    ]


def choice(given: pb.MissingChoice.ValueType) -> Choice:
    """What becomes of it; nothing said: it is cancelled."""
    return Choice.ASK if given == pb.MISSING_CHOICE_ASK else Choice.CANCEL


def proxy(given: Proxy, pin: str) -> pb.Proxy:
    return pb.Proxy(
        proxy_id=given.proxy_id,
        fulfilment_id=given.fulfilment_id,
        masked_name=given.masked_name,
        state=pb.ProxyState.Value(f"PROXY_STATE_{given.state}"),
        pin=pin,
        create_time=fields.timestamp(given.create_time),
    )


def shortages(
    held: Fulfilment, missing: Mapping[str, Runs], chosen: Choice, event_id: str, now: datetime
) -> list[Shortage]:
    """What is kept of units that were not there."""
    return [
        Shortage(
            held.fulfilment_id, held.order_id, line.line_no, *run, line.sku, domain_units.quantity(line, run), reason,
            chosen, event_id, now,
        )
        for reason, runs in sorted(missing.items())
        for line, run in runs
    ]  # fmt: skip


def missing(held: Fulfilment, given: Sequence[Shortage], version: int) -> events.UnitsMissing:
    """They are not there, whatever the books say."""
    meta = event_pb2.EventMeta(
        event_id=given[0].event_id,
        aggregate_id=held.order_id,
        sequence=version,
        business_time=fields.timestamp(given[0].business_time),
    )
    return events.UnitsMissing(
        meta=meta,
        order_id=held.order_id,
        fulfilment_id=held.fulfilment_id,
        location_id=held.location_id,
        lines=[
            events.MissingLine(
                unit=unit_pb2.UnitRef(
                    order_id=one.order_id,
                    line_no=one.line_no,
                    first=one.first,
                    last=one.last,
                    measure=one.quantity if one.quantity != one.last - one.first + 1 else 0,
                ),
                sku=one.sku,
                quantity=one.quantity,
                reason=wire_reasons.told(one.reason),
            )
            for one in given
        ],
    )


def acknowledgement(
    held: Fulfilment, told: Handover, masked_name: str, short: Sequence[Shortage], currency: str
) -> pb.Acknowledgement:
    """The data of the slip."""
    shown = tasks.fulfilment(held)
    return pb.Acknowledgement(
        fulfilment_id=held.fulfilment_id,
        order_id=held.order_id,
        order_no=held.order_no,
        location_id=held.location_id,
        handover_time=fields.timestamp(told.business_time),
        staff_code=held.handed_over_by,
        proof=pb.PickupProof.Value(f"PICKUP_PROOF_{told.collector.proof}"),
        proxy_id=told.collector.proxy_id or "",
        masked_name=masked_name,
        lines=shown.lines,
        missing=[
            pb.MissingUnits(
                line_no=one.line_no,
                quantity=one.quantity,
                reason=one.reason,
                choice=pb.MissingChoice.Value(f"MISSING_CHOICE_{one.choice}"),
            )
            for one in short
        ],
        amount=money_pb2.Money(currency_code=currency, minor_units=held.amount),
        rest_fulfilment_id=told.rest_id or "",
    )
