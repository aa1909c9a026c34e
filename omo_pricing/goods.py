"""Goods by the names that rules give them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from omo_pricing.catalogue import Item

Facet = tuple[str, str]
NAMES = ("skus", "products", "brands", "categories", "tags")


@dataclass(frozen=True, slots=True)
class Goods:
    """Goods by any of their names: one match is enough."""

    skus: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def facets(self) -> Iterator[Facet]:
        for name in NAMES:
            for value in getattr(self, name):
                yield name, value

    def holds(self, item: Item) -> bool:
        """Whether one of the good's names is among these."""
        return any(value in getattr(self, name) for name, value in item.facets())
