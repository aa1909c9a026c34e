"""Campaigns of coupons: how many there are, for whom, how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.errors import Code, Fault


class CampaignUnknown(Fault):
    """There is no such campaign, or nothing can be had of it now."""

    code = Code.NOT_FOUND
    reason = "CAMPAIGN_UNKNOWN"


class CouponLimit(Fault):
    """As many as there may be are given out, in all or to this member."""

    code = Code.RESOURCE_EXHAUSTED
    reason = "COUPON_LIMIT"


@dataclass(frozen=True, slots=True)
class Campaign:
    """What its coupons open, and how many there may be; 0 is no limit."""

    campaign_id: str
    name: str
    rule_id: str
    rule_version: int
    begin_time: datetime
    expire_time: datetime
    valid_days: int
    limit_total: int
    limit_member: int
    claimable: bool
    restores: bool
    active: bool
    issued: int = 0

    def open(self, now: datetime) -> bool:
        """Whether coupons of it are given out."""
        return self.active and now < self.expire_time

    def room(self, wanted: int) -> int:
        """How many of so many may still be issued."""
        return min(wanted, self.limit_total - self.issued) if self.limit_total else wanted

    def ends(self, now: datetime) -> datetime:
        """Until when a coupon that is issued now can be used."""
        own = now + timedelta(days=self.valid_days) if self.valid_days else self.expire_time
        return min(own, self.expire_time)
