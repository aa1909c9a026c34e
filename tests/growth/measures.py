"""Times at one and at ten times the size, and what is allowed between them."""

import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

Times = Mapping[str, float]
Record = Callable[[str, object], None]
TENFOLD = 10
# a call that reads by key must cost the same; the rest is for the noise of a shared machine
LEVEL = 3.0
# what looks at everything may take ten times as long for ten times as much, never a hundred times
IN_STEP = 3.0 * TENFOLD
# below this a ratio tells more about the machine than about us
_FLOOR = 2.0
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Grown:
    """One thing at both sizes, in milliseconds."""

    what: str
    one: float
    ten: float
    allowed: float

    @property
    def times(self) -> float:
        return self.ten / max(self.one, _FLOOR)

    @property
    def too_much(self) -> bool:
        return self.times > self.allowed

    def row(self, size: str) -> str:
        """As the soak's page shows it."""
        return f"{self.what}|{size}|{self.one:.1f} ms|{self.ten:.1f} ms|{self.times:.1f}|{self.allowed:.0f}"


async def middle(call: Callable[[], Awaitable[Any]], times: int) -> float:
    """The middle duration in milliseconds: the best of a few rounds, as somebody else may want the machine."""
    rounds = []
    for _ in range(_ROUNDS):
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            await call()
            taken.append(time.perf_counter() - began)
        rounds.append(statistics.median(taken) * 1e3)
    return min(rounds)


def judge(record: Record, size: str, one: Times, ten: Times, allowed: Callable[[str], float]) -> None:
    """Records every pair, and fails with those that grew too much."""
    grown = [Grown(what, one[what], ten[what], allowed(what)) for what in one]
    for each in grown:
        record("growth", each.row(size))
    wrong = [each.row(size) for each in grown if each.too_much]
    assert not wrong, "\n".join(wrong)
