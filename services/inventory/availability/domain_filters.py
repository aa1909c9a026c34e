"""Which goods and places a rule speaks of."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

# what is known of a good or a place, by field
Facts = Mapping["Field", frozenset[str]]


class Field(StrEnum):
    """What a clause looks at."""

    SKU = "SKU"
    PRODUCT = "PRODUCT"
    BRAND = "BRAND"
    CATEGORY = "CATEGORY"
    TAG = "TAG"
    OPTION = "OPTION"
    LOCATION = "LOCATION"
    GROUP = "GROUP"
    LOCATION_KIND = "LOCATION_KIND"


GOODS = frozenset({Field.SKU, Field.PRODUCT, Field.BRAND, Field.CATEGORY, Field.TAG, Field.OPTION})
PLACES = frozenset({Field.LOCATION, Field.GROUP, Field.LOCATION_KIND})


@dataclass(frozen=True, slots=True)
class Clause:
    """The field has any of the values, or all of them."""

    field: Field
    values: frozenset[str]
    every: bool = False

    def hits(self, facts: Facts) -> bool:
        """Whether it is true of this good or place."""
        known = facts.get(self.field, frozenset())
        return self.values <= known if self.every else not self.values.isdisjoint(known)


@dataclass(frozen=True, slots=True)
class Filter:
    """What any (or all) of `include` hit, and none of `exclude`; without `include` everything is included."""

    include: tuple[Clause, ...] = ()
    exclude: tuple[Clause, ...] = ()
    every: bool = False

    def matches(self, facts: Facts) -> bool:
        """Whether it speaks of this good or place."""
        if any(clause.hits(facts) for clause in self.exclude):
            return False
        hits = (clause.hits(facts) for clause in self.include)
        return not self.include or (all(hits) if self.every else any(hits))

    @property
    def open(self) -> bool:
        """Whether it speaks of everything."""
        return not self.include and not self.exclude


EVERYTHING = Filter()
