"""What becomes cheaper for certain units, sets or fees, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from omo_pricing.rounding import Rounding, divide

WHOLE = 10_000


class Off(StrEnum):
    """What a value means."""

    PERCENT = "percent_off"
    AMOUNT = "amount_off"
    PRICE = "fixed_price"


@dataclass(frozen=True, slots=True)
class Give:
    """Basis points, an amount, or a price instead, for each of the things that it is for."""

    off: Off
    value: int

    def of(self, worth: int, times: int, how: Rounding) -> int:
        """What it takes off `times` things that are worth so much together; never more."""
        if self.off is Off.PERCENT:
            return divide(worth * self.value, WHOLE, how)
        if self.off is Off.AMOUNT:
            return min(self.value * times, worth)
        return max(0, worth - self.value * times)

    def inputs(self) -> dict[str, int | str]:
        return {"give": self.off.value, "value": self.value}
