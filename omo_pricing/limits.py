"""How many of a good may be bought: told as problems of a cart, for the cart to list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from omo_pricing.cart import Cart, Member
from omo_pricing.goods import Goods
from omo_pricing.lines import OpenLine
from omo_pricing.scope import Scope


class Over(StrEnum):
    """Which limit a cart does not keep."""

    BELOW_MIN_PER_CART = "below_min_per_cart"
    ABOVE_MAX_PER_CART = "above_max_per_cart"
    ABOVE_MAX_PER_MEMBER = "above_max_per_member"
    MEMBERS_ONLY = "members_only"


@dataclass(frozen=True, slots=True)
class UsageLimit:
    """How often a rule may give something; who keeps the uses reserves, consumes and gives them back."""

    total: int | None = None
    per_member: int | None = None
    """Then only for somebody who is known."""
    give_back: bool = True
    """A cancelled order's use counts no longer."""


@dataclass(frozen=True, slots=True)
class PurchaseLimit:
    """Units of the goods in scope, all together."""

    id: str
    scope: Scope = field(default_factory=Scope)
    min_per_cart: int | None = None
    max_per_cart: int | None = None
    max_per_member: int | None = None
    """With everything that he bought under this limit before."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A limit that the cart does not keep."""

    limit_id: str
    over: Over
    allowed: int
    units: int
    """In the cart."""
    lines: tuple[int, ...]


def problems(
    limits: Iterable[PurchaseLimit],
    lines: Sequence[OpenLine],
    cart: Cart,
    member: Member,
    at: datetime,
    utc_offset: int,
) -> tuple[Problem, ...]:
    """Every limit that the cart does not keep, in the order of the limits."""
    found: list[Problem] = []
    for limit in limits:
        inside = [line for line in lines if not line.apart and _inside(limit.scope, line)]
        if inside and limit.scope.refusal(cart, member, at, utc_offset) is None:
            found += _kept(limit, inside, member)
    return tuple(found)


def _inside(scope: Scope, line: OpenLine) -> bool:
    wanted = scope.include == Goods() or scope.include.holds(line.item)
    return wanted and not scope.exclude.holds(line.item)


def _kept(limit: PurchaseLimit, inside: Sequence[OpenLine], member: Member) -> list[Problem]:
    units, numbers = sum(line.line.units for line in inside), tuple(line.line.line_no for line in inside)
    found = []
    if limit.min_per_cart is not None and units < limit.min_per_cart:
        found.append(Problem(limit.id, Over.BELOW_MIN_PER_CART, limit.min_per_cart, units, numbers))
    if limit.max_per_cart is not None and units > limit.max_per_cart:
        found.append(Problem(limit.id, Over.ABOVE_MAX_PER_CART, limit.max_per_cart, units, numbers))
    if limit.max_per_member is None:
        return found
    allowed = max(0, limit.max_per_member - member.bought.get(limit.id, 0))
    if not member.known:
        found.append(Problem(limit.id, Over.MEMBERS_ONLY, 0, units, numbers))
    elif units > allowed:
        found.append(Problem(limit.id, Over.ABOVE_MAX_PER_MEMBER, allowed, units, numbers))
    return found
