"""Recency, frequency and money: five steps each, and the group that they put a member in."""

from collections.abc import Sequence
from dataclasses import dataclass

# Days since the last order: at most these give 5, 4, 3, 2; more gives 1.
RECENCY_DAYS = (30, 90, 180, 365)
# Orders that stand: at least these give 5, 4, 3, 2; fewer gives 1.
FREQUENCY = (10, 5, 3, 2)
# What they came to, in minor units: at least these give 5, 4, 3, 2; less gives 1.
MONEY = (50_000, 20_000, 10_000, 3_000)

# By recency (5 to 1), then by the mean of frequency and money, rounded up (1 to 5). Every pair stands once.
_TABLE = {
    5: ("NEW", "PROMISING", "ACTIVE", "LOYAL", "CHAMPIONS"),
    4: ("NEW", "PROMISING", "ACTIVE", "LOYAL", "CHAMPIONS"),
    3: ("PROMISING", "NEEDS_ATTENTION", "NEEDS_ATTENTION", "LOYAL", "LOYAL"),
    2: ("ALMOST_LOST", "ALMOST_LOST", "AT_RISK", "AT_RISK", "PREVIOUSLY_LOYAL"),
    1: ("DORMANT", "DORMANT", "DORMANT", "PREVIOUSLY_LOYAL", "PREVIOUSLY_LOYAL"),
}
PROSPECTS = "PROSPECTS"


@dataclass(frozen=True, slots=True)
class Scores:
    """Each from 1 to 5."""

    recency: int
    frequency: int
    money: int

    @property
    def worth(self) -> int:
        """Frequency and money as one step."""
        return (self.frequency + self.money + 1) // 2


def score(days_since_order: int, orders: int, spend: int) -> Scores:
    """The steps of somebody who has bought."""
    recency = 5 - sum(days_since_order > step for step in RECENCY_DAYS)
    return Scores(recency, _reached(orders, FREQUENCY), _reached(spend, MONEY))


def group(days_since_order: int | None, orders: int, spend: int) -> str:
    """The group of a member; who never bought, or whose every order was undone, is a prospect."""
    if days_since_order is None or orders == 0:
        return PROSPECTS
    scores = score(days_since_order, orders, spend)
    return _TABLE[scores.recency][scores.worth - 1]


def table() -> Sequence[tuple[int, int, str]]:
    """(recency, worth, group) of each pair."""
    return [(recency, worth, name) for recency, row in _TABLE.items() for worth, name in enumerate(row, 1)]


def _reached(value: int, steps: Sequence[int]) -> int:
    return 1 + sum(value >= step for step in steps)
