"""Carts drawn from a fixed seed, to see that results stay what they were."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

import omo_pricing as pricing
from omo_pricing.effects import Effect
from tests.unit.pricing import shop

CATEGORIES = ("Men", "Food", "Coats", "Tea")


def results(count: int = 1_000) -> str:
    """What `count` drawn carts come to, as one text."""
    random = Random(20_260_301)
    return "\n".join(json.dumps(_priced(random).to_dict(), sort_keys=True) for _ in range(count))


def _priced(random: Random) -> pricing.Priced:
    items = [_item(random, f"sku{number}") for number in range(8)]
    policy = pricing.Policy(
        random.choice(list(pricing.Rounding)),
        random.choice(list(pricing.Rounding)),
        random.choice(list(pricing.TaxLevel)),
    )
    goods = shop.shelf(*items, tax_included=random.randrange(2) == 0, policy=policy)
    lines = [
        shop.line(number, f"sku{random.randrange(8)}", random.randrange(1, 60), measure=random.randrange(5) == 0)
        for number in range(1, random.randrange(2, 8))
    ]
    bought = shop.cart(*lines, codes=("A", "Z")[: random.randrange(3)], points=random.choice([0, 0, 55, 4_000]))
    bought = replace(bought, location_id=random.choice([None, "S1"]))
    member = pricing.Member(random.choice([None, "gold"]), frozenset(["runner"][: random.randrange(2)]))
    rules = [_rule(random, f"rule{number}") for number in range(random.randrange(9))]
    return shop.price(bought, goods, *rules, member=member)


def _item(random: Random, sku: str) -> pricing.Item:
    return pricing.Item(
        sku,
        pricing.Price(random.randrange(4_000), random.choice([1, 1, 3, 1_000])),
        random.choice(["standard", "zero"]),
        random.choice([0, 50_000, 88_750]),
        categories=tuple(random.sample(CATEGORIES, 2)),
        tags=tuple(random.sample(["new", "basic", "outlet"], 1)),
    )


def _rule(random: Random, rule_id: str) -> pricing.Rule:
    mode = random.choice([None, *pricing.Mode])
    effects: list[Effect] = [
        pricing.PercentOff(random.randrange(1, 5_000), mode),
        pricing.AmountOff(random.randrange(1, 900), mode),
        pricing.AmountOff(random.randrange(1, 60), each_unit=True),
    ]
    scope = pricing.Scope(
        include=pricing.Goods(categories=frozenset(random.sample(CATEGORIES, random.randrange(3)))),
        exclude=pricing.Goods(tags=frozenset(random.sample(["new", "outlet"], random.randrange(2)))),
        locations=frozenset(["S1"][: random.randrange(2)]),
        tiers=frozenset(["gold"][: random.randrange(2)]),
    )
    conditions = (pricing.MinQuantity(random.randrange(1, 50)), pricing.MinAmount(random.randrange(1, 9_000)))
    return pricing.Rule(
        id=rule_id,
        version="1",
        stage=random.choice(list(pricing.Stage)[:3]),
        effect=random.choice(effects),
        priority=random.randrange(3),
        codes=frozenset(["A"][: random.randrange(2)]),
        scope=scope,
        conditions=conditions[: random.randrange(3)],
        stop_after=random.randrange(4) == 0,
    )
