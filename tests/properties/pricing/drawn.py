"""Carts, goods and rules drawn at random."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

import omo_pricing as pricing
from omo_pricing.effects import Effect
from tests.unit.pricing.shop import cart, line, shelf

SKUS = ("coat", "sock", "tea", "gift")
CATEGORIES = ("Men", "Food")


@st.composite
def catalogues(draw: st.DrawFn) -> pricing.Catalogue:
    def item(sku: str) -> pricing.Item:
        return pricing.Item(
            sku,
            pricing.Price(draw(st.integers(0, 5_000)), draw(st.sampled_from([1, 1, 3, 1_000]))),
            tax_rate_ppm=draw(st.sampled_from([0, 50_000, 88_750, 190_000])),
            categories=(draw(st.sampled_from(CATEGORIES)),),
        )

    policy = pricing.Policy(
        draw(st.sampled_from(pricing.Rounding)),
        draw(st.sampled_from(pricing.Rounding)),
        draw(st.sampled_from(pricing.TaxLevel)),
    )
    return shelf(*map(item, SKUS), tax_included=draw(st.booleans()), policy=policy)


@st.composite
def carts(draw: st.DrawFn, most: int = 5) -> pricing.Cart:
    numbers = draw(st.lists(st.integers(1, 50), min_size=1, max_size=most, unique=True))
    lines = [
        line(number, draw(st.sampled_from(SKUS)), draw(st.integers(1, 40)), measure=draw(st.booleans()))
        for number in numbers
    ]
    codes = draw(st.lists(st.sampled_from(["A", "B", "NONE"]), max_size=2))
    return cart(*lines, codes=tuple(codes), points=draw(st.sampled_from([0, 0, 7, 400, 10**6])))


@st.composite
def rule_lists(draw: st.DrawFn, stages: tuple[str, ...] = ("product", "line", "order")) -> list[pricing.Rule]:
    mode = st.sampled_from([None, *pricing.Mode])
    effects: st.SearchStrategy[Effect] = st.one_of(
        st.builds(pricing.PercentOff, st.integers(1, 10_000), mode),
        st.builds(pricing.AmountOff, st.integers(1, 3_000), mode),
        st.builds(pricing.AmountOff, st.integers(1, 300), st.none(), st.just(True)),
    )
    names: Callable[..., st.SearchStrategy[frozenset[str]]] = st.frozensets
    goods = st.builds(
        pricing.Goods,
        skus=names(st.sampled_from(SKUS), max_size=1),
        categories=names(st.sampled_from(CATEGORIES), max_size=1),
    )
    scopes = st.builds(
        pricing.Scope, include=goods, exclude=goods, tiers=names(st.sampled_from(["gold", "silver"]), max_size=1)
    )
    conditions = st.one_of(
        st.builds(pricing.MinQuantity, st.integers(1, 30)),
        st.builds(pricing.MinAmount, st.integers(1, 9_000), st.sampled_from(pricing.Basis)),
    )
    return [
        pricing.Rule(
            id=f"r{number}",
            version="1",
            stage=pricing.Stage(draw(st.sampled_from(stages))),
            effect=draw(effects),
            priority=draw(st.integers(-2, 2)),
            codes=frozenset(draw(st.lists(st.sampled_from(["A", "B"]), max_size=1))),
            scope=draw(scopes),
            conditions=tuple(draw(st.lists(conditions, max_size=1))),
            stop_after=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 6)))
    ]
