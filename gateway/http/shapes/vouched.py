"""What a terminal may hold of a member's, to be spent without a line."""

from typing import Annotated

from pydantic import Field

from gateway.http.shapes.fields import Asked, Shown, Whole, eg

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
