"""Where a SKU may be sold: what is said of each channel and place, and the rule that it is looked up for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kit.errors import Code, Fault
from omo_pricing import Gate, NotSold, Window, why_not


class UnknownLocation(Fault):
    code = Code.NOT_FOUND
    reason = "UNKNOWN_LOCATION"


@dataclass(frozen=True, slots=True)
class Entry:
    """What an assortment says of one channel (CHANNEL) or one place (LOCATION)."""

    scope: str
    scope_id: str
    window: Window


@dataclass(frozen=True, slots=True)
class Assortment:
    """All that is said of a SKU, in the order of the scopes."""

    sku: str
    entries: tuple[Entry, ...] = ()
    version: int = 0

    def window(self, scope: str, scope_id: str) -> Window | None:
        """What is said of a channel or place."""
        return next((one.window for one in self.entries if (one.scope, one.scope_id) == (scope, scope_id)), None)


@dataclass(frozen=True, slots=True)
class Where:
    """A channel, and a place where one takes part, with what each sells of what nobody named."""

    channel_id: str
    channel_listed_only: bool
    location_id: str = ""
    location_listed_only: bool = False


def sellable(active: bool, assortment: Assortment, where: Where, at: datetime) -> NotSold | None:
    """Why a SKU is not sold there and then; None: it is."""
    channel = Gate(where.channel_listed_only, assortment.window("CHANNEL", where.channel_id))
    place = None
    if where.location_id:
        place = Gate(where.location_listed_only, assortment.window("LOCATION", where.location_id))
    return why_not(active, channel, place, at)


def changed(held: Mapping[str, Assortment], given: Sequence[Assortment]) -> list[Assortment]:
    """Those that say something new, each with its next version."""
    found = []
    for one in given:
        before = held.get(one.sku, Assortment(one.sku))
        if before.entries != one.entries:
            found.append(replace(one, version=before.version + 1))
    return found
