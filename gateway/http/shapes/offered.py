"""Campaigns, batches and programmes as headquarters put and see them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, NextPage, Shown, Sku, Time, When, Whole, eg
from gateway.http.shapes.wallet import BenefitProgram, Days, Name, PrepaidProgram, RuleId, ValueLot

_CAMPAIGN = "0199a5c3-0000-7a31-8b42-5c6d7e8f9a0b"
Id = Annotated[str | None, eg(None, "Of the one that is changed; none: a new one.")]
Limit = Annotated[Whole, Field(ge=0, le=1_000_000_000), eg(0, "0: no limit.")]


class CouponCampaignIn(Asked):
    """A campaign of coupons."""

    campaign_id: Id = None
    name: Name
    rule_id: RuleId
    rule_version: Annotated[Whole, Field(ge=0), eg(0, "0: whichever is in force when it is used.")] = 0
    begin_time: Annotated[When | None, eg(None, "None: now.")] = None
    expire_time: Annotated[When, eg("2030-12-31T23:59:59+08:00", "No coupon is issued or used later.")]
    valid_days: Days = 0
    limit_total: Limit = 0
    limit_member: Limit = 0
    claimable: Annotated[bool, eg(True, "Whether members may take one themselves.")] = False
    restores: Annotated[bool, eg(True, "Whether one comes back when its order is cancelled or returned.")] = True
    active: Annotated[bool, eg(True)] = True


class PutCouponCampaign(Asked):
    """The campaign as it is to be."""

    campaign: Annotated[CouponCampaignIn, Field(description="As it is to be.")]


class CouponCampaign(Shown):
    """A campaign, and what became of its coupons."""

    campaign_id: Annotated[str, eg(_CAMPAIGN)]
    name: Annotated[str, eg("新會員九折券")]
    rule_id: RuleId
    rule_version: Annotated[int, eg(0)]
    begin_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "No coupon is used before.")]
    expire_time: Time | None
    valid_days: Annotated[int, eg(30)]
    limit_total: Annotated[int, eg(0)]
    limit_member: Annotated[int, eg(1)]
    claimable: Annotated[bool, eg(True)]
    restores: Annotated[bool, eg(True)]
    active: Annotated[bool, eg(True)]
    issued: Annotated[int, eg(1200, "How many are out.")]
    redeemed: Annotated[int, eg(310)]
    expired: Annotated[int, eg(45, "How many ended unused.")]


class CouponCampaignAnswer(Shown):
    """The campaign now."""

    campaign: Annotated[CouponCampaign, Field(description="As it stands.")]


class CouponCampaignPage(Shown):
    """Campaigns, newest first."""

    campaigns: Annotated[list[CouponCampaign], eg([], "Newest first.")]
    next_page_token: NextPage


class Issued(Shown):
    """How many were given; who has as many as he may got none."""

    issued: Annotated[int, eg(1, "How many.")]


class Batch(Shown):
    """Gift cards that were made together."""

    batch_id: Annotated[str, eg(_CAMPAIGN)]
    name: Annotated[str, eg("聖誕禮物卡")]
    prefix: Annotated[str, eg("XMAS", "What every code begins with.")]
    count: Annotated[int, eg(3)]
    make_time: Time | None
    sold: Annotated[int, eg(2, "How many were sold.")]
    cancelled: Annotated[int, eg(0, "How many ended by hand.")]
    amount: Annotated[int, eg(2000, "What was sold, minor units.")]
    outstanding: Annotated[int, eg(1700, "What of it is not spent.")]


class BatchPage(Shown):
    """Batches, newest first."""

    batches: list[Batch]
    next_page_token: NextPage


class MadeCards(Shown):
    """The batch, and its codes."""

    batch: Batch
    codes: Annotated[list[str], eg(["XMAS7K2M9P4Q8R3T5V"], "Told now, and to the same request again.")]


class PrepaidIn(Asked):
    """A pack as it is to be sold."""

    program_id: Id = None
    name: Annotated[str, StringConstraints(min_length=1, max_length=100), eg("拿鐵二十杯")]
    sku: Sku
    units: Annotated[Whole, Field(ge=1, le=1_000_000_000), eg(20)]
    price: Annotated[Whole, Field(ge=1, le=1_000_000_000), eg(1600, "What the pack costs, minor units.")]
    list_price: Annotated[
        Whole,
        Field(ge=1, le=1_000_000_000),
        eg(110, "What one unit costs alone: the refund at its end counts by that."),
    ]
    valid_days: Annotated[Whole, Field(ge=1, le=3_650), eg(30)]
    upgrade_skus: Annotated[list[str], Field(max_length=50), eg([])] = []
    giftable: Annotated[bool, eg(True)] = False
    invoice_timing: Annotated[Literal["AT_PURCHASE", "AT_REDEMPTION"], eg("AT_PURCHASE")] = "AT_PURCHASE"
    refund_to: Annotated[
        Literal["CREDIT", "TENDER"], eg("CREDIT", "Where the refund of its end goes: credit, or what paid for it.")
    ] = "CREDIT"
    pack_sku: Annotated[str, Field(max_length=64), eg("")] = ""
    active: Annotated[bool, eg(True)] = True


class PutPrepaid(Asked):
    """The programme as it is to be."""

    program: PrepaidIn


class PrepaidAnswer(Shown):
    """The programme now."""

    program: PrepaidProgram


class Breakage(Shown):
    """What became of a programme's packs that ended."""

    program_id: Annotated[str, eg("0199a5c3-3f42-7c53-8d64-7e8f9a0b1c2d")]
    packs: Annotated[int, eg(1)]
    units: Annotated[int, eg(20)]
    redeemed: Annotated[int, eg(5)]
    expired: Annotated[int, eg(15, "Units that nobody took.")]
    paid: Annotated[int, eg(1600, "For all of them, minor units.")]
    refunded: Annotated[int, eg(1050)]
    breakage: Annotated[int, eg(150, "Kept for units that nobody took, minor units.")]


