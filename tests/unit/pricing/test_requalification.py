"""What a partial return gives back where promotions must hold for what is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

import omo_pricing as pricing
from omo_pricing import Give, Multibuy, Off, Paid
from tests.unit.pricing.shop import FIVE_PERCENT, NOW, amount, cart, line, percent, rule, shelf

SHELF = shelf(coat=1_000, sock=100, mug=80)
THIRD = rule("third", Multibuy(3, 1, Give(Off.PERCENT, 10_000)), "line")
GIFT = rule("gift", pricing.Gift("mug"), conditions=(pricing.MinAmount(1_000),))


def back(
    bought: pricing.Cart,
    returned: dict[int, int],
    *rules: pricing.Rule,
    refunded: Paid | None = None,
    goods: pricing.Catalogue = SHELF,
) -> pricing.Requalified:
    known, held = pricing.RuleSet("1", rules), pricing.Member()
    sold = pricing.evaluate(bought, held, goods, known, NOW)
    kept = pricing.less(sold, bought, returned)
    paid = Paid(sold.totals.total, sold.totals.tax)
    return pricing.requalify(kept, held, goods, known, NOW, paid=paid, refunded=refunded)


def test_who_keeps_two_of_three_for_two_gets_nothing_back() -> None:
    """Two were paid for; two alone cost as much."""
    bought = cart(line(1, "sock", 3))
    assert back(bought, {1: 1}, THIRD).refund == Paid(0)
    assert back(bought, {1: 2}, THIRD).refund == Paid(100)
    assert back(bought, {1: 3}, THIRD).refund == Paid(200)


def test_one_by_one_comes_to_the_same_as_all_at_once() -> None:
    bought, before, parts = cart(line(1, "sock", 3)), Paid(0), []
    for gone in (1, 2, 3):
        given = back(bought, {1: gone}, THIRD, refunded=before).refund
        parts.append(given.total)
        before = Paid(before.total + given.total)
    assert parts == [0, 100, 100]


def test_a_gift_that_is_kept_without_its_reason_costs_its_price() -> None:
    bought = cart(line(1, "coat"), line(2, "sock"))
    assert back(bought, {1: 1}, GIFT).refund == Paid(920)
    assert back(bought, {1: 1, 3: 1}, GIFT).refund == Paid(1_000)
    assert back(bought, {2: 1}, GIFT).refund == Paid(100)


def test_a_gift_that_came_back_is_not_given_again() -> None:
    result = back(cart(line(1, "coat"), line(2, "sock")), {3: 1}, GIFT)
    assert (result.refund, [found.sku for found in result.kept.lines]) == (Paid(0), ["coat", "sock"])


def test_a_minimum_that_is_no_longer_reached_takes_its_discount_back() -> None:
    off = rule("off", amount(110), conditions=(pricing.MinAmount(1_100),))
    bought = cart(line(1, "coat"), line(2, "sock"))
    assert back(bought, {2: 1}, off) == replace(back(bought, {2: 1}, off), refund=Paid(0), short=10)
    assert back(bought, {1: 1}, off).refund == Paid(890)


def test_never_more_than_was_paid_and_never_less_than_nothing() -> None:
    """The whole discount stays with what is kept: the refund may be more than the unit's own share, never than paid."""
    off = rule("off", amount(100))
    bought = cart(line(1, "sock"), line(2, "sock"))
    assert back(bought, {2: 1}, off).refund == Paid(100)
    assert back(bought, {1: 1, 2: 1}, off).refund == Paid(100)
    assert back(bought, {2: 1}, off, refunded=Paid(100)).refund == Paid(0)


def test_tax_comes_back_with_what_it_was_on() -> None:
    item = pricing.Item("lamp", pricing.Price(1_050), tax_rate_ppm=FIVE_PERCENT)
    result = back(cart(line(1, "lamp", 3)), {1: 2}, THIRD, goods=shelf(item))
    assert result.refund == Paid(1_050, 50)


def test_the_price_of_the_sale_counts_not_the_one_of_today() -> None:
    bought, held, rules = cart(line(1, "sock", 2)), pricing.Member(), pricing.RuleSet("1", ())
    sold = pricing.evaluate(bought, held, SHELF, rules, NOW)
    kept = pricing.less(sold, bought, {1: 1})
    dearer = shelf(sock=190)
    assert pricing.requalify(kept, held, dearer, rules, NOW, paid=Paid(200)).refund == Paid(100)


def test_a_measured_good_comes_back_whole() -> None:
    tea = shelf(pricing.Item("tea", pricing.Price(400, scale=1_000)))
    bought = cart(line(1, "tea", 250, measure=True))
    assert back(bought, {1: 1}, rule("cut", percent(1_000)), goods=tea).refund == Paid(90)


@pytest.mark.parametrize(
    ("returned", "path"), [({1: 4}, "returned.1"), ({1: -1}, "returned.1"), ({9: 1}, "returned.9")]
)
def test_what_was_not_sold_does_not_come_back(returned: dict[int, int], path: str) -> None:
    with pytest.raises(pricing.CartError) as refused:
        back(cart(line(1, "sock", 3)), returned, THIRD)
    assert refused.value.path == path


def test_more_than_was_paid_was_never_given_back() -> None:
    with pytest.raises(pricing.CartError, match="refunded"):
        back(cart(line(1, "sock", 3)), {1: 1}, THIRD, refunded=Paid(201))
