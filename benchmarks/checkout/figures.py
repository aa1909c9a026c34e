"""What the runs of a checkout gave, and what of it belongs together."""

import statistics
from dataclasses import dataclass, field

from benchmarks.load import Outcome

CLIENTS = (1, 8, 32)
BARE, ORDER, QUOTED = "bare path", "checkout, one call", "quote, then checkout"
SPENT, CART = "checkout, points spent too", "cart flow, four calls"
CASES = (BARE, ORDER, SPENT, QUOTED, CART)


@dataclass(slots=True)
class Figures:
    """Outcomes by case and clients, processor time an order by process, and the machine's limits a second."""

    outcomes: dict[tuple[str, int], list[Outcome]] = field(default_factory=dict)
    cpu: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    limits: dict[tuple[str, int], list[float]] = field(default_factory=dict)

    def median(self, case: str, clients: int, figure: str) -> float:
        return float(statistics.median(getattr(one, figure) for one in self.outcomes[case, clients]))

    def ratio(self, case: str, clients: int) -> float:
        """Of the bare path, turn by turn: both sides of a turn ran within seconds of each other."""
        return self._of(case, clients, [bare.rate for bare in self.outcomes[BARE, clients]])

    def of_limit(self, case: str, clients: int, limit: str) -> float:
        """Of one of the machine's limits, turn by turn."""
        return self._of(case, clients, self.limits[limit, clients])

    def cpu_of(self, case: str) -> dict[str, float]:
        """Medians over all runs."""
        names = {name for one in self.cpu[case] for name in one}
        return {name: statistics.median(one.get(name, 0.0) for one in self.cpu[case]) for name in sorted(names)}

    def _of(self, case: str, clients: int, rates: list[float]) -> float:
        pairs = zip(self.outcomes[case, clients], rates, strict=True)
        return statistics.median(one.rate / rate for one, rate in pairs)
