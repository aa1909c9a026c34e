"""What members hold and can spend, as shoppers, staff and headquarters see and ask for it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import (
    Asked,
    LocationId,
    MemberId,
    NextPage,
    OrderId,
    Shown,
    Sku,
    Time,
    Whole,
    eg,
    kinds,
)
from omo.member.v1 import benefit_service_pb2, gift_card_service_pb2, prepaid_service_pb2, wallet_pb2
from omo.type.v1 import spend_pb2

LOT = "0199a5c3-1d20-7a31-8b42-5c6d7e8f9a0b"
_UUID = StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
LotId = Annotated[str, _UUID, eg(LOT)]
RuleId = Annotated[str, StringConstraints(min_length=1, max_length=128), eg("welcome-10")]
Amount = Annotated[Whole, Field(ge=1, le=1_000_000_000), eg(500, "Minor units.")]
Count = Annotated[Whole, Field(ge=1, le=1_000_000_000), eg(1)]
Days = Annotated[Whole, Field(ge=0, le=36_500), eg(30)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100), eg("新會員九折券")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=200), eg("apology for a late delivery")]
CardCode = Annotated[
    str,
    StringConstraints(min_length=1, max_length=40),
    eg("XMAS-7K2M9P4Q8R3T5V", "As it stands on the card, with or without dashes."),
]


class Spend(Asked):
    """Something that is held, and how much of it is used."""

    kind: Annotated[
        Literal["CREDIT", "GIFT_CARD", "COUPON", "PREPAID", "BENEFIT"], eg("CREDIT", "What of the wallet it is.")
    ]
    ref: Annotated[LotId | None, eg(None, "`lot_id` of the wallet, or `card_id`; none for CREDIT.")] = None
    amount: Annotated[Whole, Field(ge=0, le=1_000_000_000), eg(200, "CREDIT and GIFT_CARD: at most so much.")] = 0
    quantity: Annotated[Whole, Field(ge=0, le=1_000_000), eg(0, "PREPAID: units.")] = 0
    rule_id: Annotated[str, StringConstraints(max_length=128), eg("", "COUPON and BENEFIT: as the wallet says.")] = ""
    rule_version: Annotated[Whole, Field(ge=0), eg(0, "COUPON and BENEFIT: as the wallet says.")] = 0
    line_no: Annotated[Whole, Field(ge=0, le=1_000), eg(0, "PREPAID: the line that its units are.")] = 0
    unit_value: Annotated[Whole, Field(ge=0), eg(0, "PREPAID: for a better good, what each unit pays of it.")] = 0


Spends = Annotated[list[Spend], Field(max_length=20), eg([])]


class Used(Shown):
    """Something that was used, and what it paid."""

    kind: Annotated[str, kinds(spend_pb2.SpendKind, "CREDIT", "What of the wallet it is.")]
    ref: Annotated[str | None, eg(None, "Which one, by the wallet's `lot_id`.")]
    amount: Annotated[int, eg(200)]
    quantity: Annotated[int, eg(0)]
    rule_id: Annotated[str, eg("")]
    rule_version: Annotated[int, eg(0)]
    line_no: Annotated[int, eg(0)]
    unit_value: Annotated[int, eg(0, "PREPAID: what each unit pays of a better good.")]
    pays: Annotated[int, eg(200, "Its part of the grand total, minor units.")]


class ValueLot(Shown):
    """A coupon, a gift card, a piece of credit, prepaid units or a benefit."""

    lot_id: Annotated[str, eg(LOT, "What a spend names as `ref`.")]
    kind: Annotated[str, kinds(spend_pb2.SpendKind, "COUPON", "What it is.")]
    state: Annotated[str, kinds(wallet_pb2.ValueState, "ISSUED")]
    active: Annotated[int, eg(1, "What can be spent of it: minor units, units of a good, or uses.")]
    held: Annotated[int, eg(0, "What orders under way hold of it.")]
    issued: Annotated[int, eg(1, "What was in it.")]
    owed: Annotated[int, eg(0, "What was spent and was not there.")]
    issue_time: Time | None
    begin_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "Not to be spent before.")]
    expire_time: Time | None
    name: Annotated[str, eg("新會員九折券")]
    rule_id: Annotated[str, eg("welcome-10", "The promotion rule that it opens; to be said when it is spent.")]
    rule_version: Annotated[int, eg(0, "0: whichever is in force.")]
    sku: Annotated[str, eg("", "PREPAID: its good.")]
    upgrade_skus: Annotated[list[str], eg([], "PREPAID: better goods that its units pay a part of.")]
    unit_value: Annotated[int, eg(0, "PREPAID: how much of those, minor units for each unit.")]
    source_id: Annotated[str, eg("0199a5c3-0000-7a31-8b42-5c6d7e8f9a0b", "The campaign, batch, pack or programme.")]


class Wallet(Shown):
    """All that a member holds."""

    member_id: MemberId
    points_active: Annotated[int, eg(1280)]
    points_held: Annotated[int, eg(0)]
    credit_active: Annotated[int, eg(500, "Shopping credit, minor units.")]
    credit_held: Annotated[int, eg(0)]
    credit_owed: Annotated[int, eg(0)]
    lots: Annotated[list[ValueLot], eg([], "Piece by piece; what is used up or over, for a month.")]
    frozen: Annotated[bool, eg(False, "Set while nothing of it can be spent.")]


class WalletAnswer(Shown):
    """The wallet now."""

    wallet: Wallet


class WalletEntry(Shown):
    """One line of the wallet's statement."""

    entry_id: Annotated[str, eg("0199a5c3-2e31-7b42-9c53-6d7e8f9a0b1c")]
    verb: Annotated[str, kinds(wallet_pb2.ValueVerb, "ISSUE", "What happened.")]
    kind: Annotated[str, kinds(spend_pb2.SpendKind, "CREDIT", "What of the wallet it is.")]
    amount: Annotated[int, eg(500, "Came in positive, went negative.")]
    business_time: Time | None
    order_id: Annotated[OrderId | None, eg(None)]
    location_id: Annotated[LocationId | None, eg(None)]
    reason: Annotated[str, eg("apology for a late delivery")]


