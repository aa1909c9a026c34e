"""The brand's terms of return, as data: until when, without what proof, by which tender, and who is looked at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import invalid
from services.order.returns.domain_refunds import TenderOrder

MAX_DAYS = 3650
REPEAT_DAYS = 90
_MAX_NAMES = 200
_MAX_AMOUNT = 10**12
_MAX_SECONDS = 7 * 86_400
WHOLE_BP = 10_000


class Partial(StrEnum):
    """What holds where only a part comes back of goods that a gift, a multibuy or a bundle joined."""

    KEEP = "KEEP"
    """Each unit gives back what it had cost."""
    REQUALIFY = "REQUALIFY"
    """What stays costs what it would have cost alone."""
    WHOLE_SET = "WHOLE_SET"
    """All of it comes back, or none."""


class DeliveryBack(StrEnum):
    """When what bringing the goods had cost comes back with them."""

    WHOLE = "WHOLE"
    """Once all of them are back: who withdraws from the whole owes nothing for it."""
    FREE_REASONS = "FREE_REASONS"
    """Only where it is the brand that answers for the reason."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of them; without any, these."""

    version: int = 0
    days: int = 30
    category_days: Mapping[str, int] = field(default_factory=dict)
    tier_days: Mapping[str, int] = field(default_factory=dict)
    tender_order: TenderOrder = TenderOrder.VALUE_FIRST
    credit_choice: bool = True
    unverified_cap: int = 0
    authorise: bool = False
    withhold: bool = False
    points_seconds: int = 0
    repeat_limit: int = 0
    coupon_back: bool = True
    late_seconds: int = 600
    partial: Partial = Partial.KEEP
    restocking_bp: int = 0
    """Of what the units had cost, in basis points."""
    return_shipping: int = 0
    """Taken off what comes back to a place that is no store."""
    free_reasons: tuple[str, ...] = ()
    """Reasons for which the shopper pays neither."""
    delivery_back: DeliveryBack = DeliveryBack.WHOLE
    announced_only: bool = False
    """At a drop point, partners receive only what was asked for before."""

    def window(self, categories: Iterable[str], tier: str) -> int:
        """Days that a good of these categories can be returned by a member of this tier; 0: never."""
        named = [self.category_days[each] for each in categories if each in self.category_days]
        days = min(named, default=self.days)
        return max(days, self.tier_days.get(tier, 0)) if days else 0

    def late(self, granted: datetime) -> datetime:
        """By when every owner should have answered."""
        return granted + timedelta(seconds=self.late_seconds + self.points_seconds)


@dataclass(frozen=True, slots=True)
class Good:
    """What of a good its return goes by."""

    categories: tuple[str, ...] = ()
    serials: bool = False
    """Whether its units have serials, by the catalogue, or because one of this order left with one."""


def too_late(days: int, since: datetime, now: datetime) -> bool:
    """Whether goods that somebody has had since then can be returned no more."""
    return now > since + timedelta(days=days) if days else True


def checked(terms: Terms) -> Terms:
    """Refuses terms that make no sense, naming the field."""
    _within("policy.days", terms.days, MAX_DAYS)
    for name, given in (("category_days", terms.category_days), ("tier_days", terms.tier_days)):
        if len(given) > _MAX_NAMES:
            raise invalid(f"policy.{name}", f"must hold at most {_MAX_NAMES}")
        for key, days in given.items():
            if not 1 <= len(key) <= 64:
                raise invalid(f"policy.{name}", "must name each by 1 to 64 characters")
            _within(f"policy.{name}[{key}]", days, MAX_DAYS)
    _within("policy.unverified_cap", terms.unverified_cap, _MAX_AMOUNT)
    _within("policy.points_seconds", terms.points_seconds, 3600)
    _within("policy.repeat_limit", terms.repeat_limit, 1000)
    _within("policy.restocking_bp", terms.restocking_bp, WHOLE_BP)
    _within("policy.return_shipping", terms.return_shipping, _MAX_AMOUNT)
    if len(terms.free_reasons) > _MAX_NAMES or not all(1 <= len(one) <= 64 for one in terms.free_reasons):
        raise invalid("policy.free_reasons", f"must hold at most {_MAX_NAMES}, each of 1 to 64 characters")
    if not 1 <= terms.late_seconds <= _MAX_SECONDS:
        raise invalid("policy.late_seconds", f"must be 1 to {_MAX_SECONDS}")
    return terms


def _within(name: str, value: int, most: int) -> None:
    if not 0 <= value <= most:
        raise invalid(name, f"must be 0 to {most}")
