"""What may be combined: categories, caps, all or some, sale price or coupon."""

from __future__ import annotations

from dataclasses import replace

import omo_pricing as pricing
from omo_pricing import Admission, Combine, OnGoods, Reason, RuleSet, Stacking
from tests.unit.pricing.shop import NOW, amount, cart, given, line, percent_rule, price_by, rule, shelf, skipped

SHELF = shelf(coat=1_000, sock=100)


def coded(name: str, basis_points: int = 1_000, category: str | None = None, priority: int = 0) -> pricing.Rule:
    """A rule that its own name opens as a code."""
    return percent_rule(name, basis_points, "order", codes=frozenset({name}), category=category, priority=priority)


def asking(*codes: str, opened: tuple[str, ...] = ()) -> pricing.Cart:
    return replace(cart(line(1, "coat"), line(2, "sock"), codes=codes), opened=opened)


def names(priced: pricing.Priced) -> list[str]:
    return [name for name, _ in given(priced)]


def test_an_exclusive_rule_bars_the_other_categories() -> None:
    """Whatever its priority; a joint category and a rule without one stay."""
    rules = (
        coded("staff", category="staff"),
        coded("spring", category="season", priority=9),
        coded("card", category="tender"),
        percent_rule("plain", 500),
    )
    stacking = Stacking(exclusive_categories=("staff",), joint_categories=frozenset({"tender"}))
    priced = price_by(RuleSet("1", rules, stacking=stacking), asking("staff", "spring", "card"), SHELF)
    assert names(priced) == ["plain", "card", "staff"]
    assert skipped(priced) == {"spring": Reason.EXCLUDED}


def test_an_exclusive_rule_that_gives_nothing_bars_nobody() -> None:
    dear = replace(coded("staff", category="staff"), conditions=(pricing.MinAmount(9_000),))
    stacking = Stacking(exclusive_categories=("staff",))
    rules = RuleSet("1", (dear, coded("spring", category="season")), stacking=stacking)
    priced = price_by(rules, asking("staff", "spring"), SHELF)
    assert names(priced) == ["spring"]
    assert skipped(priced) == {"staff": Reason.BELOW_MIN_AMOUNT}


def test_of_two_exclusive_categories_the_first_listed_counts() -> None:
    rules = (coded("staff", category="staff", priority=9), coded("press", category="press"))
    stacking = Stacking(exclusive_categories=("press", "staff"))
    priced = price_by(RuleSet("1", rules, stacking=stacking), asking("staff", "press"), SHELF)
    assert names(priced) == ["press"]


def test_a_category_has_a_cap() -> None:
    rules = tuple(coded(name, category="season") for name in ("a", "b", "c"))
    priced = price_by(RuleSet("1", rules, stacking=Stacking(category_limit=2)), asking("a", "b", "c"), SHELF)
    assert names(priced) == ["a", "b"]
    assert skipped(priced) == {"c": Reason.CATEGORY_FULL}


def test_so_many_codes_and_coupons_are_looked_at_and_applied() -> None:
    rules = (*(coded(name) for name in "abcd"), percent_rule("coupon", 100, "order", issued=True))
    stacking = Stacking(sent_limit=4, applied_limit=2)
    priced = price_by(RuleSet("1", rules, stacking=stacking), asking(*"dcba", opened=("coupon",)), SHELF)
    assert names(priced) == ["a", "b"]
    assert skipped(priced) == {
        "c": Reason.TOO_MANY_APPLIED,
        "d": Reason.TOO_MANY_APPLIED,
        "coupon": Reason.TOO_MANY_SENT,
    }


def test_all_or_none() -> None:
    dear = replace(coded("dear"), conditions=(pricing.MinAmount(9_000),))
    rules = (coded("good"), dear, percent_rule("plain", 500))
    for admission, expected in [(Admission.PARTIAL, ["plain", "good"]), (Admission.ALL, ["plain"])]:
        kept = RuleSet("1", rules, stacking=Stacking(admission=admission))
        assert names(price_by(kept, asking("good", "dear"), SHELF)) == expected
    none = price_by(RuleSet("1", rules, stacking=Stacking(admission=Admission.ALL)), asking("good", "dear"), SHELF)
    assert skipped(none) == {"good": Reason.NOT_ALL_APPLY, "dear": Reason.BELOW_MIN_AMOUNT}


def test_an_unknown_code_or_coupon_is_one_that_does_not_apply() -> None:
    rules = RuleSet("1", (coded("good"),), stacking=Stacking(admission=Admission.ALL))
    assert names(price_by(rules, asking("good"), SHELF)) == ["good"]
    assert names(price_by(rules, asking("good", "typo"), SHELF)) == []
    assert names(price_by(rules, asking("good", opened=("gone",)), SHELF)) == []


def test_a_line_is_taken_from_once() -> None:
    socks = pricing.Scope(include=pricing.Goods(skus=frozenset({"sock"})))
    rules = (
        percent_rule("socks", 5_000, category="a", scope=socks),
        coded("all", category="b"),
        percent_rule("plain", 1_000, "order", priority=-1),
    )
    priced = price_by(RuleSet("1", rules, stacking=Stacking(on_goods=OnGoods.ONCE)), asking("all"), SHELF)
    assert [dict(found.discounts) for found in priced.lines] == [
        {"all": 100, "plain": 90},
        {"socks": 50, "plain": 5},
    ]


def test_best_deal_is_the_sale_or_the_coupon() -> None:
    sale = percent_rule("sale", 2_000, "product")
    freight = replace(rule("gift", pricing.Gift("sock"), "order"), priority=1)
    for basis_points, expected in [(1_000, ["sale", "gift"]), (2_000, ["sale", "gift"]), (3_000, ["gift", "code"])]:
        rules = RuleSet("1", (sale, freight, coded("code", basis_points)), combine=Combine.BEST_DEAL)
        assert names(price_by(rules, asking("code"), SHELF)) == expected
    stacked = RuleSet("1", (sale, freight, coded("code", 3_000)))
    assert names(price_by(stacked, asking("code"), SHELF)) == ["sale", "gift", "code"]


def test_the_deal_that_was_not_the_best_is_told() -> None:
    rules = RuleSet("1", (percent_rule("sale", 2_000, "product"), coded("code")), combine=Combine.BEST_DEAL)
    priced = price_by(rules, asking("code"), SHELF)
    assert priced.codes == (pricing.CodeAnswer("code", (), Reason.OTHER_DEAL_BETTER),)


def test_some_rules_can_be_looked_at_alone() -> None:
    rules = RuleSet("1", (percent_rule("a", 1_000), percent_rule("b", 2_000), replace(rule("c", amount(5)))))
    priced = pricing.evaluate(asking(), pricing.Member(), SHELF, rules, NOW, only={"b"})
    assert names(priced) == ["b"]
    assert skipped(priced) == {"a": Reason.NOT_EVALUATED, "c": Reason.NOT_EVALUATED}
