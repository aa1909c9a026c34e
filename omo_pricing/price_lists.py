"""Which list's price a good has for a channel, a store, a tier and a moment: one rule for services and tills."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from datetime import datetime
from typing import Protocol, TypeVar


class Listed(Protocol):
    """To whom and when a list of prices applies; what is empty means any."""

    @property
    def price_list_id(self) -> str: ...
    @property
    def channels(self) -> Collection[str]: ...
    @property
    def locations(self) -> Collection[str]: ...
    @property
    def tiers(self) -> Collection[str]: ...
    @property
    def starts(self) -> datetime | None: ...
    @property
    def ends(self) -> datetime | None: ...
    @property
    def priority(self) -> int: ...
    @property
    def tax_included(self) -> bool: ...


L = TypeVar("L", bound=Listed)


def rank(listed: Listed) -> tuple[int, int, str]:
    """The most specific list wins (a store before a tier before a channel), then the higher priority.

    The code decides last, so that two lists that say the same are still in one order everywhere.
    """
    specific = 4 * bool(listed.locations) + 2 * bool(listed.tiers) + bool(listed.channels)
    return specific, listed.priority, listed.price_list_id


def holds(listed: Listed, channel: str, location: str, tier: str, at: datetime) -> bool:
    """Whether a list applies there, then, to such a shopper; its end is no longer part of its period."""
    if listed.channels and channel not in listed.channels:
        return False
    if listed.locations and location not in listed.locations:
        return False
    if listed.tiers and tier not in listed.tiers:
        return False
    return (listed.starts is None or listed.starts <= at) and (listed.ends is None or at < listed.ends)


def holding(lists: Iterable[L], channel: str, location: str, tier: str, at: datetime) -> list[L]:
    """Those that apply, the one that wins first."""
    return sorted((each for each in lists if holds(each, channel, location, tier, at)), key=rank, reverse=True)


def deciding(ranked: Iterable[L], priced: Container[str], tax_included: bool | None = None) -> L | None:
    """The first of the lists in their order that prices the good; `tax_included` is what a basket has settled on."""
    for each in ranked:
        if each.price_list_id in priced and (tax_included is None or each.tax_included == tax_included):
            return each
    return None
