"""Rules run in their order, where and for whom they hold, and say why they did not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import omo_pricing as pricing
from omo_pricing import Goods, Reason, Scope
from tests.unit.pricing.shop import NOW, amount, cart, line, percent, price, rule, shelf

COAT = pricing.Item(
    "coat", pricing.Price(1_000), product_id="c1", brand="Ours", categories=("Men", "Coats"), tags=("new",)
)
SOCK = pricing.Item("sock", pricing.Price(100), product_id="s1", brand="Theirs", categories=("Men",), tags=("basic",))
GOODS = shelf(COAT, SOCK)
BOTH = cart(line(1, "coat"), line(2, "sock", 2))


def reason(rule: pricing.Rule, bought: pricing.Cart = BOTH, member: pricing.Member | None = None) -> Reason | None:
    priced = price(bought, GOODS, rule, member=member)
    assert len(priced.applied) + len(priced.skipped) == 1
    return priced.skipped[0].reason if priced.skipped else None


def test_stages_run_in_their_order_whatever_their_priority() -> None:
    priced = price(
        BOTH,
        GOODS,
        rule("order", amount(100), "order", priority=9),
        rule("line", percent(1_000), "line", priority=5),
        rule("product", percent(5_000), "product"),
    )
    assert [done.rule_id for done in priced.applied] == ["product", "line", "order"]
    assert priced.lines[0].discounts == {"product": 500, "line": 50, "order": 83}


def test_the_higher_priority_goes_first_and_equals_go_by_id() -> None:
    rules = [rule("b", percent(1_000)), rule("a", percent(1_000)), rule("z", percent(1_000), priority=1)]
    for order in (rules, rules[::-1]):
        assert [done.rule_id for done in price(BOTH, GOODS, *order).applied] == ["z", "a", "b"]


def test_rules_far_apart_in_a_long_list_keep_their_order() -> None:
    hats = Scope(include=Goods(skus=frozenset({"hat"})))
    rules = [rule(f"r{number:02}", amount(1), scope=Scope() if number in {3, 40} else hats) for number in range(50)]
    assert [done.rule_id for done in price(BOTH, GOODS, *rules).applied] == ["r03", "r40"]


def test_a_rule_that_stops_closes_its_lines_for_its_stage_only() -> None:
    coats = Scope(include=Goods(skus=frozenset({"coat"})))
    priced = price(
        BOTH,
        GOODS,
        rule("sale", percent(5_000), "product", priority=2, scope=coats, stop_after=True),
        rule("coats", percent(1_000), "product", priority=1, scope=coats),
        rule("all", percent(1_000), "product"),
        rule("order", percent(1_000), "order"),
    )
    assert priced.lines[0].discounts == {"sale": 500, "order": 50}
    assert priced.lines[1].discounts == {"all": 20, "order": 18}
    assert priced.skipped == (pricing.Skipped("coats", "1", Reason.STOPPED),)


def test_a_rule_that_gave_nothing_stops_nothing() -> None:
    priced = price(
        cart(line(1, "sock")),
        GOODS,
        rule("crumb", percent(1), priority=1, stop_after=True),
        rule("cut", percent(1_000)),
    )
    assert priced.lines[0].discounts == {"cut": 10}
    assert priced.skipped[0].reason is Reason.NOTHING_LEFT


@pytest.mark.parametrize(
    ("scope", "lines"),
    [
        (Scope(), [1, 2]),
        (Scope(include=Goods(skus=frozenset({"sock"}))), [2]),
        (Scope(include=Goods(products=frozenset({"c1"}))), [1]),
        (Scope(include=Goods(brands=frozenset({"Theirs"}))), [2]),
        (Scope(include=Goods(categories=frozenset({"Coats"}))), [1]),
        (Scope(include=Goods(categories=frozenset({"Men"}))), [1, 2]),
        (Scope(include=Goods(tags=frozenset({"new"}), skus=frozenset({"sock"}))), [1, 2]),
        (Scope(exclude=Goods(tags=frozenset({"basic"}))), [1]),
        (Scope(include=Goods(categories=frozenset({"Men"})), exclude=Goods(skus=frozenset({"coat"}))), [2]),
    ],
)
def test_goods_in_scope(scope: Scope, lines: list[int]) -> None:
    priced = price(BOTH, GOODS, rule("cut", percent(1_000), scope=scope))
    assert [number for number, _ in priced.applied[0].lines] == lines


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(include=Goods(skus=frozenset({"hat"}))), Reason.NO_MATCHING_LINE),
        (Scope(exclude=Goods(categories=frozenset({"Men"}))), Reason.NO_MATCHING_LINE),
        (Scope(channels=frozenset({"stores"})), Reason.OTHER_CHANNEL),
        (Scope(channels=frozenset({"stores", "web"})), None),
        (Scope(locations=frozenset({"S1"})), Reason.OTHER_LOCATION),
        (Scope(tiers=frozenset({"gold"})), Reason.OTHER_TIER),
        (Scope(segments=frozenset({"runner"})), Reason.OTHER_SEGMENT),
        (Scope(starts=NOW + timedelta(microseconds=1)), Reason.NOT_STARTED),
        (Scope(starts=NOW), None),
        (Scope(ends=NOW), Reason.ENDED),
        (Scope(ends=NOW + timedelta(microseconds=1)), None),
    ],
)
def test_where_when_and_for_which_goods_a_rule_holds(scope: Scope, expected: Reason | None) -> None:
    assert reason(rule("cut", percent(1_000), scope=scope)) is expected


def test_for_whom_a_rule_holds() -> None:
    gold = rule("cut", percent(1_000), scope=Scope(tiers=frozenset({"gold"}), segments=frozenset({"runner", "cook"})))
    assert reason(gold, member=pricing.Member("gold", frozenset({"cook"}))) is None
    assert reason(gold, member=pricing.Member("gold")) is Reason.OTHER_SEGMENT
    assert reason(gold, member=pricing.Member("silver", frozenset({"cook"}))) is Reason.OTHER_TIER


def test_at_which_location_a_rule_holds() -> None:
    here = rule("cut", percent(1_000), scope=Scope(locations=frozenset({"S1"})))
    assert reason(here, replace(BOTH, location_id="S1")) is None
    assert reason(here, replace(BOTH, location_id="S2")) is Reason.OTHER_LOCATION


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (pricing.MinQuantity(3), None),
        (pricing.MinQuantity(4), Reason.BELOW_MIN_QUANTITY),
        (pricing.MinAmount(1_200), None),
        (pricing.MinAmount(1_201), Reason.BELOW_MIN_AMOUNT),
    ],
)
def test_conditions_look_at_all_goods_in_scope(
    condition: pricing.MinQuantity | pricing.MinAmount, expected: Reason | None
) -> None:
    assert reason(rule("cut", percent(1_000), conditions=(condition,))) is expected


def test_a_measured_good_counts_as_one_unit() -> None:
    cheese = shelf(pricing.Item("cheese", pricing.Price(500, scale=1_000)))
    two = rule("cut", percent(1_000), conditions=(pricing.MinQuantity(2),))
    assert price(cart(line(1, "cheese", 900, measure=True)), cheese, two).skipped[0].reason is Reason.BELOW_MIN_QUANTITY


def test_a_minimum_looks_at_what_is_left_after_the_rules_before() -> None:
    priced = price(
        BOTH,
        GOODS,
        rule("sale", percent(1_000), "product"),
        rule("cut", amount(100), conditions=(pricing.MinAmount(1_081),)),
    )
    assert priced.skipped[0].reason is Reason.BELOW_MIN_AMOUNT


@pytest.mark.parametrize(
    ("tax_included", "basis", "least"),
    [
        (True, pricing.Basis.INCLUDED, 1_050),
        (True, pricing.Basis.EXCLUDED, 1_000),
        (False, pricing.Basis.INCLUDED, 1_103),
        (False, pricing.Basis.EXCLUDED, 1_050),
    ],
)
def test_a_minimum_says_whether_it_means_the_tax(tax_included: bool, basis: pricing.Basis, least: int) -> None:
    policy = pricing.Policy(tax=pricing.Rounding.HALF_UP)
    item = pricing.Item("lamp", pricing.Price(1_050), tax_rate_ppm=50_000)
    goods = shelf(item, tax_included=tax_included, policy=policy)
    for minimum, applies in [(least, True), (least + 1, False)]:
        cut = rule("cut", amount(1), conditions=(pricing.MinAmount(minimum, basis),))
        assert bool(price(cart(line(1, "lamp")), goods, cut).applied) is applies


def test_codes_are_answered_one_by_one() -> None:
    ten = rule("ten", percent(1_000), codes=frozenset({"TEN", "ZEHN"}))
    gold = rule("gold", percent(500), codes=frozenset({"GOLD"}), scope=Scope(tiers=frozenset({"gold"})))
    priced = price(replace(BOTH, codes=("GOLD", "TEN", "TEN", "ten")), GOODS, ten, gold)
    assert priced.codes == (
        pricing.CodeAnswer("GOLD", (), Reason.OTHER_TIER),
        pricing.CodeAnswer("TEN", ("ten",), None),
        pricing.CodeAnswer("ten", (), Reason.UNKNOWN_CODE),
    )
    assert priced.lines[0].discounts == {"ten": 100}
    assert reason(ten) is Reason.CODE_NOT_GIVEN


@pytest.mark.parametrize(
    ("effect", "stage", "shares"),
    [
        (amount(120), "order", ((1, 100), (2, 20))),
        (amount(300, pricing.Mode.EVEN), "order", ((1, 150), (2, 150))),
        (amount(500, pricing.Mode.EVEN), "order", ((1, 300), (2, 200))),
        (amount(150, pricing.Mode.INDIVIDUAL), "order", ((1, 150), (2, 150))),
        (amount(300), "line", ((1, 300), (2, 200))),
        (amount(120, pricing.Mode.PROPORTIONATE), "line", ((1, 100), (2, 20))),
        (pricing.AmountOff(60, each_unit=True), "line", ((1, 60), (2, 120))),
        (pricing.AmountOff(600, each_unit=True), "order", ((1, 600), (2, 200))),
        (amount(10**9), "order", ((1, 1_000), (2, 200))),
        (percent(1_000, pricing.Mode.EVEN), "order", ((1, 60), (2, 60))),
    ],
)
def test_effects_fall_on_lines_as_their_mode_says(
    effect: pricing.PercentOff | pricing.AmountOff, stage: str, shares: tuple[tuple[int, int], ...]
) -> None:
    done = price(BOTH, GOODS, rule("cut", effect, stage)).applied[0]
    assert done.lines == shares
    assert done.amount == sum(share for _, share in shares)


def test_what_applied_says_what_it_reckoned_with() -> None:
    done = price(BOTH, GOODS, rule("off", amount(5_000))).applied[0]
    assert (done.kind, done.amount) == ("amount_off", 1_200)
    assert done.inputs == {"base": 1_200, "amount": 5_000, "mode": "proportionate", "each_unit": 0}


def test_spends_pay_after_the_last_discount_and_leave_the_tax_alone() -> None:
    item = pricing.Item("lamp", pricing.Price(1_050), tax_rate_ppm=50_000)
    priced = price(cart(line(1, "lamp"), line(2, "lamp"), points=3_000), shelf(item), rule("off", amount(50)))
    assert priced.spent == (pricing.Spent("points", 3_000, 2_050),)
    assert (priced.totals.net, priced.totals.tax, priced.totals.payable) == (2_050, 98, 0)
    assert [found.spent for found in priced.lines] == [{"points": 1_025}, {"points": 1_025}]


def test_two_spends_pay_one_after_the_other() -> None:
    two = (pricing.Spend("points", 300), pricing.Spend("gift", 10_000))
    priced = price(replace(BOTH, spends=two), GOODS)
    assert [(paid.source, paid.amount) for paid in priced.spent] == [("points", 300), ("gift", 900)]
    assert priced.lines[0].spent == {"points": 250, "gift": 750}
