"""A shop of 5,000 goods, its rules and its shoppers' carts, drawn from a fixed seed."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import omo_pricing as pricing
from omo_pricing.conditions import Condition
from omo_pricing.effects import Effect

GOODS = 5_000
PRODUCTS = 1_250
CATEGORIES = 60
LINES = 20
MEMBER = pricing.Member("gold", frozenset({"runner"}))


def catalogue(random: Random) -> pricing.Catalogue:
    """Taiwan: prices hold 5 % tax."""
    items = {sku: _item(random, number, sku) for number, sku in enumerate(_sku(number) for number in range(GOODS))}
    return pricing.Catalogue(1, 1, "TWD", True, items)


def carts(random: Random, count: int) -> list[pricing.Cart]:
    """Twenty lines each, with a code and points."""
    return [_cart(random) for _ in range(count)]


def brand_rules(random: Random, count: int) -> pricing.RuleSet:
    """What a brand runs at once: mostly single goods on sale, some categories and codes, a few for the whole order."""
    kinds = random.choices(["sku", "product", "category", "code", "order"], [55, 25, 12, 5, 3], k=count)
    return pricing.RuleSet("1", tuple(_rule(random, number, kind) for number, kind in enumerate(kinds)))


def matching_rules(random: Random, count: int) -> pricing.RuleSet:
    """The worst case: every rule is for every good, and every one applies."""
    rules = (
        pricing.Rule(f"r{number}", "1", random.choice(list(pricing.Stage)[:3]), pricing.PercentOff(10))
        for number in range(count)
    )
    return pricing.RuleSet("1", tuple(rules))


def joined_rules(random: Random, count: int) -> pricing.RuleSet:
    """The brand's rules where they stand together: best-saving promotions, sets, caps on codes."""
    plain = brand_rules(random, count).rules
    single = [rule for rule in plain if rule.stage is pricing.Stage.PRODUCT]
    named = {rule.id: f"sale-{number // 5}" for number, rule in enumerate(single)}
    half = pricing.Give(pricing.Off.PERCENT, 5_000)
    sets = [
        pricing.Rule(
            f"set-{number}",
            "1",
            pricing.Stage.LINE,
            pricing.Multibuy(2, 1, half) if number % 2 else _pair(random, half),
            scope=pricing.Scope(include=_narrow(random)) if number % 2 else pricing.Scope(),
        )
        for number in range(count // 20)
    ]
    rules = (*(replace(rule, promotion=named.get(rule.id)) for rule in plain), *sets)
    return pricing.RuleSet("1", rules, stacking=pricing.Stacking(category_limit=2))


def _narrow(random: Random) -> pricing.Goods:
    return pricing.Goods(categories=frozenset({f"narrow-{random.randrange(CATEGORIES)}"}))


def _pair(random: Random, give: pricing.Give) -> pricing.Bundle:
    return pricing.Bundle((pricing.Part(_narrow(random)), pricing.Part(_narrow(random))), give)


def _sku(number: int) -> str:
    return f"SKU-{number:05}"


def _item(random: Random, number: int, sku: str) -> pricing.Item:
    narrow = random.randrange(CATEGORIES)
    return pricing.Item(
        sku,
        pricing.Price(random.randrange(50, 5_000)),
        "standard",
        50_000,
        product_id=f"P-{number % PRODUCTS:04}",
        brand=f"brand-{number % 9}",
        categories=(f"wide-{narrow % 8}", f"narrow-{narrow}"),
        tags=("new",) if number % 5 == 0 else (),
    )


def _cart(random: Random) -> pricing.Cart:
    numbers = random.sample(range(GOODS), LINES)
    lines = tuple(
        pricing.CartLine(line_no, _sku(number), random.choice([1, 1, 1, 2, 3, 12]))
        for line_no, number in enumerate(numbers, 1)
    )
    code = f"CODE-{random.randrange(20)}"
    return pricing.Cart("web", "TWD", lines, codes=(code,), spends=(pricing.Spend("points", 120),))


def _rule(random: Random, number: int, kind: str) -> pricing.Rule:
    goods = {
        "sku": pricing.Goods(skus=frozenset(_sku(random.randrange(GOODS)) for _ in range(20))),
        "product": pricing.Goods(products=frozenset(f"P-{random.randrange(PRODUCTS):04}" for _ in range(5))),
        "category": pricing.Goods(categories=frozenset({f"narrow-{random.randrange(CATEGORIES)}"})),
    }
    stage = {"sku": pricing.Stage.PRODUCT, "product": pricing.Stage.PRODUCT, "category": pricing.Stage.LINE}
    effects: list[Effect] = [pricing.PercentOff(random.randrange(100, 3_000)), pricing.AmountOff(50)]
    conditions: tuple[Condition, ...] = (pricing.MinAmount(random.randrange(1, 40_000)),) if kind == "order" else ()
    tiers = frozenset({random.choice(["gold", "silver"])}) if number % 4 == 0 else frozenset[str]()
    return pricing.Rule(
        id=f"rule-{number}",
        version="1",
        stage=stage.get(kind, pricing.Stage.ORDER),
        effect=random.choice(effects),
        priority=random.randrange(100),
        codes=frozenset({f"CODE-{number % 20}"}) if kind == "code" else frozenset(),
        scope=pricing.Scope(
            include=goods.get(kind, pricing.Goods()),
            exclude=pricing.Goods(tags=frozenset({"outlet"})),
            channels=frozenset({"web", "stores"}),
            tiers=tiers,
        ),
        conditions=conditions,
        stop_after=number % 10 == 0,
    )
