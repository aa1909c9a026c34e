"""Protobuf to and from tiers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kit import fields
from omo.member.v1 import member_events_pb2, member_pb2
from omo.member.v1 import tier_events_pb2 as events
from omo.member.v1 import tier_service_pb2 as pb
from services.member.points.ledger import Balance
from services.member.program.domain import Metric, Program
from services.member.tiers.domain import State, Step
from services.member.tiers.domain_progress import Progress


def standing(balance: Balance, held: State, stands: Progress) -> member_pb2.Standing:
    """A member's points and tier, what is missing to the next one, and what to keep this one."""
    message = member_pb2.Standing(
        member_id=balance.member_id,
        tier=balance.tier,
        qualifying_spend=stands.found.spend,
        qualifying_count=stands.found.orders,
        qualifying_points=stands.found.points,
        next_tier=stands.next_tier,
        projected_tier=stands.projected,
        keep_tier_gap=stands.keep_gap,
        coming_tier=held.coming,
        points_pending=balance.pending,
        points_active=balance.active,
        points_held=balance.held,
        points_spent=balance.spent,
        points_expired=balance.expired,
        points_debt=balance.debt,
        version=balance.version,
    )
    if balance.tier:
        message.tier_source = member_pb2.TierSource.ValueType(held.source)
    _gap(message, stands)
    for moment, field in (
        (balance.tier_since_time, message.tier_since_time),
        (balance.tier_valid_until_time, message.tier_valid_until_time),
        (stands.keep_by, message.keep_by_time),
        (held.coming_time, message.coming_tier_time),
    ):
        if moment is not None:
            field.CopyFrom(fields.timestamp(moment))
    return message


def _gap(message: member_pb2.Standing, stands: Progress) -> None:
    match stands.metric:
        case Metric.SPEND:
            message.next_tier_gap = stands.next_gap
        case Metric.COUNT:
            message.next_tier_gap_orders = stands.next_gap
        case Metric.POINTS:
            message.next_tier_gap_points = stands.next_gap


def standing_changed(
    message: member_pb2.Standing, program: Program, now: datetime
) -> member_events_pb2.MemberStandingChanged:
    """The event that a tier changed, with the whole standing."""
    event = member_events_pb2.MemberStandingChanged(standing=message)
    _meta(event, message.member_id, message.version, now, program)
    return event


def changed(member_id: str, version: int, step: Step, program: Program) -> events.TierChanged:
    """The event that says what became of a tier, and why."""
    event = events.TierChanged(
        member_id=member_id,
        before=step.before.tier,
        after=step.after.tier,
        cause=events.TierCause.ValueType(step.cause),
    )
    if step.after.since:
        event.since_time.CopyFrom(fields.timestamp(step.after.since))
    if step.after.valid_until:
        event.valid_until_time.CopyFrom(fields.timestamp(step.after.valid_until))
    _meta(event, member_id, version, step.time, program)
    return event


def expiring(balance: Balance, days: int, keep_gap: int, program: Program, now: datetime) -> events.TierExpiring:
    """The event that a tier ends in so many days."""
    event = events.TierExpiring(member_id=balance.member_id, tier=balance.tier, days=days, keep_tier_gap=keep_gap)
    if balance.tier_valid_until_time:
        event.valid_until_time.CopyFrom(fields.timestamp(balance.tier_valid_until_time))
    _meta(event, balance.member_id, balance.version, now, program)
    return event


def _meta(event: Any, member_id: str, version: int, moment: datetime, program: Program) -> None:
    event.meta.aggregate_id = member_id
    event.meta.sequence = version
    event.meta.business_time.CopyFrom(fields.timestamp(moment))
    event.meta.rule_version = program.rule_version


def change(row: Mapping[str, Any]) -> pb.TierChange:
    """One step as it is shown."""
    message = pb.TierChange(
        before=row["tier_before"],
        after=row["tier"],
        cause=events.TierCause.ValueType(row["cause"]),
        business_time=fields.timestamp(row["business_time"]),
        reason=row["reason"],
        actor=f"{row['actor_kind']}:{row['actor_id']}",
        rule_version=row["rule_version"],
    )
    if row["valid_until_time"]:
        message.valid_until_time.CopyFrom(fields.timestamp(row["valid_until_time"]))
    return message
