"""Opening hours as a place keeps them; when an order leaves by them is sourcing's to say."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of a weekday (1 is Monday), in the place's own time."""

    weekday: int
    open: str
    close: str
    cut_off: str = ""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that differs from its weekday."""

    date: str
    closed: bool = False
    open: str = ""
    close: str = ""
    cut_off: str = ""
    note: str = ""


def overlapping(hours: Iterable[Hours]) -> int | None:
    """The weekday on which two times of being open meet."""
    ordered = sorted(hours, key=lambda one: (one.weekday, one.open))
    both = ((one, after) for one, after in pairwise(ordered) if one.weekday == after.weekday)
    return next((one.weekday for one, after in both if after.open < one.close), None)
