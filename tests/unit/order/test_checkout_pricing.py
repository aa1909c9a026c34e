"""Which price holds, where goods come from, and that every sum is the sum of its parts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kit.errors import Fault
from services.order.checkout.domain import Method
from services.order.checkout.domain_basket import (
    Basket,
    CouponUnknown,
    PickupNotOffered,
    UnknownSku,
)
from services.order.promotions.domain import RuleBook, RulesInvalid
from services.order.reference.domain import PriceList
from tests.unit.order.pricing_shop import AROUND, AT, LIST, basket, good, percent, quote, rules, want


def listed(name: str, priority: int = 0, **changed: Any) -> PriceList:
    return replace(LIST, price_list_id=name, priority=priority, **changed)


@pytest.mark.parametrize(
    ("lists", "tier", "amount"),
    [
        ((LIST, listed("web", channels=frozenset({"web"}))), "", 900),
        ((LIST, listed("web", channels=frozenset({"app"}))), "", 1000),
        ((LIST, listed("web", channels=frozenset({"web"}), currency="USD")), "", 1000),
        ((listed("web", channels=frozenset({"web"})), listed("gold", tiers=frozenset({"gold"}))), "gold", 800),
        ((listed("web", channels=frozenset({"web"})), listed("gold", tiers=frozenset({"gold"}))), "", 900),
        ((LIST, listed("web", priority=1)), "", 900),
        ((LIST, listed("web", priority=1, starts=AT + timedelta(seconds=1))), "", 1000),
        ((LIST, listed("web", priority=1, ends=AT)), "", 1000),
        ((LIST, listed("web", priority=1, starts=AT, ends=AT + timedelta(seconds=1))), "", 900),
    ],
)
def test_the_most_specific_list_that_applies_wins(lists: tuple[PriceList, ...], tier: str, amount: int) -> None:
    ordered = tuple(sorted(lists, key=lambda each: each.rank, reverse=True))
    coat = good("COAT", {"retail": 1000, "web": 900, "gold": 800})
    assert quote(basket(), replace(AROUND, price_lists=ordered), tier, COAT=coat).totals.grand_total == amount


def test_goods_that_nobody_sells_are_named() -> None:
    with pytest.raises(UnknownSku) as unknown:
        quote(basket(want(), want("NONSUCH")))
    assert unknown.value.metadata == {"field": "lines[1].sku", "sku": "NONSUCH"}
    for hidden in (good("COAT", active=False), good("COAT", placeholder=True), good("COAT", {"other": 1})):
        with pytest.raises(UnknownSku):
            quote(basket(), COAT=hidden)


def test_goods_ship_from_the_pool_of_their_channel_unless_a_place_is_named() -> None:
    made = quote(basket(want(), want("SCARF", place="WH2")))
    assert [line.fulfilment_location_id for line in made.lines] == ["", "WH2"]
    assert [line.pooled for line in made.lines] == [True, False]
    with pytest.raises(Fault) as refused:
        quote(basket(want(place="WH0")))
    assert refused.value.metadata["field"] == "lines[0].fulfilment_location_id"


@pytest.mark.parametrize("place", ["WH1", "NOWHERE"])
def test_nothing_is_collected_where_nothing_can_be(place: str) -> None:
    with pytest.raises(PickupNotOffered) as refused:
        quote(basket(want(method=Method.COLLECT, place=place)))
    assert refused.value.metadata["location_id"] == place


def test_a_till_s_quote_is_carried_out_of_its_store() -> None:
    made = quote(Basket("stores", (want(method=None),), location_id="TPE01"))
    assert [(line.method, line.fulfilment_location_id) for line in made.lines] == [(Method.CARRY_OUT, "TPE01")]
    with pytest.raises(Fault):
        quote(basket(want(method=None)))


def test_a_coupon_works_however_it_is_typed_and_says_why_it_gives_nothing() -> None:
    book = rules(percent(trigger="code", codes=["SPRING10"], conditions=[{"kind": "min_amount", "amount": 1500}]))
    made = quote(basket(want(), want("SCARF", 2), codes=(" spring10 ",)), book=book)
    assert made.totals.discount_total == 167
    assert {discount.rule_id for line in made.lines for discount in line.discounts} == {"r1"}
    small = quote(basket(codes=("SPRING10",)), book=book)
    assert (small.totals.discount_total, small.skipped[0].reason) == (0, "below_min_amount")
    with pytest.raises(CouponUnknown) as unknown:
        quote(basket(codes=("NOPE",)), book=book)
    assert unknown.value.metadata == {"code": "NOPE"}
    over = rules(percent(trigger="code", codes=["OLD"], scope={"until": "2026-01-01T00:00:00Z"}))
    with pytest.raises(CouponUnknown):
        quote(basket(codes=("OLD",)), book=over)


def test_a_point_is_never_split() -> None:
    around = replace(AROUND, point_value=30)
    made = quote(basket(spend_points=500), around)
    assert (made.points_spent, made.totals.points_value, made.totals.grand_total) == (33, 990, 10)
    with pytest.raises(Fault, match="no value"):
        quote(basket(spend_points=1), replace(AROUND, point_value=0))


def test_versions_are_recorded() -> None:
    made = quote(basket(), book=rules(percent()))
    assert (made.catalogue_version, made.price_list_version, made.rules_version) == (7, 4, "3")


def test_a_rule_set_that_cannot_run_is_refused_with_its_path() -> None:
    with pytest.raises(RulesInvalid) as refused:
        rules(percent(points=0))
    assert refused.value.metadata["path"] == "rules[0].effect.basis_points"
    with pytest.raises(RulesInvalid):
        RuleBook.read("{", "1")