class WalletPage(Shown):
    """The statement, newest first; points have their own."""

    entries: list[WalletEntry]
    next_page_token: NextPage


class CouponAnswer(Shown):
    """The coupon that was taken."""

    coupon: ValueLot


class LotAnswer(Shown):
    """What is left of it."""

    lot: Annotated[ValueLot, Field(description="What is left with the giver.")]


class GiftCard(Shown):
    """A gift card, without its code."""

    card_id: Annotated[str, eg(LOT)]
    batch_id: Annotated[str, eg("0199a5c3-0000-7a31-8b42-5c6d7e8f9a0b")]
    state: Annotated[str, kinds(gift_card_service_pb2.GiftCardState, "ACTIVE")]
    ending: Annotated[str, eg("3T5V", "The last signs of its code.")]
    amount: Annotated[int, eg(1000, "What it was sold for, minor units.")]
    active: Annotated[int, eg(700, "What is left.")]
    held: Annotated[int, eg(0, "Of that, what orders under way hold.")]
    sale_time: Time | None
    expire_time: Time | None
    member_id: Annotated[MemberId | None, eg(None, "Whose wallet it is in.")]


class GiftCardAnswer(Shown):
    """The card now."""

    card: Annotated[GiftCard, Field(description="Without its code.")]


class AssignedCard(Shown):
    """The card as the wallet shows it."""

    card: Annotated[ValueLot, Field(description="A lot of kind GIFT_CARD.")]


class PrepaidProgram(Shown):
    """A pack as it is sold."""

    program_id: Annotated[str, eg("0199a5c3-3f42-7c53-8d64-7e8f9a0b1c2d")]
    name: Annotated[str, eg("拿鐵二十杯")]
    sku: Sku
    units: Annotated[int, eg(20)]
    price: Annotated[int, eg(1600, "What the pack costs, minor units.")]
    list_price: Annotated[int, eg(110, "What one unit costs alone: the refund at its end counts by that.")]
    valid_days: Annotated[int, eg(30)]
    upgrade_skus: Annotated[list[str], eg([])]
    giftable: Annotated[bool, eg(True)]
    invoice_timing: Annotated[str, kinds(prepaid_service_pb2.InvoiceTiming, "AT_PURCHASE")]
    refund_to: Annotated[str, kinds(prepaid_service_pb2.PrepaidRefundTo, "CREDIT")]
    pack_sku: Annotated[str, eg("")]
    active: Annotated[bool, eg(True)]


class PrepaidPrograms(Shown):
    """All of them."""

    programs: list[PrepaidProgram]


class BenefitProgram(Shown):
    """What is given, and for what."""

    program_id: Annotated[str, eg("0199a5c3-4053-7d64-9e75-8f9a0b1c2d3e")]
    name: Annotated[str, eg("生日禮")]
    occasion: Annotated[str, kinds(benefit_service_pb2.BenefitOccasion, "BIRTHDAY")]
    rule_id: RuleId
    rule_version: Annotated[int, eg(0)]
    valid_days: Annotated[int, eg(30)]
    tier: Annotated[str, eg("")]
    min_spend: Annotated[int, eg(0)]
    limit_member: Annotated[int, eg(0)]
    whole_month: Annotated[bool, eg(True)]
    leap_day_early: Annotated[bool, eg(True)]
    restores: Annotated[bool, eg(True)]
    active: Annotated[bool, eg(True)]
