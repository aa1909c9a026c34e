"""Lines that sell packs, between protobuf and prepaid goods."""

from collections.abc import Container, Iterable
from datetime import UTC

from omo.member.v1 import member_events_pb2
from omo.order.v1 import order_events_pb2, order_facts_pb2, order_pb2
from omo.type.v1 import reversal_pb2, unit_pb2
from services.member.prepaid.domain_lines import MOST, BackPack, Ended, SoldPack
from services.member.wallet import wire_settled


def sold(heard: Iterable[order_facts_pb2.OrderFacts], skus: Container[str]) -> list[SoldPack]:
    """The units of lines of these goods."""
    return [
        SoldPack(
            facts.order_id, line.line_no, unit, line.sku, _paid(facts, run), facts.member_id,
            facts.location_id or facts.channel_id, facts.business_time.ToDatetime(UTC),
        )
        for facts in heard
        for line in facts.lines
        if line.sku in skus
        for run in line.units
        for unit in range(run.first, min(run.last, MOST - 1) + 1)
    ]  # fmt: skip


def returned(event: order_events_pb2.UnitsReturned) -> list[BackPack]:
    """The units that came back."""
    moment = event.meta.business_time.ToDatetime(UTC)
    return [
        BackPack(event.order_id, line.unit.line_no, unit, line.sku, event.refund_id, event.member_id, moment)
        for line in event.lines
        for unit in _units(line.unit)
    ]


def cancelled(event: order_events_pb2.UnitsCancelled) -> list[BackPack]:
    """The units that nobody will hand over."""
    moment = event.meta.business_time.ToDatetime(UTC)
    return [
        BackPack(event.order_id, line.unit.line_no, unit, line.sku, "", event.member_id, moment)
        for line in event.lines
        for unit in _units(line.unit)
    ]


def settled(one: Ended) -> member_events_pb2.ReversalSettled:
    """How a return ended for the pack that was sold: whole, or owed as far as units were taken."""
    kind = reversal_pb2.REVERSAL_KIND_PREPAID
    reversal = wire_settled.taken_back(kind, one.order_id, one.refund_id, one.pack_id, one.units, one.owed)
    return wire_settled.settled(reversal, one.member_id, one.moment)


def _paid(facts: order_facts_pb2.OrderFacts, run: order_pb2.UnitRun) -> int:
    """What one unit cost in money: points are not given back as money."""
    return max(run.net_amount - run.points_amount + (0 if facts.tax_included else run.tax_amount), 0)


def _units(run: unit_pb2.UnitRef) -> range:
    return range(run.first, min(run.last, MOST - 1) + 1)
