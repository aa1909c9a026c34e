"""What one more unit at a place is worth: its margin times the chance that demand reaches it."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, pdtrc

from services.inventory.planner.forecasting import Floats

Ints = NDArray[np.int64]
_PLAIN = 1.0 + 1e-6


def chance(units: Ints, mean: Floats, dispersion: Floats) -> Floats:
    """P(demand >= units), where demand is Poisson, or negative binomial with variance dispersion x mean."""
    shape = np.broadcast(units, mean, dispersion).shape
    k = np.broadcast_to(units, shape)
    m, wide = np.broadcast_to(mean, shape), np.broadcast_to(dispersion, shape)
    found = np.where(k <= 0, 1.0, 0.0)
    plain = (k > 0) & (m > 0) & (wide <= _PLAIN)
    found[plain] = pdtrc(k[plain] - 1, m[plain])
    broad = (k > 0) & (m > 0) & (wide > _PLAIN)
    # NB(r, p) with p = 1 / dispersion: P(X >= k) is the incomplete beta function at 1 - p
    found[broad] = betainc(k[broad], m[broad] / (wide[broad] - 1), 1 - 1 / wide[broad])
    return found
