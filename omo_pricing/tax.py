"""Tax inside or on top of an amount."""

from __future__ import annotations

from enum import StrEnum

from omo_pricing.rounding import Rounding, divide

PPM = 1_000_000


class TaxLevel(StrEnum):
    """Where tax is rounded."""

    LINE = "line"
    UNIT = "unit"


class Basis(StrEnum):
    """Which amount a condition means."""

    INCLUDED = "tax_included"
    EXCLUDED = "tax_excluded"


def tax_of(amount: int, rate_ppm: int, included: bool, how: Rounding) -> int:
    """The tax that an amount holds (`included`) or attracts."""
    return divide(amount * rate_ppm, PPM + rate_ppm if included else PPM, how)
