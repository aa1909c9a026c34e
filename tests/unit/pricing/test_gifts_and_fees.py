"""Gifts, shipping, points, uses, purchase limits, hours, and lines that were priced before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

import omo_pricing as pricing
from omo_pricing import Fee, Give, Goods, Hours, Off, Over, Problem, PurchaseLimit, Reason, RuleSet, Scope, UsageLimit
from tests.unit.pricing.shop import (
    FIVE_PERCENT,
    NOW,
    amount,
    cart,
    given,
    line,
    percent,
    percent_rule,
    price,
    price_by,
    rule,
    shelf,
    skipped,
)

SHELF = shelf(coat=1_000, sock=100, mug=80)
GIFT = rule("gift", pricing.Gift("mug", 2), conditions=(pricing.MinAmount(500),))


def test_a_gift_is_a_line_of_its_own() -> None:
    priced = price(cart(line(4, "coat")), SHELF, GIFT)
    assert (priced.lines[1].line_no, priced.lines[1].sku, priced.lines[1].gift_of) == (5, "mug", "gift")
    assert (priced.lines[1].gross, priced.lines[1].net) == (160, 0)
    assert (priced.applied[0].gift, priced.applied[0].lines) == (5, ((5, 160),))
    assert priced.totals.total == 1_000


def test_a_gift_may_be_refused_and_may_be_sold_nowhere() -> None:
    refused = price(replace(cart(line(1, "coat")), refused=frozenset({"gift"})), SHELF, GIFT)
    assert (len(refused.lines), skipped(refused)) == (1, {"gift": Reason.GIFT_REFUSED})
    nowhere = price(cart(line(1, "coat")), shelf(coat=1_000), GIFT)
    assert skipped(nowhere) == {"gift": Reason.GIFT_NOT_SOLD}


def test_a_gift_counts_for_no_other_rule() -> None:
    second = rule("three", percent(1_000), priority=-1, conditions=(pricing.MinQuantity(2),))
    assert skipped(price(cart(line(1, "coat")), SHELF, GIFT, second)) == {"three": Reason.BELOW_MIN_QUANTITY}


def test_what_is_missing_to_a_minimum_is_told() -> None:
    priced = price(cart(line(1, "sock")), SHELF, GIFT)
    assert priced.skipped == (pricing.Skipped("gift", "1", Reason.BELOW_MIN_AMOUNT, short=400),)


SHIP = (Fee("parcel", "SHIP", 105, "standard", FIVE_PERCENT), Fee("courier", "EXPRESS", 300))


def freight(give: Give, *methods: str) -> pricing.Rule:
    return rule("freight", pricing.ShippingOff(give, frozenset(methods)), "shipping")


@pytest.mark.parametrize(
    ("rule", "fees"),
    [
        (freight(Give(Off.PERCENT, 10_000), "SHIP"), [0, 300]),
        (freight(Give(Off.PERCENT, 5_000)), [53, 150]),
        (freight(Give(Off.AMOUNT, 200)), [0, 100]),
        (freight(Give(Off.PRICE, 60)), [60, 60]),
    ],
    ids=["free", "half", "amount", "price"],
)
def test_shipping_becomes_cheaper(rule: pricing.Rule, fees: list[int]) -> None:
    priced = price(replace(cart(line(1, "coat")), fees=SHIP), SHELF, rule)
    assert [fee.net for fee in priced.fees] == fees
    assert priced.totals.total == 1_000 + sum(fees)
    assert priced.applied[0].lines == ()
    assert sum(taken for _, taken in priced.applied[0].fees) == priced.totals.discount


def test_shipping_is_taxed_on_what_is_left() -> None:
    priced = price(replace(cart(line(1, "coat")), fees=SHIP), SHELF, freight(Give(Off.AMOUNT, 63), "SHIP"))
    assert (priced.fees[0].net, priced.fees[0].tax) == (42, 2)
    assert pricing.TaxSum("standard", FIVE_PERCENT, 42, 2) in priced.taxes


def test_no_fee_is_no_shipping_to_make_cheaper() -> None:
    assert skipped(price(cart(line(1, "coat")), SHELF, freight(Give(Off.PERCENT, 1)))) == {"freight": Reason.NO_FEE}


def test_points_are_multiplied_on_the_lines_in_scope() -> None:
    socks = Scope(include=Goods(skus=frozenset({"sock"})))
    priced = price(
        cart(line(1, "coat"), line(2, "sock")), SHELF, rule("double", pricing.PointsMore(10_000), scope=socks)
    )
    assert [dict(found.points) for found in priced.lines] == [{}, {"double": 10_000}]
    assert (priced.applied[0].amount, priced.applied[0].points) == (0, ((2, 10_000),))


LIMITED = percent_rule("few", 1_000, limit=UsageLimit(total=5, per_member=1, give_back=False))


def test_uses_are_told_and_what_is_used_up_gives_nothing() -> None:
    known = pricing.Member("gold", known=True)
    bought = cart(line(1, "coat"))
    assert price(bought, SHELF, LIMITED, member=known).uses == (pricing.Use("few", "1", 5, 1, False),)
    assert skipped(price(bought, SHELF, LIMITED)) == {"few": Reason.MEMBERS_ONLY}
    gone = price(replace(bought, remaining={"few": 0}), SHELF, LIMITED, member=known)
    assert (skipped(gone), gone.uses) == ({"few": Reason.USED_UP}, ())
    assert price(replace(bought, remaining={"few": 1}), SHELF, LIMITED, member=known).uses


def test_purchase_limits_are_listed_not_thrown() -> None:
    limit = PurchaseLimit("drop", Scope(include=Goods(skus=frozenset({"sock"}))), 2, 3, 4)
    rules = RuleSet("1", (), purchase_limits=(limit,))

    def problems(quantity: int, *, known: bool = True, before: int = 0) -> list[tuple[Over, int]]:
        member = pricing.Member(known=known, bought={"drop": before})
        bought = cart(line(1, "coat"), line(2, "sock", quantity))
        return [(found.over, found.allowed) for found in price_by(rules, bought, SHELF, member).problems]

    assert problems(2) == problems(3) == problems(2, before=2) == []
    assert problems(1) == [(Over.BELOW_MIN_PER_CART, 2)]
    assert problems(4) == [(Over.ABOVE_MAX_PER_CART, 3)]
    assert problems(3, before=2) == [(Over.ABOVE_MAX_PER_MEMBER, 2)]
    assert problems(2, known=False) == [(Over.MEMBERS_ONLY, 0)]
    found = price_by(rules, cart(line(7, "sock", 9)), SHELF, pricing.Member(known=True)).problems
    assert found[0] == Problem("drop", Over.ABOVE_MAX_PER_CART, 3, 9, (7,))


def test_a_limit_counts_all_its_lines_together_and_only_where_it_holds() -> None:
    limit = PurchaseLimit("drop", Scope(channels=frozenset({"web"})), max_per_cart=3)
    rules = RuleSet("1", (), purchase_limits=(limit,))
    bought = cart(line(1, "coat", 2), line(2, "sock", 2))
    assert price_by(rules, bought, SHELF).problems[0].lines == (1, 2)
    assert price_by(rules, replace(bought, channel_id="stores"), SHELF).problems == ()


def test_hours_are_those_of_the_shop_s_clock() -> None:
    """From nine to noon on Mondays in Taipei, whatever zone the moment is written in."""
    hours = (Hours(frozenset({1}), 9 * 60, 12 * 60),)
    rules = RuleSet("1", (percent_rule("early", 1_000, scope=Scope(hours=hours)),), utc_offset=480)
    monday = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    for at, holds in [
        (monday - timedelta(seconds=1), False),
        (monday, True),
        (monday.astimezone(timezone(timedelta(hours=-8))), True),
        (monday + timedelta(hours=3), False),
        (monday + timedelta(days=1), False),
    ]:
        assert bool(price_by(rules, cart(line(1, "coat")), SHELF, at=at).applied) is holds


def test_what_was_priced_before_keeps_its_price_at_the_till() -> None:
    """A ten per cent code of the order that is paid at the till gives nothing again, also not on what is added."""
    code = percent_rule("ten", 1_000, "order", codes=frozenset({"TEN"}))
    auto = rule("off", amount(50), conditions=(pricing.MinAmount(1_000),))
    paid = pricing.CartLine(1, "coat", 1, list_price=pricing.Price(1_000), settled={"ten": 100})
    at_the_till = replace(cart(line(2, "sock"), codes=("TEN",)), lines=(paid, line(2, "sock")))
    priced = price(at_the_till, SHELF, code, auto)
    assert [found.net for found in priced.lines] == [900, 100]
    assert skipped(priced) == {"ten": Reason.ALREADY_GIVEN, "off": Reason.BELOW_MIN_AMOUNT}
    assert priced.lines[0].units[0].discounts == {"ten": 100}


def test_what_was_given_before_cannot_be_more_than_the_line() -> None:
    paid = pricing.CartLine(1, "sock", 1, settled={"ten": 101})
    with pytest.raises(pricing.CartError, match=r"cart.lines\[0\].settled"):
        price(pricing.Cart("web", "TWD", (paid,)), SHELF)


@pytest.mark.parametrize("included", [True, False])
def test_an_amount_is_taken_in_the_price_list_s_own_basis(included: bool) -> None:
    """100 without tax off a price that holds 5 %: 105 less; 105 with tax off one that does not: 100 less."""
    item = pricing.Item("lamp", pricing.Price(1_050 if included else 1_000), tax_rate_ppm=FIVE_PERCENT)
    stated = pricing.AmountOff(100, basis=pricing.Basis.EXCLUDED)
    if not included:
        stated = pricing.AmountOff(105, basis=pricing.Basis.INCLUDED)
    priced = price(cart(line(1, "lamp")), shelf(item, tax_included=included), rule("off", stated))
    assert given(priced) == [("off", 105 if included else 100)]
    assert (priced.totals.total, priced.totals.tax) == (945, 45)


def test_mixed_bases_never_leave_less_than_nothing_to_tax() -> None:
    item = pricing.Item("lamp", pricing.Price(1_050), tax_rate_ppm=FIVE_PERCENT)
    rules = [
        rule(name, pricing.AmountOff(600, basis=basis), priority=number)
        for number, (name, basis) in enumerate(
            [("a", pricing.Basis.EXCLUDED), ("b", None), ("c", pricing.Basis.INCLUDED)]
        )
    ]
    priced = price(cart(line(1, "lamp")), shelf(item), *rules, at=NOW)
    assert (priced.totals.net, priced.totals.tax, priced.totals.total) == (0, 0, 0)
