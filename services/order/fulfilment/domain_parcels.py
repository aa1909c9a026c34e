"""Parcels: which units are in them, and what their carriers say of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class ParcelState(StrEnum):
    """Where a parcel stands."""

    PACKED = "PACKED"
    BOOKED = "BOOKED"
    REFUSED = "REFUSED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    LOST = "LOST"
    RETURNED = "RETURNED"
    CANCELLED = "CANCELLED"


class Kind(StrEnum):
    """What a carrier says of a parcel, in the order in which a good one hears it."""

    PICKED_UP = "PICKED_UP"
    IN_TRANSIT = "IN_TRANSIT"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    FAILED_ATTEMPT = "FAILED_ATTEMPT"
    RETURNING = "RETURNING"
    LOST = "LOST"
    RETURNED = "RETURNED"
    DELIVERED = "DELIVERED"


@dataclass(frozen=True, slots=True)
class Units:
    """A run of units of a line, in base units; what is sold by measure is one unit."""

    line_no: int
    first_unit: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel of a task."""

    parcel_id: str
    number: int
    carrier: str
    service: str
    state: ParcelState
    units: tuple[Units, ...]
    weight_grams: int = 0
    tracking_no: str = ""
    tracking_url: str = ""
    refusal: str = ""
    booking: int = 0
    """How often it was booked anew: each time is another shipment to the carrier."""
    told: str = ""
    """The carrier's newest word, and when that was."""
    told_time: datetime | None = None

    @property
    def left(self) -> bool:
        """Whether it went out of the door, wherever it is by now."""
        return self.state in _LEFT

    @property
    def shipment(self) -> str:
        """The key under which its carrier knows it."""
        return f"{self.parcel_id}-{self.booking}" if self.booking else self.parcel_id


@dataclass(frozen=True, slots=True)
class Word:
    """A carrier's word of a parcel, by the carrier's own id of it."""

    notice_id: str
    shipment: str
    kind: Kind
    at: datetime
    place: str = ""


_MEANS = {Kind.DELIVERED: ParcelState.DELIVERED, Kind.LOST: ParcelState.LOST, Kind.RETURNED: ParcelState.RETURNED}
_LEFT = {ParcelState.SHIPPED, ParcelState.DELIVERED, ParcelState.LOST, ParcelState.RETURNED}
# whatever else is said, and whenever
_ENDS = {Kind.DELIVERED, Kind.RETURNED}
_RANK = {kind: rank for rank, kind in enumerate(Kind)}


def heard(given: Parcel, words: Iterable[Word]) -> Parcel:
    """The parcel after its carrier's words, the same in whatever order they come.

    Where it ended counts, the newest of several ends; until then the newest word.
    """
    for word in words:
        given = _heard(given, word)
    return given


def _heard(given: Parcel, word: Word) -> Parcel:
    ends, ended = word.kind in _ENDS, given.told in _ENDS
    newer = given.told_time is None or (word.at, _RANK[word.kind]) > (given.told_time, _RANK[Kind(given.told)])
    if ended > ends or (ended == ends and not newer):
        return given
    state = given.state if given.state is ParcelState.CANCELLED else _MEANS.get(word.kind, ParcelState.SHIPPED)
    return replace(given, state=state, told=word.kind, told_time=word.at)


def leave(given: Sequence[Parcel]) -> tuple[Parcel, ...]:
    """The parcels as they are once somebody saw the carrier take them; what none of them has is still to be booked."""
    return tuple(replace(one, state=ParcelState.SHIPPED) if one.state is ParcelState.BOOKED else one for one in given)


def lacking(given: Sequence[Parcel]) -> list[ParcelState]:
    """What became of those that their shopper will not get: LOST, RETURNED."""
    return sorted({one.state for one in given} & {ParcelState.LOST, ParcelState.RETURNED})


def arrived(given: Sequence[Parcel]) -> bool:
    """Whether none of them is on its way any more."""
    return all(one.state in _MEANS.values() for one in given if one.state is not ParcelState.CANCELLED)
