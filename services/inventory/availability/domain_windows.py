"""What assortments say of a good: whether a channel and a place sell it now, and from when on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from omo_pricing import Gate, NotSold, Window, why_not


@dataclass(frozen=True, slots=True)
class Range:
    """All that is said of a good; who says nothing of it sells it, unless he sells what is listed only."""

    active: bool = True
    channels: Mapping[str, Window] = field(default_factory=dict)
    places: Mapping[str, Window] = field(default_factory=dict)


ORDINARY = Range()


def in_channel(
    given: Range, channel_id: str, listed_only: bool, at: datetime
) -> tuple[NotSold | None, datetime | None]:
    """Why a channel does not sell it, and from when on it will, as far as that is said."""
    window = given.channels.get(channel_id)
    refused = why_not(given.active, Gate(listed_only, window), None, at)
    return refused, window.published if window and refused is NotSold.NOT_YET else None


def at_place(given: Range, location_id: str, listed_only: bool, at: datetime) -> NotSold | None:
    """Why a place does not sell it, whatever the channel."""
    return why_not(given.active, Gate(), Gate(listed_only, given.places.get(location_id)), at)
