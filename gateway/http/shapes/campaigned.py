"""Campaigns, missions and referrals over HTTP."""

from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, MemberId, NextPage, Shown, Time, Version, When, Whole, eg, kinds
from gateway.http.shapes.messaged import Channels, TemplateId
from omo.member.v1 import campaigns_pb2 as pb
from omo.member.v1 import referrals_service_pb2 as referrals_pb

_TRIGGERS = "What makes a member enter by himself; null: the segment is entered as a whole."
_SEGMENT = "Whom it means; with a trigger, which of those whom the occasion concerns; empty: all of them."
_HOLD_OUT = "So many of 10,000 are not written to and only watched, so that lift can be told."
_DAYS = "With a trigger: so many days after the sale, or before the points or the parcel end."
_PARAMS = "Values of the template's params that are the same for everybody."
CampaignId = Annotated[str, eg("autumn", "The brand's own code of a campaign.")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100), eg("秋裝上市", "For people.")]
GoalKind = Annotated[str, kinds(pb.GoalKind, "ONLINE_ORDER", "What whoever entered is hoped to do.")]


class GoalIn(Asked):
    """What is measured; with a reward it is a mission."""

    kind: GoalKind
    within_days: Annotated[Whole, eg(30, "From entering on.")]
    reward_points: Annotated[Whole, eg(100, "For whoever reaches it and is not held out; 0: none.")] = 0
    hold_days: Annotated[Whole, eg(7, "How long an order must stand before it is rewarded.")] = 0
    staff_bonus: Annotated[Whole, eg(50, "For whoever had sold to the member before, minor units.")] = 0


class PutCampaign(Asked):
    """A campaign as it should be."""

    name: Name
    template_id: TemplateId
    segment_id: Annotated[str, eg("store_only", _SEGMENT)] = ""
    trigger: Annotated[str | None, kinds(pb.Trigger, "STORE_SALE", _TRIGGERS)] = None
    start_time: Annotated[When | None, eg("2026-11-01T00:00:00+08:00", "When it begins; null: at once.")] = None
    end_time: Annotated[When | None, eg("2036-11-30T00:00:00+08:00", "The last moment to send; null: none.")] = None
    every_days: Annotated[Whole, eg(0, "Again each so many days; 0: once. Not with a trigger.")] = 0
    days: Annotated[Whole, eg(1, _DAYS)] = 0
    hour: Annotated[str, eg("11:00", "With a trigger: when messages go out, HH:MM in the brand's zone.")] = ""
    params: Annotated[dict[str, str], eg({"sku": "COAT-CAMEL-M"}, _PARAMS)] = {}
    channels: Channels = []
    hold_out_bp: Annotated[Whole, eg(1000, _HOLD_OUT)] = 0
    goal: Annotated[GoalIn | None, Field(description="What is measured; null: nothing.")] = None


class Goal(Shown):
    """What is measured, and what it earns."""

    kind: Annotated[str | None, kinds(pb.GoalKind, "ONLINE_ORDER", "What is hoped for; null: nothing.")]
    within_days: Annotated[int, eg(30, "From entering on.")]
    reward_points: Annotated[int, eg(100, "For whoever reaches it.")]
    hold_days: Annotated[int, eg(7, "How long an order must stand before it is rewarded.")]
    staff_bonus: Annotated[int, eg(50, "For whoever had sold to the member before, minor units.")]


class Campaign(Shown):
    """Whom to write to, what, and when."""

    campaign_id: CampaignId
    name: Name
    template_id: TemplateId
    segment_id: Annotated[str | None, eg("store_only", _SEGMENT)]
    trigger: Annotated[str | None, kinds(pb.Trigger, "STORE_SALE", _TRIGGERS)]
    start_time: Annotated[Time | None, Field(description="When it begins.")]
    end_time: Annotated[Time | None, Field(description="No message goes out after it.")]
    every_days: Annotated[int, eg(0, "Again each so many days; 0: once.")]
    days: Annotated[int, eg(1, _DAYS)]
    hour: Annotated[str | None, eg("11:00", "When messages of its trigger go out.")]
    params: Annotated[dict[str, str], eg({}, _PARAMS)]
    channels: Channels
    hold_out_bp: Annotated[int, eg(1000, _HOLD_OUT)]
    goal: Annotated[Goal | None, Field(description="What is measured.")]
    state: Annotated[str, kinds(pb.CampaignState, "ACTIVE", "HALTED: it stopped itself, too many block it.")]
    halt_reason: Annotated[str | None, eg(None, "Why it stopped itself.")]
    run: Annotated[int, eg(1, "How often its segment was entered.")]
    version: Version
    update_time: Time


