"""Exact division of whole numbers with a declared way to round."""

from __future__ import annotations

from enum import StrEnum


class Rounding(StrEnum):
    """What becomes of the half."""

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    HALF_DOWN = "half_down"


def divide(numerator: int, denominator: int, how: Rounding) -> int:
    """numerator / denominator as a whole number; both are amounts, so neither is negative."""
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice < denominator:
        return quotient
    if twice > denominator or how is Rounding.HALF_UP:
        return quotient + 1
    if how is Rounding.HALF_DOWN:
        return quotient
    return quotient + quotient % 2
