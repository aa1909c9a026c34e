"""Where, when, for whom and for which goods a rule holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from omo_pricing.cart import Cart, Member
from omo_pricing.goods import Goods
from omo_pricing.reasons import Reason


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of some days of the week, by the clock of the rule set."""

    days: frozenset[int]
    """1 is Monday."""
    begins: int
    """Minutes after midnight."""
    ends: int
    """Up to just before this minute; 1440 is midnight."""

    def holds(self, local: datetime) -> bool:
        return local.isoweekday() in self.days and self.begins <= local.hour * 60 + local.minute < self.ends


@dataclass(frozen=True, slots=True)
class Scope:
    """What is empty means any."""

    include: Goods = field(default_factory=Goods)
    exclude: Goods = field(default_factory=Goods)
    channels: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    starts: datetime | None = None
    """From this moment on."""
    ends: datetime | None = None
    """Until just before this moment."""
    hours: tuple[Hours, ...] = ()
    """In any of these."""

    def refusal(self, cart: Cart, member: Member, at: datetime, utc_offset: int) -> Reason | None:
        """Why it does not hold here, now or for this shopper."""
        return self._moment(at, utc_offset) or self._place(cart) or self._shopper(member)

    def _moment(self, at: datetime, utc_offset: int) -> Reason | None:
        if self.starts and at < self.starts:
            return Reason.NOT_STARTED
        if self.ends and at >= self.ends:
            return Reason.ENDED
        return Reason.OTHER_HOURS if self.hours and not self._open(at, utc_offset) else None

    def _place(self, cart: Cart) -> Reason | None:
        if self.channels and cart.channel_id not in self.channels:
            return Reason.OTHER_CHANNEL
        return Reason.OTHER_LOCATION if self.locations and cart.location_id not in self.locations else None

    def _shopper(self, member: Member) -> Reason | None:
        if self.tiers and member.tier not in self.tiers:
            return Reason.OTHER_TIER
        return Reason.OTHER_SEGMENT if self.segments and not self.segments & member.segments else None

    def _open(self, at: datetime, utc_offset: int) -> bool:
        local = (at - (at.utcoffset() or timedelta(0))).replace(tzinfo=None) + timedelta(minutes=utc_offset)
        return any(hours.holds(local) for hours in self.hours)
