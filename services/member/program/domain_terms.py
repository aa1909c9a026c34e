"""The words of which a program is made: what it may say, and of which goods."""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from services.member.program.domain_calendar import Span


class Mode(IntEnum):
    """What a rule gives points for; this enum's numbers and all others' are those of the contract."""

    ORDER = 1
    MONEY = 2
    UNIT = 3


class Start(IntEnum):
    """From when on activation counts."""

    PENDING_DAYS = 0
    SALE = 1
    HANDOVER = 2
    RETURN_WINDOW = 3


class Ends(IntEnum):
    """How earned points end."""

    EXPIRE_DAYS = 0
    NEVER = 1
    DAYS = 2
    END_OF_MONTH = 3
    END_OF_YEAR = 4
    FIXED_DATE = 5


class OnReturn(IntEnum):
    """What of spent points is taken when their goods come back."""

    ONLY_PENDING = 1
    WITHIN_BALANCE = 2
    UNLIMITED = 3
    DEDUCT_FROM_REFUND = 4


class Metric(IntEnum):
    """What a tier is reached by."""

    SPEND = 1
    COUNT = 2
    POINTS = 3


class Period(IntEnum):
    """Over which time the metric is added up."""

    ROLLING = 1
    MONTH = 2
    QUARTER = 3
    HALF = 4
    YEAR = 5
    BALANCE = 6

    @property
    def span(self) -> Span | None:
        """Its calendar months, if it follows the calendar."""
        return {2: Span.MONTH, 3: Span.QUARTER, 4: Span.HALF, 5: Span.YEAR}.get(self)


class Begins(IntEnum):
    """When a tier begins that is reached."""

    IMMEDIATE = 1
    NEXT_PERIOD = 2


class Validity(IntEnum):
    """By which clock a tier ends."""

    TIER_START = 1
    JOIN_DATE = 2
    MEMBER_DATE = 3
    CYCLE_DATE = 4
    END_OF_PERIOD = 5
    END_OF_NEXT_PERIOD = 6


class Downgrade(IntEnum):
    """Where a tier leads that is not reached again."""

    ONE_DOWN = 1
    BALANCE_BASED = 2


@dataclass(frozen=True, slots=True)
class Goods:
    """A good as the catalogue sorts it."""

    product_id: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


UNSORTED = Goods()


@dataclass(frozen=True, slots=True)
class Scope:
    """Goods that any of the lists names."""

    skus: tuple[str, ...] = ()
    product_ids: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.skus or self.sorts)

    @property
    def sorts(self) -> bool:
        """Whether it asks how the catalogue sorts a good."""
        return bool(self.product_ids or self.categories or self.tags)

    def names(self, sku: str, goods: Goods = UNSORTED) -> bool:
        """Whether a good is among them."""
        listed = sku in _set(self.skus) or goods.product_id in _set(self.product_ids)
        return (
            listed
            or any(one in _set(self.categories) for one in goods.categories)
            or any(t in _set(self.tags) for t in goods.tags)
        )


NOWHERE = Scope()


@lru_cache(maxsize=512)
def _set(words: tuple[str, ...]) -> frozenset[str]:
    """A list of a program's, to be looked into for each line sold."""
    return frozenset(words)