class Settlement(Shown):
    """What the store that sold owes the store that gave the goods."""

    seller_location_id: Annotated[str, eg("TPE01")]
    redeemer_location_id: Annotated[str, eg("TXG01")]
    units: Annotated[int, eg(2)]
    amount: Annotated[int, eg(160, "The units' part of what was paid for their packs.")]


class PrepaidReport(Shown):
    """Both."""

    breakage: list[Breakage]
    settlements: list[Settlement]


class BenefitIn(Asked):
    """What is to be given, and for what."""

    program_id: Id = None
    name: Annotated[str, StringConstraints(min_length=1, max_length=100), eg("生日禮")]
    occasion: Annotated[Literal["MANUAL", "TIER", "BIRTHDAY", "SPEND", "MISSION"], eg("BIRTHDAY")]
    rule_id: RuleId
    rule_version: Annotated[Whole, Field(ge=0), eg(0)] = 0
    valid_days: Annotated[Whole, Field(ge=1, le=3_650), eg(30)]
    tier: Annotated[str, StringConstraints(max_length=64), eg("", "TIER: which.")] = ""
    min_spend: Annotated[Whole, Field(ge=0, le=1_000_000_000), eg(0, "SPEND: what an order comes to at least.")] = 0
    limit_member: Annotated[Whole, Field(ge=0, le=1_000_000), eg(0, "SPEND: for how many orders; 0: for each.")] = 0
    whole_month: Annotated[bool, eg(True, "BIRTHDAY: given on the first day of the month; else on the day.")] = False
    leap_day_early: Annotated[bool, eg(True, "BIRTHDAY: 29 February is 28 February in other years; else 1 March.")] = (
        True
    )
    restores: Annotated[bool, eg(True)] = True
    active: Annotated[bool, eg(True)] = True


class PutBenefit(Asked):
    """The programme as it is to be."""

    program: BenefitIn


class BenefitAnswer(Shown):
    """The programme now."""

    program: BenefitProgram


class Benefits(Shown):
    """All of them."""

    programs: list[BenefitProgram]


class Granted(Shown):
    """The benefit, new or had before."""

    benefit: ValueLot
