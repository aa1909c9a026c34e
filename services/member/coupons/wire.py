"""Protobuf to and from campaigns of coupons."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kit import fields
from kit.errors import invalid
from kit.ids import uuid7
from omo.member.v1 import coupon_service_pb2 as pb
from services.member.coupons.domain import Campaign

_MOST = 1_000_000_000
_DAYS = 36_500


def campaign(given: pb.CouponCampaign, now: datetime) -> Campaign:
    """What headquarters put; refuses numbers and times that make no sense, naming the field."""
    for name in ("limit_total", "limit_member", "valid_days", "rule_version"):
        if not 0 <= getattr(given, name) <= (_DAYS if name == "valid_days" else _MOST):
            raise invalid(f"campaign.{name}", "must not be negative, nor beyond reason")
    begins = fields.moment(given.begin_time, "campaign.begin_time") if given.HasField("begin_time") else now
    ends = fields.moment(given.expire_time, "campaign.expire_time")
    if ends <= begins:
        raise invalid("campaign.expire_time", "must be later than begin_time")
    return Campaign(
        campaign_id=fields.identifier("campaign.campaign_id", given.campaign_id) if given.campaign_id else uuid7(),
        name=fields.text("campaign.name", given.name, 100),
        rule_id=fields.text("campaign.rule_id", given.rule_id, 128),
        rule_version=given.rule_version,
        begin_time=begins,
        expire_time=ends,
        valid_days=given.valid_days,
        limit_total=given.limit_total,
        limit_member=given.limit_member,
        claimable=given.claimable,
        restores=given.restores,
        active=given.active,
    )


def shown(given: Campaign, row: Mapping[str, Any] | None = None) -> pb.CouponCampaign:
    """A campaign, with what became of its coupons."""
    return pb.CouponCampaign(
        campaign_id=given.campaign_id,
        name=given.name,
        rule_id=given.rule_id,
        rule_version=given.rule_version,
        begin_time=fields.timestamp(given.begin_time),
        expire_time=fields.timestamp(given.expire_time),
        valid_days=given.valid_days,
        limit_total=given.limit_total,
        limit_member=given.limit_member,
        claimable=given.claimable,
        restores=given.restores,
        active=given.active,
        issued=given.issued,
        redeemed=row["redeemed"] if row else 0,
        expired=row["expired"] if row else 0,
    )
