"""What the brand says once: which goods are gift cards, and what a terminal may hold of a member's."""

from typing import Annotated

from pydantic import Field

from gateway.http.shapes.fields import Asked, Shown, Sku, Whole, eg

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
