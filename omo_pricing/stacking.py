"""What a shopper may combine: exclusive and joint categories with caps, and how many codes and coupons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Admission(StrEnum):
    """What becomes of several codes and coupons of which some cannot be applied."""

    ALL = "all"
    """Then none is."""
    PARTIAL = "partial"
    """Then the others are."""


class OnGoods(StrEnum):
    """Whether several rules with a category may take from one line."""

    STACK = "stack"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class Stacking:
    """A rule without a category takes no part in what is said of categories."""

    exclusive_categories: tuple[str, ...] = ()
    """A rule of one of these that gives something bars the other categories; the first listed comes first."""
    joint_categories: frozenset[str] = frozenset()
    """Barred by nobody."""
    sent_limit: int = 30
    """So many codes and coupons are looked at."""
    applied_limit: int = 5
    """So many of those that were asked for may give something."""
    category_limit: int | None = None
    """So many rules of one category may give something."""
    admission: Admission = Admission.PARTIAL
    on_goods: OnGoods = OnGoods.STACK


class Combine(StrEnum):
    """What becomes of sale prices (the product stage) and the discounts after them."""

    STACKING = "stacking"
    """Both."""
    BEST_DEAL = "best_deal"
    """The ones or the others, whichever leaves less to pay."""
