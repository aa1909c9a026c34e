"""What a good is expected to sell in a week, by a library's methods, chosen by how it sells."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from statsforecast.models import TSB, CrostonSBA, SimpleExponentialSmoothingOptimized

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Syntetos, Boylan and Croston, "On the categorization of demand patterns" (JORS 56, 2005): where the mean interval
# between weeks with demand, and the squared coefficient of variation of its sizes, ask for another method
SELDOM, UNEVEN = 1.32, 0.49
# so many weeks have to be seen before a good is judged by itself
SHORT = 8
# weeks of goods like it that a new one is mixed with
_PRIOR_WEEKS = 6.0
# without demand for so many of its own intervals, a good may be at its end: TSB lets go, Croston's never does
_SILENT = 3.0

_SMOOTH = SimpleExponentialSmoothingOptimized()
_SEEN_SELDOM = CrostonSBA()
# Teunter, Syntetos and Babai, "Intermittent demand: linking forecasting to inventory obsolescence" (EJOR 214, 2011)
_FADING = TSB(0.1, 0.1)


@dataclass(frozen=True, slots=True)
class Learnt:
    """The weekly mean, how much wider than Poisson it spreads, and how that was found."""

    mean: float
    dispersion: float
    demand_class: str
    model: str


def classify(weeks: Floats) -> str:
    """SMOOTH, ERRATIC, INTERMITTENT or LUMPY."""
    sizes = weeks[weeks > 0]
    if len(sizes) == 0:
        return "INTERMITTENT"
    interval = len(weeks) / len(sizes)
    uneven = float(np.var(sizes)) / float(np.mean(sizes)) ** 2 >= UNEVEN
    if interval < SELDOM:
        return "ERRATIC" if uneven else "SMOOTH"
    return "LUMPY" if uneven else "INTERMITTENT"


def learn(weeks: Floats, prior: float) -> Learnt:
    """Of the weeks in which it could be sold, oldest first; `prior` is what goods like it sell."""
    seen = len(weeks)
    if seen < SHORT or not weeks.any():
        mean = (float(weeks.sum()) + _PRIOR_WEEKS * prior) / (seen + _PRIOR_WEEKS)
        return Learnt(mean, 1.0, "NEW", "pooled")
    kind = classify(weeks)
    mean, model = _forecast(weeks, kind)
    return Learnt(max(0.0, mean), _dispersion(weeks), kind, model)


def _forecast(weeks: Floats, kind: str) -> tuple[float, str]:
    if kind in ("SMOOTH", "ERRATIC"):
        return _first(_SMOOTH.forecast(y=weeks, h=1)), "SES"
    last = int(np.flatnonzero(weeks)[-1])
    interval = (last + 1) / np.count_nonzero(weeks)
    if len(weeks) - 1 - last > _SILENT * interval:
        return _first(_FADING.forecast(y=weeks, h=1)), "TSB"
    return _first(_SEEN_SELDOM.forecast(y=weeks, h=1)), "CrostonSBA"


def _first(answer: dict[str, Floats]) -> float:
    return float(answer["mean"][0])


def _dispersion(weeks: Floats) -> float:
    mean = float(weeks.mean())
    return max(1.0, float(weeks.var(ddof=1)) / mean) if mean > 0 else 1.0
