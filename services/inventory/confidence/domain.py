"""How sure it is that a unit that the books have is really there.

The score is the product of three independent reasons to doubt:

- **Time.** Records decay between counts. DeHoratius and Raman (Inventory
  Record Inaccuracy, Management Science 54(4), 2008) found about 65 % of nearly
  370,000 records of a chain's stores wrong when they were counted, about a year
  after the last time: 0.35 are right after a year. With a constant rate of errors that is
  0.35 ** (days / 365). Goods that were never counted are taken as half a year old.
- **Rejections.** Somebody stood before the shelf and did not find the goods. He
  overlooks what is there about as often as the goods are really gone, so each halves
  the odds that the rest is there: 0.5 ** rejections.
- **Anomalies.** The books themselves were caught: more left than they had, or more is
  promised than there is. That may be a late receipt as well: 0.7 ** anomalies.

A count takes all three back. By time alone a count is due after some fourteen
months (below LOW), after two rejections in about five months, after three about at once.
"""

from dataclasses import dataclass
from datetime import datetime

# right after a year without a count
_RIGHT_AFTER_A_YEAR = 0.35
_NEVER_COUNTED_DAYS = 182.5
_REJECTION, _ANOMALY = 0.5, 0.7
# below this somebody should count
LOW = 300


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks against a level since it was last counted or found right."""

    rejections: int = 0
    anomalies: int = 0
    counted_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sure:
    """How sure a level is (SKU and location), and why."""

    place: tuple[str, str]
    per_mille: int
    evidence: Evidence


def score(evidence: Evidence, now: datetime) -> float:
    """From 0 to 1."""
    days = _NEVER_COUNTED_DAYS
    if evidence.counted_time is not None:
        days = max(0.0, (now - evidence.counted_time).total_seconds() / 86_400)
    decay = _RIGHT_AFTER_A_YEAR ** (days / 365)
    return float(decay * _REJECTION**evidence.rejections * _ANOMALY**evidence.anomalies)


def per_mille(evidence: Evidence, now: datetime) -> int:
    """The score as it is kept."""
    return round(1_000 * score(evidence, now))
