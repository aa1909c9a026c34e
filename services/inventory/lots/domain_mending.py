"""What is compared where the books of lots are mended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """What of a level is named and put aside: by its own counters, and by its lots."""

    named: int
    quality_control: int
    in_lots: int
    put_aside: int