class CampaignAnswer(Shown):
    """The campaign as it stands."""

    campaign: Annotated[Campaign, Field(description="As it stands.")]


class CampaignPage(Shown):
    """Campaigns by their codes."""

    campaigns: Annotated[list[Campaign], Field(description="By their codes.")]
    next_page_token: NextPage


class CampaignResults(Shown):
    """What became of a campaign."""

    entered: Annotated[int, eg(3120, "Members who entered.")]
    held_out: Annotated[int, eg(311, "Of them, who is only watched.")]
    waiting: Annotated[int, eg(0, "Messages that wait.")]
    sent: Annotated[int, eg(2650, "Messages that a provider took.")]
    unknown: Annotated[int, eg(2, "May have been sent; not sent again.")]
    refused: Annotated[int, eg(7, "No channel took them.")]
    withheld: Annotated[int, eg(150, "Nobody was written to; see causes.")]
    delivered: Annotated[int, eg(2601, "Reached a device or mailbox.")]
    opened: Annotated[int, eg(900, "Were opened, as far as that can be known.")]
    clicked: Annotated[int, eg(310, "Their link was followed.")]
    blocked: Annotated[int, eg(9, "The address refused the brand.")]
    reached: Annotated[int, eg(280, "Who reached the goal and was written to.")]
    reached_held_out: Annotated[int, eg(19, "Who reached it and was held out.")]
    lift_bp: Annotated[int, eg(386, "Basis points by which those written to did so more often.")]
    lift_error_bp: Annotated[int, eg(290, "Two standard errors: a smaller lift may be chance.")]
    causes: Annotated[dict[str, int], eg({"NO_CONSENT": 140, "CAPPED": 10}, "Why messages were withheld.")]


class CampaignResultsAnswer(Shown):
    """What became of it until now."""

    results: Annotated[CampaignResults, Field(description="Counted now.")]


class Mission(Shown):
    """A mission as the member sees it."""

    campaign_id: CampaignId
    name: Name
    goal: Annotated[Goal | None, Field(description="What it asks, and what it earns.")]
    state: Annotated[str, eg("OPEN", "OPEN, REACHED until the order has stood long enough, REWARDED, MISSED, VOID.")]
    end_time: Annotated[Time | None, Field(description="Until when it can be reached.")]


class Missions(Shown):
    """The member's missions, newest first."""

    missions: Annotated[list[Mission], Field(description="Newest first.")]


class BindReferral(Asked):
    """Who brought the member."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("K7M2QX9B", "The friend's code.")]


class Referral(Shown):
    """A friend whom a member brought; who it is stays between them."""

    referral_id: Annotated[str, eg("0199a5c4-1a00-7b11-8c22-0a1b2c3d4e5f", "Its id.")]
    advocate_id: Annotated[MemberId, Field(description="Who brought the friend.")]
    state: Annotated[str, kinds(referrals_pb.ReferralState, "BOUND", "BOUND until the first order's points are there.")]
    bind_time: Time
    reward_time: Annotated[Time | None, Field(description="When the advocate was paid.")]
    points: Annotated[int, eg(0, "What he was paid.")]


class ReferralAnswer(Shown):
    """Who brought him."""

    referral: Annotated[Referral, Field(description="Who brought him, and how far it is.")]


class ReferralView(Shown):
    """The member's own code, and whom it brought."""

    code: Annotated[str, eg("K7M2QX9B", "To be given to friends.")]
    referrals: Annotated[list[Referral], Field(description="Whom he brought, newest first.")]


class ReferralRulesIn(Asked):
    """The rules as they should be."""

    active: Annotated[bool, eg(True, "False: nobody is being brought.")]
    bind_days: Annotated[Whole, eg(30, "After joining.")]
    advocate_points: Annotated[Whole, eg(200, "For whoever brought him.")]
    friend_points: Annotated[Whole, eg(50, "For the friend.")] = 0
    limit_per_year: Annotated[Whole, eg(12, "Rewards of one advocate in 365 days; 0: no limit.")] = 0
    version: Annotated[int, eg(0, "The version that was read.")]


class PutReferralRules(Asked):
    """The rules as they should be."""

    rules: ReferralRulesIn


class ReferralRules(Shown):
    """Who may be brought, and what it earns."""

    active: Annotated[bool, eg(True, "False: nobody is being brought.")]
    bind_days: Annotated[int, eg(30, "After joining.")]
    advocate_points: Annotated[int, eg(200, "For whoever brought him.")]
    friend_points: Annotated[int, eg(50, "For the friend.")]
    limit_per_year: Annotated[int, eg(12, "Rewards of one advocate in 365 days; 0: no limit.")]
    version: Version


class ReferralRulesAnswer(Shown):
    """The rules in force."""

    rules: ReferralRules
