"""What a disposition says of goods that came back: there at all, fit for sale, damaged or put aside."""

from dataclasses import dataclass

from services.inventory.stock.domain import Movement
from services.inventory.transfers.domain_legs import Leg


@dataclass(frozen=True, slots=True)
class Effect:
    """What one base unit adds to a level."""

    on_hand: int = 0
    damaged: int = 0
    quality_control: int = 0

    def __sub__(self, other: "Effect") -> "Effect":
        return Effect(
            self.on_hand - other.on_hand,
            self.damaged - other.damaged,
            self.quality_control - other.quality_control,
        )


_EFFECTS = {
    "restock": Effect(1),
    "damaged": Effect(1, damaged=1),
    "quarantine": Effect(1, quality_control=1),
    "vendor": Effect(1, quality_control=1),
    "missing": Effect(),
}


def effect(disposition: str) -> Effect:
    """Of a word that nobody knows the goods are there and somebody must look."""
    return _EFFECTS.get(disposition, _EFFECTS["quarantine"])


def moved(before: str, after: str) -> Effect:
    """What changes when something else becomes of the goods."""
    return effect(after) - effect(before)


@dataclass(frozen=True, slots=True)
class Way:
    """Goods that a drop point sends on, with the journal's entries of each end; none of an end that is to come."""

    leg: Leg
    out: list[Movement]
    into: list[Movement]
