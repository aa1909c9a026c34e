"""Which goods are gift cards, what a terminal may hold of a member's, and refunds of packs that are owed."""

from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, NextPage, Shown, Sku, Time, Whole, eg

_Most = Field(ge=0, le=1_000_000_000)


class VoucherLimitsIn(Asked):
    """How much, how long, how many."""

    points: Annotated[Whole, _Most, eg(300, "Of a member's points, at most; 0: none go out.")]
    credit: Annotated[Whole, _Most, eg(300, "Of a member's credit, minor units, at most; 0: none goes out.")]
    hours: Annotated[Whole, Field(ge=1, le=168), eg(24, "How long a voucher is good for.")]
    grace_hours: Annotated[Whole, Field(ge=0, le=168), eg(24, "How much later its last sale may be told.")] = 24
    at_terminal: Annotated[Whole, _Most, eg(0, "How many may be out at one terminal; 0: no limit.")] = 0


class PutVoucherLimits(Asked):
    """The limits as they are to be."""

    limits: Annotated[VoucherLimitsIn, Field(description="As they are to be.")]


class VoucherLimits(Shown):
    """The limits in force."""

    version: Annotated[int, eg(1, "Which of them; 0 before the brand said anything.")]
    points: Annotated[int, eg(300, "Of a member's points, at most.")]
    credit: Annotated[int, eg(300, "Of a member's credit, minor units, at most.")]
    hours: Annotated[int, eg(24, "How long a voucher is good for.")]
    grace_hours: Annotated[int, eg(24, "How much later its last sale may be told.")]
    at_terminal: Annotated[int, eg(0, "How many may be out at one terminal; 0: no limit.")]


class VoucherLimitsAnswer(Shown):
    """The limits now."""

    limits: Annotated[VoucherLimits, Field(description="As they stand.")]


class GiftCardGoodIn(Asked):
    """A good whose lines sell gift cards."""

    sku: Sku
    face_value: Annotated[Whole, _Most, eg(1000, "What a card is worth; 0: what its line costs by the list.")] = 0
    active: Annotated[bool, eg(True, "Whether its lines still sell cards.")] = True


class PutGiftCardGood(Asked):
    """The good as it is to be."""

    good: Annotated[GiftCardGoodIn, Field(description="As it is to be.")]


class GiftCardGood(Shown):
    """A good whose lines sell gift cards."""

    sku: Annotated[str, eg("GIFT-1000")]
    face_value: Annotated[int, eg(1000, "What a card is worth; 0: what its line costs by the list.")]
    active: Annotated[bool, eg(True, "Whether its lines still sell cards.")]


class GiftCardGoodAnswer(Shown):
    """The good now."""

    good: Annotated[GiftCardGood, Field(description="As it stands.")]


class GiftCardGoods(Shown):
    """Goods that are gift cards."""

    goods: Annotated[list[GiftCardGood], Field(description="By SKU.")]


class PrepaidRefund(Shown):
    """A refund of a pack that ended, owed in money."""

    pack_id: Annotated[str, eg("0199a5c3-3f42-7c53-8d64-7e8f9a0b1c2d", "The pack.")]
    member_id: Annotated[str, eg("0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11", "Who bought it.")]
    order_id: Annotated[str, eg("", "The order that sold it, if one did.")]
    location_id: Annotated[str, eg("TPE01", "The store that sold it.")]
    amount: Annotated[int, eg(1050, "What is owed, minor units.")]
    due_time: Annotated[Time | None, eg("2026-12-23T09:30:00.000Z", "When it ended.")]


class PrepaidRefundPage(Shown):
    """Refunds that are owed, oldest first."""

    refunds: Annotated[list[PrepaidRefund], Field(description="Oldest first.")]
    next_page_token: NextPage


class SettleRefund(Asked):
    """By what it was paid back."""

    reference: Annotated[str, StringConstraints(min_length=1, max_length=100), eg("re_3Nk", "Such as a provider's.")]


class SettledRefund(Shown):
    """What was owed."""

    amount: Annotated[int, eg(1050, "Minor units.")]
