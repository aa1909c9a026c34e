"""Protobuf to and from points, tiers and the program."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from kit import fields
from kit.errors import invalid
from omo.member.v1 import member_events_pb2, member_pb2
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import trade_pb2
from services.member.points.domain import CancelledRun, HandedRun, Program, Sale, SoldLine, Tier
from services.member.points.ledger import Balance

_MAX_TIERS = 20


def sale(facts: order_facts_pb2.OrderFacts) -> Sale:
    """An order's facts as something that earns."""
    return Sale(
        facts.order_id,
        facts.member_id,
        facts.business_time.ToDatetime(UTC),
        tuple(
            SoldLine(
                line.line_no,
                line.earn_base,
                line.net_total,
                f"{line.method}:{line.fulfilment_location_id}",
                line.method in (trade_pb2.FULFILMENT_METHOD_CARRY_OUT, trade_pb2.FULFILMENT_METHOD_UNSPECIFIED),
                1 if line.by_measure else max(line.quantity, 1),
            )
            for line in facts.lines
        ),
        facts.points_spent,
    )


def handed_over(event: order_events_pb2.UnitsHandedOver) -> list[HandedRun]:
    """The units of an event that are in the shopper's hands."""
    moment = event.meta.business_time.ToDatetime(UTC)
    return [
        HandedRun(event.order_id, line.unit.line_no, line.unit.first, max(line.unit.first, line.unit.last), moment)
        for line in event.lines
    ]


def cancelled(event: order_events_pb2.UnitsCancelled) -> list[CancelledRun]:
    """The units of an event that nobody will hand over."""
    moment = event.meta.business_time.ToDatetime(UTC)
    return [
        CancelledRun(
            event.order_id,
            line.unit.line_no,
            line.unit.first,
            max(line.unit.first, line.unit.last),
            line.net_total,
            line.earn_base,
            line.points_returned,
            moment,
        )
        for line in event.lines
    ]


def standing(balance: Balance, program: Program, spend: int) -> member_pb2.Standing:
    """A member's points and tier, and what is missing to the next one."""
    above = program.above(balance.tier)
    message = member_pb2.Standing(
        member_id=balance.member_id,
        tier=balance.tier,
        qualifying_spend=spend,
        next_tier=above.tier if above else "",
        next_tier_gap=max(above.min_spend - spend, 0) if above else 0,
        points_pending=balance.pending,
        points_active=balance.active,
        points_held=balance.held,
        points_spent=balance.spent,
        points_expired=balance.expired,
        points_debt=balance.debt,
        version=balance.version,
    )
    if balance.tier_since_time:
        message.tier_since_time.CopyFrom(fields.timestamp(balance.tier_since_time))
    if balance.tier_valid_until_time:
        message.tier_valid_until_time.CopyFrom(fields.timestamp(balance.tier_valid_until_time))
    return message


def changed(message: member_pb2.Standing, program: Program, now: datetime) -> member_events_pb2.MemberStandingChanged:
    """The event that a tier changed."""
    event = member_events_pb2.MemberStandingChanged(standing=message)
    event.meta.aggregate_id = message.member_id
    event.meta.sequence = message.version
    event.meta.business_time.CopyFrom(fields.timestamp(now))
    event.meta.rule_version = program.rule_version
    return event


def entry(row: Mapping[str, Any]) -> member_pb2.PointsEntry:
    """One line of a statement."""
    return member_pb2.PointsEntry(
        entry_id=row["transfer_id"],
        kind=member_pb2.PointsKind.ValueType(row["kind"]),
        points=row["points"],
        business_time=fields.timestamp(row["business_time"]),
        order_id=row["order_id"] or "",
        reason=row["reason"],
        rule_version=row["rule_version"],
    )


def program(found: Program) -> member_pb2.Program:
    """The program as it is published."""
    return member_pb2.Program(
        version=found.version,
        amount_per_point=found.amount_per_point,
        point_value=found.point_value,
        pending_days=found.pending_days,
        expire_days=found.expire_days,
        qualifying_days=found.qualifying_days,
        tiers=[
            member_pb2.Tier(
                tier=tier.tier,
                min_spend=tier.min_spend,
                valid_days=tier.valid_days,
                earn_multiplier_bp=tier.multiplier_bp,
            )
            for tier in found.tiers
        ],
    )


def asked_program(message: member_pb2.Program, version: int) -> Program:
    """What headquarters publishes; refuses numbers and tiers that make no sense, naming the field."""
    for field in ("amount_per_point", "point_value", "qualifying_days"):
        if getattr(message, field) < 1:
            raise invalid(f"program.{field}", "must be 1 or more")
    for field in ("pending_days", "expire_days"):
        if getattr(message, field) < 0:
            raise invalid(f"program.{field}", "must not be negative")
    if len(message.tiers) > _MAX_TIERS:
        raise invalid("program.tiers", f"must be at most {_MAX_TIERS}")
    tiers = tuple(_tiers(message.tiers))
    return Program(
        version,
        message.amount_per_point,
        message.point_value,
        message.pending_days,
        message.expire_days,
        message.qualifying_days,
        tiers,
    )


def program_changed(found: Program, now: datetime) -> member_events_pb2.ProgramChanged:
    """The event that a program is in force."""
    event = member_events_pb2.ProgramChanged(program=program(found))
    event.meta.aggregate_id = "program"
    event.meta.sequence = found.version
    event.meta.business_time.CopyFrom(fields.timestamp(now))
    return event


def _tiers(messages: Iterable[member_pb2.Tier]) -> Iterable[Tier]:
    floor, seen = -1, set[str]()
    for index, tier in enumerate(messages):
        where = f"program.tiers[{index}]"
        name = fields.code(f"{where}.tier", tier.tier)
        if name in seen:
            raise invalid(f"{where}.tier", "must not be there twice")
        if tier.min_spend <= floor:
            raise invalid(f"{where}.min_spend", f"must be more than {floor}: tiers go from low to high")
        if tier.valid_days < 1:
            raise invalid(f"{where}.valid_days", "must be 1 or more")
        if tier.earn_multiplier_bp < 0:
            raise invalid(f"{where}.earn_multiplier_bp", "must not be negative")
        floor = tier.min_spend
        seen.add(name)
        yield Tier(name, tier.min_spend, tier.valid_days, tier.earn_multiplier_bp)
