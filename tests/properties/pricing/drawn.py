"""Carts, goods and rules drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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
    fees = (pricing.Fee("parcel", "SHIP", draw(st.integers(0, 300)), "standard", 50_000),)
    bought = cart(*lines, codes=tuple(codes), points=draw(st.sampled_from([0, 0, 7, 400, 10**6])))
    return replace(bought, fees=draw(st.sampled_from([(), fees])))


MODES = st.sampled_from([None, *pricing.Mode])
BY_LINE: st.SearchStrategy[Effect] = st.one_of(
    st.builds(pricing.PercentOff, st.integers(1, 10_000), MODES),
    st.builds(pricing.AmountOff, st.integers(1, 3_000), MODES),
    st.builds(pricing.AmountOff, st.integers(1, 300), st.none(), st.just(True)),
)
GIVES = st.one_of(
    st.builds(pricing.Give, st.just(pricing.Off.PERCENT), st.integers(1, 10_000)),
    st.builds(pricing.Give, st.just(pricing.Off.AMOUNT), st.integers(1, 2_000)),
    st.builds(pricing.Give, st.just(pricing.Off.PRICE), st.integers(0, 4_000)),
)
PARTS = st.builds(
    pricing.Part,
    st.builds(pricing.Goods, skus=st.frozensets(st.sampled_from(SKUS), min_size=1, max_size=3)),
    st.integers(1, 3),
)
TIMES = st.sampled_from([None, None, 1, 2])


@st.composite
def multibuys(draw: st.DrawFn) -> pricing.Multibuy:
    trigger = draw(st.integers(2, 5))
    discounted = draw(st.integers(1, trigger))
    return pricing.Multibuy(
        trigger, discounted, draw(GIVES), draw(st.sampled_from(pricing.Select)), draw(TIMES), draw(st.booleans())
    )


BUNDLES = st.builds(
    pricing.Bundle,
    st.lists(PARTS, min_size=2, max_size=3).map(tuple),
    GIVES,
    st.sampled_from(pricing.Select),
    TIMES,
)
ALL: st.SearchStrategy[Effect] = st.one_of(
    BY_LINE,
    st.builds(pricing.AmountOff, st.integers(1, 3_000), MODES, basis=st.sampled_from(pricing.Basis)),
    st.builds(pricing.FixedPrice, st.integers(0, 3_000)),
    st.builds(pricing.PointsMore, st.integers(1, 20_000)),
    st.builds(pricing.Gift, st.sampled_from(SKUS), st.integers(1, 3)),
    multibuys(),
    BUNDLES,
)


@st.composite
def rule_sets(draw: st.DrawFn) -> pricing.RuleSet:
    """Rules with everything that may be told of them together: groups, promotions, stacking, best deal."""
    rules = [
        replace(
            rule,
            group=draw(st.sampled_from([None, f"{rule.stage}-in", f"{rule.stage}-out"])),
            category=draw(st.sampled_from([None, "a", "b"])),
            issued=not rule.codes and draw(st.integers(0, 4)) == 0,
        )
        for rule in draw(rule_lists(effects=ALL, most=4))
    ]
    rules = [rule if rule.group else replace(rule, promotion=draw(promotions(rule))) for rule in rules]
    freight = pricing.Rule("freight", "1", pricing.Stage.SHIPPING, pricing.ShippingOff(draw(GIVES)))
    kinds = {
        name: (draw(st.sampled_from(pricing.GroupMode)), draw(st.sampled_from(pricing.GroupScope)))
        for name in ("in", "out")
    }
    groups = [
        pricing.Group(f"{stage}-{name}", *kinds[name], parent=f"{stage}-out" if name == "in" else None)
        for stage in ("product", "line", "order")
        for name in ("in", "out")
    ]
    stacking = st.builds(
        pricing.Stacking,
        st.sampled_from([(), ("a",), ("b", "a")]),
        applied_limit=st.integers(1, 2),
        category_limit=st.sampled_from([None, 1]),
        admission=st.sampled_from(pricing.Admission),
        on_goods=st.sampled_from(pricing.OnGoods),
    )
    return pricing.RuleSet(
        "1",
        (*rules, freight),
        tuple(groups),
        draw(st.one_of(st.none(), stacking)),
        draw(st.sampled_from(pricing.Combine)),
    )


def promotions(rule: pricing.Rule) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, None, f"{rule.stage}-spring"])


@st.composite
def rule_lists(
    draw: st.DrawFn,
    stages: tuple[str, ...] = ("product", "line", "order"),
    effects: st.SearchStrategy[Effect] = BY_LINE,
    most: int = 6,
) -> list[pricing.Rule]:
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
        for number in range(draw(st.integers(0, most)))
    ]
