"""Past baskets under a draft of rules."""

from __future__ import annotations

import omo_pricing as pricing
from omo_pricing.rehearsal import BasketDifference, LineDifference, Refused, RuleDifference
from tests.unit.pricing.shop import NOW, cart, line, percent_rule, rule, shelf

SHELF = shelf(coat=1_000, sock=100, mug=80)


def past(key: str, *lines: pricing.CartLine, given: dict[int, dict[str, int]] | None = None) -> pricing.PastBasket:
    return pricing.PastBasket(key, cart(*lines), pricing.Member(), SHELF, NOW, given or {})


def test_the_difference_is_told_by_rule_by_line_and_in_all() -> None:
    baskets = [
        past("a", line(1, "coat"), line(2, "sock"), given={1: {"old": 50}}),
        past("b", line(1, "sock"), given={1: {"same": 10}}),
        past("c", line(1, "coat")),
    ]
    draft = pricing.RuleSet(
        "draft",
        (
            percent_rule("same", 1_000, scope=pricing.Scope(include=pricing.Goods(skus=frozenset({"sock"})))),
            rule("gift", pricing.Gift("mug"), conditions=(pricing.MinAmount(1_050),)),
        ),
    )
    told = pricing.rehearse(baskets, draft)
    assert (told.baskets, told.gross, told.before, told.after) == (3, 2_280, 60, 100)
    assert told.rules == (
        RuleDifference("gift", 0, 80, 0, 1),
        RuleDifference("old", 50, 0, 1, 0),
        RuleDifference("same", 10, 20, 1, 2),
    )
    lines = (LineDifference(1, "coat", 50, 0), LineDifference(2, "sock", 0, 10), LineDifference(3, "mug", 0, 80))
    assert told.changed == (BasketDifference("a", 1_180, 50, 90, lines),)


def test_a_basket_that_cannot_be_priced_any_more_is_named() -> None:
    gone = past("a", line(1, "hat"))
    told = pricing.rehearse([gone, past("b", line(1, "sock"))], pricing.RuleSet("draft", ()))
    assert told.refused == (Refused("a", "cart.lines[0].sku", "must be in the catalogue: hat"),)
    assert told.baskets == 1


def test_the_same_rules_change_nothing() -> None:
    rules = pricing.RuleSet("1", (percent_rule("cut", 1_000),))
    bought = cart(line(1, "coat", 3), line(2, "sock"))
    sold = pricing.evaluate(bought, pricing.Member(), SHELF, rules, NOW)
    given = {found.line_no: dict(found.discounts) for found in sold.lines}
    told = pricing.rehearse([pricing.PastBasket("a", bought, pricing.Member(), SHELF, NOW, given)], rules)
    assert (told.changed, told.before) == ((), told.after)


def test_heaps_of_baskets_come_to_the_same_as_all_at_once() -> None:
    baskets = [past(f"b{number}", line(1, "coat", number), given={1: {"old": number}}) for number in range(1, 8)]
    baskets.append(past("gone", line(1, "hat")))
    rules = pricing.RuleSet("1", (percent_rule("cut", 1_000, conditions=(pricing.MinQuantity(3),)),))
    heaps = [pricing.rehearse(baskets[first : first + 3], rules) for first in range(0, 8, 3)]
    assert pricing.joined(heaps) == pricing.rehearse(baskets, rules)
