"""Cases that other suites got wrong, each with the figure that is right."""

from __future__ import annotations

import pytest

import omo_pricing as pricing
from omo_pricing.effects import Effect
from tests.unit.pricing.shop import FIVE_PERCENT, amount, cart, line, percent, price, rule, shelf


@pytest.mark.parametrize(("level", "total"), [(pricing.TaxLevel.LINE, 386), (pricing.TaxLevel.UNIT, 387)])
def test_tax_by_line_and_by_unit(level: pricing.TaxLevel, total: int) -> None:
    """1.08 x 3 with 19 %: 3.86 where tax is rounded by line, 3.87 where it is by unit."""
    item = pricing.Item("pen", pricing.Price(108), tax_rate_ppm=190_000)
    priced = price(cart(line(1, "pen", 3)), shelf(item, tax_included=False, policy=pricing.Policy(tax_level=level)))
    assert priced.totals.total == total
    assert sum(run.count * run.total for run in priced.lines[0].units) == total


def test_ten_percent_and_fifty_on_fifty_never_fall_below_zero() -> None:
    for first, second, taken in [("cut", "off", {"cut": 5, "off": 45}), ("off", "cut", {"off": 50})]:
        rules: dict[str, Effect] = {"cut": percent(1_000), "off": amount(50)}
        priced = price(
            cart(line(1, "cap")), shelf(cap=50), rule(first, rules[first], priority=2), rule(second, rules[second])
        )
        assert priced.totals.total == 0
        assert priced.lines[0].discounts == taken


def test_a_returned_unit_gives_back_its_own_share() -> None:
    """150 + 60 less 20 %: the 150 good gives back 120, not 108."""
    priced = price(cart(line(1, "coat"), line(2, "cap")), shelf(coat=150, cap=60), rule("cut", percent(2_000)))
    assert pricing.refund_of(priced.lines[0].units, [0]).payable == 120
    assert pricing.refund_of(priced.lines[1].units, [0]).payable == 48


def test_a_returned_unit_gives_back_the_tax_on_what_was_paid() -> None:
    """100 x 2 less 20, tax of 10 % on top: one unit gives back 99, not 97.9."""
    item = pricing.Item("pan", pricing.Price(100), tax_rate_ppm=100_000)
    priced = price(cart(line(1, "pan", 2)), shelf(item, tax_included=False), rule("off", amount(20)))
    assert priced.totals.total == 198
    refund = pricing.refund_of(priced.lines[0].units, [1])
    assert (refund.net, refund.tax, refund.payable) == (90, 9, 99)


def test_an_order_discount_is_shared_before_anything_returns() -> None:
    """6.00 + 4.00 less 1.00: the first good gives back 5.40."""
    priced = price(cart(line(1, "mug"), line(2, "cup")), shelf(mug=600, cup=400), rule("off", amount(100)))
    assert pricing.refund_of(priced.lines[0].units, [0]).payable == 540


def test_points_are_earned_on_what_was_paid() -> None:
    """A 10 % code lowers what earns from 700 to 630; what points paid earns nothing either."""
    code = rule("ten", percent(1_000), codes=frozenset({"TEN"}))
    goods = shelf(shirt=700)
    assert price(cart(line(1, "shirt")), goods, code).lines[0].units[0].payable == 700
    assert price(cart(line(1, "shirt"), codes=("TEN",)), goods, code).lines[0].units[0].payable == 630
    assert price(cart(line(1, "shirt"), codes=("TEN",), points=30), goods, code).lines[0].units[0].payable == 600


def test_prices_that_hold_their_tax() -> None:
    """Taiwan: 1,050 holds 50 of 5 % tax, and the tax follows the discount."""
    item = pricing.Item("lamp", pricing.Price(1_050), "standard", FIVE_PERCENT)
    priced = price(cart(line(1, "lamp", 2)), shelf(item), rule("off", amount(1_050)))
    assert (priced.totals.total, priced.totals.tax) == (1_050, 50)
    assert [(run.first, run.last, run.net, run.tax) for run in priced.lines[0].units] == [(0, 1, 525, 25)]
    assert priced.taxes == (pricing.TaxSum("standard", FIVE_PERCENT, 1_050, 50),)


def test_a_price_for_a_thousand_grams_is_rounded_once_for_the_line() -> None:
    tea = pricing.Item("tea", pricing.Price(399, scale=1_000))
    priced = price(cart(line(1, "tea", 250, measure=True)), shelf(tea))
    assert priced.totals.total == 100
    assert [(run.first, run.last, run.gross) for run in priced.lines[0].units] == [(0, 0, 100)]


def test_three_for_a_hundred_is_a_hundred() -> None:
    socks = pricing.Item("sock", pricing.Price(100, scale=3))
    priced = price(cart(line(1, "sock", 3)), shelf(socks))
    assert priced.totals.total == 100
    assert [(run.first, run.last, run.gross) for run in priced.lines[0].units] == [(0, 0, 34), (1, 2, 33)]


@pytest.mark.parametrize(
    ("how", "two_and_a_half", "three_and_a_half"),
    [(pricing.Rounding.HALF_EVEN, 2, 4), (pricing.Rounding.HALF_UP, 3, 4), (pricing.Rounding.HALF_DOWN, 2, 3)],
)
def test_halves_go_where_the_policy_says(how: pricing.Rounding, two_and_a_half: int, three_and_a_half: int) -> None:
    goods = shelf(
        pricing.Item("a", pricing.Price(5, scale=2)),
        pricing.Item("b", pricing.Price(7, scale=2)),
        pricing.Item("c", pricing.Price(25), tax_rate_ppm=100_000),
        tax_included=False,
        policy=pricing.Policy(price=how, tax=how),
    )
    priced = price(cart(line(1, "a"), line(2, "b"), line(3, "c")), goods)
    assert [found.net for found in priced.lines] == [two_and_a_half, three_and_a_half, 25]
    assert priced.lines[2].tax == two_and_a_half


def test_price_and_tax_round_by_their_own_policy() -> None:
    goods = shelf(
        pricing.Item("c", pricing.Price(5, scale=2), tax_rate_ppm=500_000),
        tax_included=False,
        policy=pricing.Policy(price=pricing.Rounding.HALF_UP, tax=pricing.Rounding.HALF_DOWN),
    )
    priced = price(cart(line(1, "c")), goods)
    assert (priced.lines[0].net, priced.lines[0].tax) == (3, 1)


def test_ten_thousand_pieces_are_a_handful_of_runs() -> None:
    item = pricing.Item("bolt", pricing.Price(1_999, scale=100), tax_rate_ppm=FIVE_PERCENT)
    priced = price(
        cart(line(1, "bolt", 10_000), points=777),
        shelf(item),
        rule("a", percent(333), "product"),
        rule("b", percent(777), "line"),
        rule("c", amount(1_234)),
    )
    runs = priced.lines[0].units
    assert len(runs) <= 7
    assert sum(run.count for run in runs) == 10_000
    assert sum(run.count * run.payable for run in runs) == priced.totals.payable
