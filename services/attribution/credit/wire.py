"""Protobuf to and from sales, credits and their explanations."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from kit import fields
from omo.attribution.v1 import attribution_events_pb2, attribution_pb2
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import event_pb2, reversal_pb2, unit_pb2
from services.attribution.credit.domain import RULE_VERSION, Credit, Step
from services.attribution.credit.domain_sales import Line, Run, Sale


def sale(facts: order_facts_pb2.OrderFacts) -> Sale:
    """An order's facts as a sale to be credited."""
    return Sale(
        facts.order_id,
        facts.member_id or None,
        facts.channel_kind,
        facts.location_id,
        facts.business_time.ToDatetime(UTC),
        facts.currency_code,
        facts.staff_link_token,
        tuple(
            Line(
                line.line_no,
                line.sku,
                line.quantity,
                line.by_measure,
                line.net_total,
                line.seller_staff_code,
                line.fulfilment_location_id,
            )
            for line in facts.lines
        ),
    )


def cancelled(event: order_events_pb2.UnitsCancelled) -> list[Run]:
    """The units of an event that nobody will hand over."""
    return [
        Run(
            event.order_id,
            line.unit.line_no,
            line.unit.first,
            max(line.unit.first, line.unit.last),
            line.net_total,
        )
        for line in event.lines
    ]


def returned(event: order_events_pb2.UnitsReturned) -> list[Run]:
    """The units of an event that came back."""
    return [
        Run(
            event.order_id,
            line.unit.line_no,
            line.unit.first,
            max(line.unit.first, line.unit.last),
            line.net_total,
            event.refund_id,
        )
        for line in event.lines
    ]


def settled(runs: Iterable[Run], now: datetime) -> list[attribution_events_pb2.ReversalSettled]:
    """One answer for each refund: what its units were worth is credited to nobody any more."""
    told: dict[tuple[str, str], int] = {}
    for run in runs:
        if run.refund_id:
            key = (run.refund_id, run.order_id)
            told[key] = told.get(key, 0) + run.net
    return [
        attribution_events_pb2.ReversalSettled(
            meta=event_pb2.EventMeta(aggregate_id=order_id, business_time=fields.timestamp(now)),
            reversal=reversal_pb2.Reversal(
                refund_id=refund_id,
                order_id=order_id,
                kind=reversal_pb2.REVERSAL_KIND_COMMISSION,
                state=reversal_pb2.REVERSAL_STATE_DONE,
                amount=net,
            ),
        )
        for (refund_id, order_id), net in sorted(told.items())
    ]


def credit(entry: Credit) -> attribution_pb2.Credit:
    """One ledger entry."""
    unit = unit_pb2.UnitRef(
        order_id=entry.order_id,
        line_no=entry.line_no,
        first=entry.first_unit,
        last=entry.last_unit,
        measure=entry.measure,
    )
    return attribution_pb2.Credit(
        credit_id=entry.credit_id,
        unit=unit,
        sku=entry.sku,
        beneficiary=entry.beneficiary,
        role=attribution_pb2.CreditRole.ValueType(entry.role),
        basis=attribution_pb2.CreditBasis.ValueType(entry.basis),
        share_bp=entry.share_bp,
        base_amount=entry.base_amount,
        amount=entry.amount,
        currency_code=entry.currency_code,
        business_time=fields.timestamp(entry.business_time),
        rule_version=entry.rule_version,
        evidence=entry.evidence,
        mirror_of=entry.mirror_of or "",
    )


def step(answer: Step) -> attribution_pb2.ExplainStep:
    """One step of an explanation."""
    return attribution_pb2.ExplainStep(
        basis=attribution_pb2.CreditBasis.ValueType(answer.basis),
        taken=answer.taken,
        beneficiary=answer.beneficiary,
        because=answer.because,
    )


def posted(
    entries: Iterable[Credit], versions: Mapping[str, int], now: datetime
) -> list[attribution_events_pb2.CreditsPosted]:
    """One event per order."""
    events: dict[str, attribution_events_pb2.CreditsPosted] = {}
    for entry in entries:
        event = events.get(entry.order_id)
        if event is None:
            event = events[entry.order_id] = attribution_events_pb2.CreditsPosted(order_id=entry.order_id)
            event.meta.aggregate_id = entry.order_id
            event.meta.sequence = versions[entry.order_id]
            event.meta.business_time.FromDatetime(now)
            event.meta.rule_version = RULE_VERSION
            event.meta.reason = entry.reason
        event.credits.append(credit(entry))
    return list(events.values())
