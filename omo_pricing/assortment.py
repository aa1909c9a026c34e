"""Whether a good is sold in a channel and at a store at a moment: one rule for services and tills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NotSold(StrEnum):
    """Why a good is not sold."""

    INACTIVE = "INACTIVE"
    CHANNEL = "CHANNEL"
    LOCATION = "LOCATION"
    NOT_YET = "NOT_YET"
    NO_MORE = "NO_MORE"


@dataclass(frozen=True, slots=True)
class Window:
    """What an assortment says of a good in one channel or at one place."""

    published: datetime | None = None
    unpublished: datetime | None = None
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """A channel or a place: what it sells of what nobody named, and what is said of the good."""

    listed_only: bool = False
    window: Window | None = None


def why_not(active: bool, channel: Gate, place: Gate | None, at: datetime) -> NotSold | None:
    """Why the good is not sold there and then; None: it is.

    Product and variant are the outer gate, the channel comes before the place; each may only
    refuse, so no store sells what its channel does not.
    """
    if not active:
        return NotSold.INACTIVE
    refused = _refused(channel, NotSold.CHANNEL, at)
    if refused is None and place is not None:
        refused = _refused(place, NotSold.LOCATION, at)
    return refused


def _refused(gate: Gate, here: NotSold, at: datetime) -> NotSold | None:
    window = gate.window
    if window is None:
        return here if gate.listed_only else None
    if window.withheld:
        return here
    if window.published is not None and at < window.published:
        return NotSold.NOT_YET
    if window.unpublished is not None and window.unpublished <= at:
        return NotSold.NO_MORE
    return None
