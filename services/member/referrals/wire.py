"""Protobuf to and from who brought whom."""

from datetime import datetime

from asyncpg import Record

from kit import fields
from omo.member.v1 import engagement_events_pb2 as events
from omo.member.v1 import referrals_service_pb2 as pb
from services.member.referrals.domain import Rules


def referral(row: Record) -> pb.Referral:
    """A referral as either side may see it."""
    found = pb.Referral(
        referral_id=row["referral_id"],
        advocate_id=row["advocate"],
        state=row["state"],
        bind_time=fields.timestamp(row["bind_time"]),
        points=row["points"],
    )
    if row["reward_time"] is not None:
        found.reward_time.CopyFrom(fields.timestamp(row["reward_time"]))
    return found


def rules(message: pb.ReferralRules) -> Rules:
    """Rules as they were asked for."""
    amounts = (message.bind_days, message.advocate_points, message.friend_points, message.limit_per_year)
    return Rules(message.version, message.active, *amounts)


def rules_message(found: Rules) -> pb.ReferralRules:
    """Rules as they are told."""
    return pb.ReferralRules(
        active=found.active,
        bind_days=found.bind_days,
        advocate_points=found.advocate_points,
        friend_points=found.friend_points,
        limit_per_year=found.limit_per_year,
        version=found.version,
    )


def rewarded(row: Record, order_id: str, points: int, now: datetime) -> events.ReferralRewarded:
    """The event that an advocate was paid."""
    event = events.ReferralRewarded(
        referral_id=row["referral_id"],
        advocate_id=row["advocate"],
        friend_id=row["friend"],
        order_id=order_id,
        points=points,
    )
    event.meta.aggregate_id = row["advocate"]
    event.meta.business_time.CopyFrom(fields.timestamp(now))
    return event
